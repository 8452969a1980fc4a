/* SPDX-License-Identifier: MIT */
/*
 * Row security of all documents together: a table that one of them gives an owner is protected for
 * every operation that does not say x-unrestricted (lib/db/owned.h).
 */
#ifndef LEAT_API_OWNERS_H
#define LEAT_API_OWNERS_H

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/db/plan.h"

struct conn;

/* The owned tables of all documents, each once; *count is set. In the arena. */
struct owned_table *owners_of(struct json_object *documents, struct arena *arena, size_t *count);
/* Once, when documents have been read: reports owners that contradict each other and statements
 * that would reach around the views, and leads what changes rows to the tables themselves. */
void owners_apply(struct json_object *documents, struct diags *diags);
/* Protects the owned tables of a connection for proofs; reports those that cannot be owned. */
void owners_protect(struct json_object *documents, struct conn *conn, struct diags *diags);

#endif
