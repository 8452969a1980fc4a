/* SPDX-License-Identifier: MIT */
/* Describes the errors of a form as clients see them: for the published document, and to find what
 * a document declares and never sends. */
#ifndef LEAT_API_PROBLEM_PROBLEM_SCHEMA_H
#define LEAT_API_PROBLEM_PROBLEM_SCHEMA_H

#include "lib/schema/schema.h"

/* Returns the schema of the body that x-problems describes, or of problem details (RFC 9457) for
 * NULL, valid in OpenAPI 3.1 and 3.0. The caller's. */
struct json_object *problem_schema_make(struct json_object *json);
/* Returns the pointer to a property that `schema` has and no error of x-problems does, or NULL. In
 * the arena. */
const char *problem_schema_unsent(struct json_object *json, const struct schema *schema,
                                  struct arena *arena);

#endif
