/* SPDX-License-Identifier: MIT */
/* Runs the reads of a document on the database as it is, to see whether its rows fit the response. */
#ifndef LEAT_DB_PG_LOAD_PG_TRY_H
#define LEAT_DB_PG_LOAD_PG_TRY_H

#include "lib/db/engine/db.h"
#include "lib/db/pg/load/pg_session.h"

/* Runs a job of one statement in the session's transaction, and undoes it. Its body has no more than
 * the first rows. Returns false for a job that cannot be tried so. */
bool pg_try(struct pg_session *s, struct db_job *job, uint64_t deadline_ns);

#endif
