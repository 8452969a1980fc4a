/* SPDX-License-Identifier: MIT */
/* Finds the form of errors that applies to a request: that of the document whose operation it
 * reaches, or below whose mount it fails to reach one. */
#ifndef LEAT_API_OPERATION_ERROR_FORMS_H
#define LEAT_API_OPERATION_ERROR_FORMS_H

#include "lib/api/operation/operation.h"
#include "lib/api/problem/problem_format.h"

/* Loads the forms of the documents into api->forms, which stays NULL if none has x-problems. */
void error_forms_load(struct api *api, struct json_object *documents);
/* Returns the form of the operation's document. Without an operation (NULL), that of the document
 * with the longest mount that is a prefix of `path`, the first of several. NULL for problem details
 * (RFC 9457), and for operations of no document. */
const struct problem_format *error_forms_find(const struct api *api, const struct operation *op,
                                              struct slice path);

#endif
