/* SPDX-License-Identifier: MIT */
/* Says in a published document that request objects are closed, which authors need not write. */
#ifndef LEAT_API_PUBLISH_CLOSED_BODIES_H
#define LEAT_API_PUBLISH_CLOSED_BODIES_H

#include "lib/api/publish/bundle.h"

/* Adds "unevaluatedProperties: false" to the schemas of the bodies of bound operations in `tree`,
 * by `record` (document.h), and to those of the objects inside. OpenAPI 3.0 has no such keyword, so
 * its documents stay as they are. */
void closed_bodies_add(struct bundle *bundle, struct json_object *tree, struct json_object *record);

#endif
