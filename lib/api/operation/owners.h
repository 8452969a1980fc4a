/* SPDX-License-Identifier: MIT */
/*
 * Row security of all documents together: a table to which one of them gives an owner is protected
 * for every operation without x-unrestricted (lib/db/rowsec/rowsec.h).
 */
#ifndef LEAT_API_OPERATION_OWNERS_H
#define LEAT_API_OPERATION_OWNERS_H

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/db/engine/plan.h"

struct prover;

/* Returns the owned tables of all documents, each once, and their number in *count. In the
 * arena. */
struct owned_table *owners_of(struct json_object *documents, struct arena *arena, size_t *count);
/* Reports owners that contradict each other, after all documents have been read. */
void owners_compare(struct json_object *documents, struct diags *diags);
/* Sets a prover up for proofs of application statements, with the owned tables protected.
 * Reports tables that cannot be owned. */
void owners_protect(struct json_object *documents, struct prover *prover, struct diags *diags);
/* Lifts that protection for unrestricted statements, or restores it. */
void owners_lift(struct prover *prover, bool is_lifted, struct diags *diags);

#endif
