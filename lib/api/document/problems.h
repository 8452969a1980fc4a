/* SPDX-License-Identifier: MIT */
/* The answers that the server itself gives an operation: problem details (RFC 9457), as one schema
 * and one response a status among the components of a published document. */
#ifndef LEAT_API_DOCUMENT_PROBLEMS_H
#define LEAT_API_DOCUMENT_PROBLEMS_H

#include "lib/api/document/bundle.h"

/* Adds to each operation of `tree` what `record` (document.h) says that it can answer and what it
 * does not declare itself, by status, by class ("4XX") or by `default`. */
void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record);

#endif
