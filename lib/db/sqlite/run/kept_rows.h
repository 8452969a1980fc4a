/* SPDX-License-Identifier: MIT */
/* Where kept answers (lib/db/engine/kept_answer.h) are stored: in rows of _leat_idempotency. */
#ifndef LEAT_DB_SQLITE_RUN_KEPT_ROWS_H
#define LEAT_DB_SQLITE_RUN_KEPT_ROWS_H

#include <stdbool.h>

#include "lib/core/err.h"

struct conn; /* lib/db/sqlite/connection/conn.h */
struct db_job;

/* Looks for the answer of the job's key. Returns true if the steps must not run: the job has the
 * answer, or has failed. */
bool kept_rows_find(struct conn *c, struct db_job *job);
/* Stores the answer. Returns job->err. */
enum err kept_rows_store(struct conn *c, struct db_job *job);

#endif
