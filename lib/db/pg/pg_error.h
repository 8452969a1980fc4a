/* SPDX-License-Identifier: MIT */
/* Turns an error of the server into the answer of a job. */
#ifndef LEAT_DB_PG_PG_ERROR_H
#define LEAT_DB_PG_PG_ERROR_H

#include <libpq-fe.h>

#include "lib/db/engine/db.h"
#include "lib/db/pg/pg_constraints.h"

/* What can be done about an error. */
enum pg_verdict {
    PG_FINAL,     /* it is the job's answer */
    PG_AGAIN,     /* the transaction met another one: it may succeed if it runs again */
    PG_LOST,      /* the connection is about to end */
    PG_MISPLACED, /* the statement is not prepared on this connection */
    PG_CHANGED,   /* it must be prepared anew, because its result has other columns */
    PG_CUT        /* it was cancelled before its time was up */
};

/* Sets the job's error, answer and cause by the server's error for `step` (NULL: of BEGIN, COMMIT or
 * Leat's own), whose `index` it is. */
enum pg_verdict pg_error_take(struct db_job *job, const PGresult *res, const struct plan_step *step,
                              size_t index, const struct pg_constraints *constraints);

#endif
