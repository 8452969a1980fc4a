/* SPDX-License-Identifier: MIT */
/* Asks SQLite about a statement before it ever runs. The answers are the evidence for the proofs of
 * lib/api. */
#ifndef LEAT_DB_PROOF_PROVE_SQL_H
#define LEAT_DB_PROOF_PROVE_SQL_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/core/fault.h"
#include "lib/db/engine/prover.h"

struct catalog;
struct conn;

/* Creates a database in memory with all migrations applied. Returns NULL with the reason in `diags`
 * on failure, also for migrations that run too long. One at a time: SQLite's memory is bounded
 * until prove_close(). */
struct conn *prove_open(struct json_object *migrations, struct diags *diags);
/* Opens the database itself for reading, if migrations are managed elsewhere. */
struct conn *prove_open_live(const char *path, struct diags *diags);
void prove_close(struct conn **c);

/* Prepares `sql` as an application's statement, on a connection set up by rowsec_protect(). Returns
 * false, with *fault and its place in the text if that is known, if it is refused. */
bool prove_prepares(struct conn *c, const char *sql, struct fault *fault);
/* The same, on the catalog's connection, and describes the statement. Call proof_fini() on
 * success. */
bool prove_sql(struct catalog *catalog, const char *sql, struct proof *out, struct fault *fault);

#endif
