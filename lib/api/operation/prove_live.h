/* SPDX-License-Identifier: MIT */
/* Answers of a live database, held against the document: what declarations cannot prove, such as
 * NULLs of an outer join, enums, formats. */
#ifndef LEAT_API_OPERATION_PROVE_LIVE_H
#define LEAT_API_OPERATION_PROVE_LIVE_H

#include "lib/api/operation/operation.h"

struct conn;

/* Runs each operation that reads and needs nothing from a client (required parameters, a body) as a
 * client without wishes would, and reports what of its answer breaks the response schema. */
void live_prove(const struct api *api, struct conn *conn, struct diags *diags);

#endif
