/* SPDX-License-Identifier: MIT */
/* Checks the answers of a live database against the document: what declarations cannot prove, such
 * as NULLs of an outer join, enums and formats. */
#ifndef LEAT_API_OPERATION_PROVE_LIVE_H
#define LEAT_API_OPERATION_PROVE_LIVE_H

#include "lib/api/operation/operation.h"

struct prover;

/* Runs each operation that only reads and requires nothing from a client (no required parameters,
 * no body), with defaults, and reports where its answer violates the response schema. */
void prove_live(const struct api *api, struct prover *prover, struct diags *diags);

#endif
