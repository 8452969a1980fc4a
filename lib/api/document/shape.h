/* SPDX-License-Identifier: MIT */
/*
 * Checks that a document is OpenAPI at all: every object of OpenAPI 3.1.0 (4.8) and 3.0.3 (4.7)
 * with its fields, their types, which ones are required and which exclude each other, by the table
 * openapi.def. The verdict is that of the JSON Schema published for 3.1 (2022-10-07), with messages
 * that say what to do. The inside of Schema Objects is left to lib/schema.
 */
#ifndef LEAT_API_DOCUMENT_SHAPE_H
#define LEAT_API_DOCUMENT_SHAPE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Reports everything in the document `root` (with marks) that does not fit, at its place. Returns
 * false if its version is unknown; nothing else is checked then. */
bool shape_check(struct json_object *root, struct diags *diags);
/* Checks a part that a `$ref` in the document `root` uses as an `object` ("Parameter", "Response",
 * "PathItem", … by the names in openapi.def). The part may be in another file. What `diags` already
 * has is not repeated. */
void shape_check_part(struct json_object *root, struct json_object *part, const char *object,
                      struct diags *diags);

#endif
