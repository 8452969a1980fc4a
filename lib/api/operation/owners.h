/* SPDX-License-Identifier: MIT */
/*
 * Row security of all documents together: a table that one of them gives an owner is protected for
 * every operation that does not say x-unrestricted (lib/db/rowsec/rowsec.h).
 */
#ifndef LEAT_API_OPERATION_OWNERS_H
#define LEAT_API_OPERATION_OWNERS_H

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/db/engine/plan.h"

struct conn;

/* The owned tables of all documents, each once; *count is set. In the arena. */
struct owned_table *owners_of(struct json_object *documents, struct arena *arena, size_t *count);
/* Reports owners that contradict each other, once the documents have been read. */
void owners_compare(struct json_object *documents, struct diags *diags);
/* Makes a connection one for proofs of an application's statements, with the owned tables
 * protected; reports those that cannot be owned. */
void owners_protect(struct json_object *documents, struct conn *conn, struct diags *diags);
/* Takes that protection off for statements that are unrestricted, and puts it back. */
void owners_lift(struct conn *conn, bool is_lifted, struct diags *diags);

#endif
