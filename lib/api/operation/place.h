/* SPDX-License-Identifier: MIT */
/* Tells where a client sends what the document's own answers point to. */
#ifndef LEAT_API_OPERATION_PLACE_H
#define LEAT_API_OPERATION_PLACE_H

#include "lib/api/operation/operation.h"

/* Returns the place that the pointer ("/name") leads to: "body" if that has such a property, or
 * where the parameter of that name is ("path", "query", …). NULL if the operation takes neither. */
const char *place_of(const struct operation *op, const char *pointer);

#endif
