/* SPDX-License-Identifier: MIT */
/* Says in a published document that request objects are closed, which authors need not write. */
#ifndef LEAT_API_DOCUMENT_CLOSED_BODIES_H
#define LEAT_API_DOCUMENT_CLOSED_BODIES_H

#include <json-c/json.h>

/* Adds "unevaluatedProperties: false" to the schema of each body in `tree` that is "closed" in
 * `record` (document.h). OpenAPI 3.0 has no such keyword, so its documents stay as they are. */
void closed_bodies_add(struct json_object *tree, struct json_object *record);

#endif
