/* SPDX-License-Identifier: MIT */
/* Finds the errors that a document declares with a body that Leat never sends: all of its errors
 * are problem details (RFC 9457), or have the form that x-problems says. */
#ifndef LEAT_API_PUBLISH_DECLARED_ERRORS_H
#define LEAT_API_PUBLISH_DECLARED_ERRORS_H

#include "lib/api/document/loader.h"

/* Checks a response that is declared for an error of the bound operation whose record is `out`.
 * The code of one whose body is never sent is added to "unsent" in the record, and so is one
 * without a body, though only the former is worth a warning. */
void declared_errors_check(struct loader *l, const char *code, struct json_object *response,
                           struct json_object *out);
/* Finishes that when the schema has been compiled. `later` is from loader_compile_after(). */
void declared_errors_judge(struct loader *l, struct json_object *later,
                           const struct schema *schema);

#endif
