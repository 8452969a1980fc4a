/* SPDX-License-Identifier: MIT */
/* The parameters in a path template: {id} of "/todos/{id}". Internal to lib/api. */
#ifndef LEAT_API_DOCUMENT_CAPTURES_H
#define LEAT_API_DOCUMENT_CAPTURES_H

#include "lib/api/operation/operation.h"

/* Returns true if the template has {name}. *capture is its position, or the number of parameters if
 * not. */
bool captures_find(const char *template, const char *name, size_t *capture);
/* Reports template parameters that the operation does not declare, and repeated ones. `binding` is
 * the name of what answers the operation, or NULL. */
void captures_check(const struct operation *op, const char *binding, struct diags *diags);

#endif
