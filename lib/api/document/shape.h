/* SPDX-License-Identifier: MIT */
/*
 * Whether a document is OpenAPI at all: every object of OpenAPI 3.1.0, 4.8 (and 3.0.3, 4.7), its
 * fields, their types, which are required and which exclude each other, as a table (openapi.def).
 * The same verdict as the published JSON Schema of 3.1 (2022-10-07), in words that say what to do.
 * The inside of Schema Objects is lib/schema's.
 */
#ifndef LEAT_API_DOCUMENT_SHAPE_H
#define LEAT_API_DOCUMENT_SHAPE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Reports everything in the document `root` (with marks) that does not fit, at its place. False:
 * it is of no version that is known, and nothing else was looked at. */
bool shape_check(struct json_object *root, struct diags *diags);
/* The same of a part that a `$ref` in the document `root` means as `object` ("Parameter",
 * "Response", "PathItem", … as openapi.def names them), wherever it stands. What `diags` has
 * already is not said again. */
void shape_check_part(struct json_object *root, struct json_object *part, const char *object,
                      struct diags *diags);

#endif
