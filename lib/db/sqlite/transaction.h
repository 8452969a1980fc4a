/* SPDX-License-Identifier: MIT */
/* Runs one job in a transaction, on the calling thread's connections. */
#ifndef LEAT_DB_SQLITE_TRANSACTION_H
#define LEAT_DB_SQLITE_TRANSACTION_H

#include "lib/db/sqlite/connection/roles.h"

/* Runs the job's steps in the open transaction, judges the result, and sets it. The caller commits
 * or rolls back. */
void transaction_steps(struct conn *c, struct db_job *job);
/* Runs the job, sets its result, and commits on success. Runs it again if the schema has moved, or
 * behind a barrier (roles_retry()). With `is_write` the transaction takes SQLite's write lock when
 * it begins. */
void transaction_run(struct roles *r, struct db_job *job, bool is_write);

#endif
