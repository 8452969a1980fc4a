/* SPDX-License-Identifier: MIT */
/* Turns a violated constraint into an answer, by the document's rules. */
#ifndef LEAT_DB_ENGINE_CONSTRAINT_H
#define LEAT_DB_ENGINE_CONSTRAINT_H

#include "lib/db/engine/conn.h"
#include "lib/db/engine/db.h"

/* Sets the job's err, keyword, answer and cause from the connection's last error `rc`, which
 * occurred in `step`. */
void constraint_answer(struct db_job *job, struct conn *c, int rc, const struct plan_step *step);

#endif
