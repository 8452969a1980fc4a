/* SPDX-License-Identifier: MIT */
/* The parameters that the template of a path names: {id} of "/todos/{id}". Internal to lib/api. */
#ifndef LEAT_API_DOCUMENT_CAPTURES_H
#define LEAT_API_DOCUMENT_CAPTURES_H

#include "lib/api/operation/operation.h"

/* Whether {name} is among them; *capture is its position, or their number. */
bool captures_find(const char *template, const char *name, size_t *capture);
/* Reports those that are no parameter of the operation, and those that stand there twice. */
void captures_check(const struct operation *op, struct diags *diags);

#endif
