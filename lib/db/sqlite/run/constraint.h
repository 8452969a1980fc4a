/* SPDX-License-Identifier: MIT */
/* Turns a violated constraint into an answer, by the document's rules. */
#ifndef LEAT_DB_SQLITE_RUN_CONSTRAINT_H
#define LEAT_DB_SQLITE_RUN_CONSTRAINT_H

#include "lib/db/engine/db.h"

/* Sets the job's err, keyword, answer and cause from SQLite's code and message for a constraint
 * that `step` violated. */
void constraint_answer(struct db_job *job, int rc, const char *message,
                       const struct plan_step *step);

#endif
