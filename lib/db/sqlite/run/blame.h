/* SPDX-License-Identifier: MIT */
/* Finds the value on which a statement failed. Internal to lib/db/sqlite/run. */
#ifndef LEAT_DB_SQLITE_RUN_BLAME_H
#define LEAT_DB_SQLITE_RUN_BLAME_H

#include "lib/db/sqlite/run/run.h"

/* Returns true if SQLite's code may be about a value. */
bool blame_is_possible(int rc);
/* Returns true if the job's error may be about a value, which blame_find() can name. */
bool blame_is_due(const struct db_job *job);
/* Sets job->blame and job->blamed for the statement, which has just failed with `rc`; SQLITE_ABORT:
 * at a row with a number that is too large. Runs it again with other values, so the caller must roll
 * back. job->err becomes that of exec_interrupted() if a trial was interrupted. */
void blame_find(struct run *r, struct statement *s, int rc);

#endif
