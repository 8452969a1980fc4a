/* SPDX-License-Identifier: MIT */
/* One job in a transaction of its own, on the connections of the calling thread. */
#ifndef LEAT_DB_ENGINE_TRANSACTION_H
#define LEAT_DB_ENGINE_TRANSACTION_H

#include "lib/db/engine/roles.h"

/* Runs the job and sets its result; commits where it succeeds. It runs again where the schema has
 * moved, or behind a barrier (roles_retry()). With `is_write` the transaction takes SQLite's write
 * lock at its begin. */
void transaction_run(struct roles *r, struct db_job *job, bool is_write);

#endif
