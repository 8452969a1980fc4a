/* SPDX-License-Identifier: MIT */
/* Runs one job on one connection. */
#ifndef LEAT_DB_SQLITE_RUN_EXEC_H
#define LEAT_DB_SQLITE_RUN_EXEC_H

#include "lib/db/engine/db.h"

struct conn; /* lib/db/sqlite/connection/conn.h, for who knows SQLite */

/* Runs the steps of the job's plan inside the caller's transaction and sets the result. Returns
 * job->err; after an error the caller rolls back. A statement that is interrupted ends with
 * exec_interrupted(). */
enum err exec_steps(struct conn *c, struct db_job *job);
/* Sets the error of a job that was interrupted, and returns it: ERR_DRAINING if its connection was
 * cut or it was cancelled, ERR_BUSY if its snapshot is too old, and ERR_DEADLINE otherwise. */
enum err exec_interrupted(const struct conn *c, struct db_job *job);
/* Runs the job in a transaction of its own that is rolled back, until the deadline. */
enum err exec_dry(struct conn *c, struct db_job *job, uint64_t deadline_ns);
/* Sets the job's error from an SQLite result code of `step`, or of BEGIN or COMMIT if NULL. */
enum err exec_fail(struct conn *c, struct db_job *job, int rc, const struct plan_step *step);
/* Fails the job because it would leave a reference to a missing row behind, which SQLite itself
 * would find at COMMIT. */
void exec_fail_reference(struct db_job *job);

#endif
