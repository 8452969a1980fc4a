/* SPDX-License-Identifier: MIT */
/* A violated constraint as an answer, refined by the document's own rules. */
#ifndef LEAT_DB_ENGINE_CONSTRAINT_H
#define LEAT_DB_ENGINE_CONSTRAINT_H

#include "lib/db/engine/conn.h"
#include "lib/db/engine/db.h"

/* Sets the job's err, keyword, answer and cause from the connection's last error `rc`. `step` is
 * the one that failed. */
void constraint_answer(struct db_job *job, struct conn *c, int rc, const struct plan_step *step);

#endif
