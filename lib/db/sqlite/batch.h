/* SPDX-License-Identifier: MIT */
/*
 * Group commit: the writes of many requests share one transaction, a savepoint each, and so one
 * commit and its fsync.
 *
 *     BEGIN IMMEDIATE
 *       SAVEPOINT   job 1   RELEASE
 *       SAVEPOINT   job 2   ROLLBACK TO, RELEASE     it failed: its own changes are undone
 *       SAVEPOINT   job 3   RELEASE
 *     COMMIT                                         jobs 1 and 3 are durable, then visible
 *
 * A job cannot tell that it had company. Some errors of one statement make SQLite undo the whole
 * transaction (an interrupt, a full disk, OR ROLLBACK, RAISE(ROLLBACK)); the other jobs then run
 * again without the culprit. A deferred foreign key is checked before each RELEASE, because COMMIT
 * would not tell whose it is (sqlite.org: lang_savepoint.html; foreignkeys.html, section 4.2).
 */
#ifndef LEAT_DB_SQLITE_BATCH_H
#define LEAT_DB_SQLITE_BATCH_H

#include "lib/db/sqlite/connection/roles.h"

enum { BATCH_MAX = 256 }; /* the most jobs of a batch */

enum batch_state {
    BATCH_WAITS, /* the job is to run */
    BATCH_KEPT,  /* its changes are part of the open transaction */
    BATCH_ENDED, /* its result is final */
    BATCH_ALONE, /* it must run in a transaction of its own */
};

struct batch {
    struct db_job *jobs[BATCH_MAX];
    enum batch_state states[BATCH_MAX];
    size_t count;
    bool is_locked_out; /* another program held SQLite's lock in the last run */
};

/* Appends a job. The batch must have room. */
void batch_add(struct batch *b, struct db_job *job);
/* Runs the jobs, which are writes, and sets their results. After `until_ns` (clock_ns()) no further
 * job is begun, but at least one has ended. Jobs of different roles use different connections, and
 * therefore commit one role after the other. */
void batch_run(struct batch *b, struct roles *r, uint64_t until_ns);
/* Moves the jobs that have ended to the end of a list. The others keep their order. */
void batch_take_ended(struct batch *b, struct fifo *ended);

#endif
