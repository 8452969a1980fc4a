/* SPDX-License-Identifier: MIT */
/* Runs one job on one connection. */
#ifndef LEAT_DB_ENGINE_EXEC_H
#define LEAT_DB_ENGINE_EXEC_H

#include "lib/db/engine/db.h"

struct conn; /* lib/db/engine/conn.h, for who knows SQLite */

/* Runs the steps of the job's plan inside a transaction that the caller began, and sets its
 * result. After an error the caller rolls back. Returns job->err. A read that exceeds
 * c->deadline_ns ends with ERR_DEADLINE. */
enum err exec_steps(struct conn *c, struct db_job *job);
/* Runs the job in a transaction of its own, which is rolled back; it may take until the deadline. */
enum err exec_dry(struct conn *c, struct db_job *job, uint64_t deadline_ns);
/* Sets the job's error from an SQLite result code of `step` (NULL: of BEGIN or COMMIT). */
enum err exec_fail(struct conn *c, struct db_job *job, int rc, const struct plan_step *step);
/* Forgets a result, so that the job can run again. */
void exec_reset(struct db_job *job);

#endif
