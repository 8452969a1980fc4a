/* SPDX-License-Identifier: MIT */
/* Adds the answers that the server itself gives (problem details, RFC 9457) to a published
 * document: one schema, and a response for each status. */
#ifndef LEAT_API_PUBLISH_PROBLEMS_H
#define LEAT_API_PUBLISH_PROBLEMS_H

#include "lib/api/publish/bundle.h"

/* Adds to each operation of `tree` the statuses that it can end in by `record` (document.h) and
 * does not declare itself: by status, by class ("4XX") or by `default`. Replaces bodies that it
 * declares and that are never sent. */
void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record);
/* Makes components of the responses that the server has added, one of those that are equal, when
 * nothing more is added to them. */
void problems_share(struct bundle *bundle, struct json_object *tree, struct json_object *record);

#endif
