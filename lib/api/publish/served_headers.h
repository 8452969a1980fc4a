/* SPDX-License-Identifier: MIT */
/* Adds the headers that the server itself honours and sends to a published document: preconditions
 * and entity tags, Location, rate limits, challenges, the token against forged requests. */
#ifndef LEAT_API_PUBLISH_SERVED_HEADERS_H
#define LEAT_API_PUBLISH_SERVED_HEADERS_H

#include "lib/api/publish/bundle.h"

/* Adds them to each operation of `tree` by its `record` (document.h), unless the author declares
 * them, and a response 304 where there is one. The tree has its problems already (problems.h). */
void served_headers_add(struct bundle *bundle, struct json_object *tree,
                        struct json_object *record);

#endif
