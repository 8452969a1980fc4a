/* SPDX-License-Identifier: MIT */
/*
 * The database of one worker: submit a job (a plan and bound values), and get back rendered rows or
 * an error. Code above this header must not assume SQLite.
 *
 *                       ┌ read, within its budget ──▶ runs now, on the loop's connection
 *     db_submit(job) ──▶┼ read, over it ────────────▶ a reader thread   ┐ answers come back
 *                       └ write ────────────────────▶ the writer thread ┘ through db_fd()
 *
 * A list that is too long to hold is submitted again, to db_stream() (db_stream.h).
 * All functions are for the loop's thread.
 */
#ifndef LEAT_DB_ENGINE_DB_H
#define LEAT_DB_ENGINE_DB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/queue/completion.h"
#include "lib/core/diag.h"
#include "lib/core/err.h"
#include "lib/core/queue/fifo.h"
#include "lib/core/text/precondition.h"
#include "lib/db/engine/db_options.h"
#include "lib/db/engine/plan.h"
#include "lib/db/engine/read_budget.h"
#include "lib/shm/shm.h"
#include "lib/shm/trouble.h"

struct db;
struct kept_answer;

/* Which of the job's values a statement failed on. */
enum db_blame { BLAME_NONE, BLAME_ONE, BLAME_SEVERAL };

struct db_job {
    struct fifo_link link; /* first; private to the engine */

    /* Input: set by the caller, borrowed until the job is done. */
    const struct plan *plan;
    const struct db_value *values;
    struct precondition precondition; /* of a write whose plan has_current */
    struct slice subject; /* the caller, for owned tables; data NULL if not identified */
    /* clock_ns(); then it is interrupted: ERR_DEADLINE. A job that waits for a thread too long to
     * end before it is not begun: ERR_BUSY */
    uint64_t deadline_ns;
    /* Judges the result of a write on the writer's thread, before it is committed, and may change
     * `body`. If it returns false, nothing is committed, and the job ends with ERR_BAD_RESPONSE.
     * May be NULL. */
    bool (*accept)(struct db_job *job);
    int64_t count_max; /* of plan->page, or less: the most rows of all pages to count; 0: none */
    struct kept_answer *kept; /* of a write with a key (kept_answer.h); NULL: nothing is kept */
    /* The most bytes of a list to hold at once; 0: no limit. A longer one ends with is_long if it
     * may_stream (a read whose last step is the list), and with ERR_INTERNAL if not. */
    size_t body_max;
    bool may_stream;
    bool (*more)(struct db_job *job); /* takes a part of a long list: see db_stream.h */
    void (*done)(struct db_job *job);
    void *data;
    unsigned operation; /* 1 + its index in shared memory (stats.h); 0: Leat's own */

    /* Output. The buffers are freed by db_job_fini(). */
    enum err err;
    const struct plan_else *answer; /* the document's own answer for `err`, or NULL */
    const char *keyword;            /* of the violated constraint, or NULL; static */
    char cause[256];                /* for the log only */
    const char *raised;     /* the text of a RAISE that `answer` is for; within `cause`, or NULL */
    enum trouble trouble;   /* the reason of ERR_DATABASE and ERR_STORAGE */
    const char *foreign;    /* the owned table in which it touched a foreign row, or NULL */
    enum db_blame blame;    /* of ERR_INTERNAL or a constraint: of a value */
    size_t blamed;          /* the index of that value, if BLAME_ONE */
    size_t failed_step;     /* the step that failed, unless BLAME_NONE */
    bool is_locked_out;     /* of ERR_BUSY: another program held the database's lock */
    bool is_too_old;        /* of ERR_BUSY: a read that kept the -wal past its limit */
    int64_t changes, total; /* total: the rows of all pages, at most count_max */
    size_t rows;
    bool is_long;        /* the list exceeds body_max, and `body` is unfinished */
    bool has_begun;      /* more() has taken a part: the job cannot run again */
    struct buf body;     /* an object, an array, or empty; of a stream, what more() has not taken */
    struct buf next;     /* the last row's keys as a JSON array, if more rows follow */
    struct buf previous; /* the first row's keys, if more rows precede and the plan tells it */
    struct buf location; /* the expanded location template */
    struct buf etag;     /* the version from the column plan->etag */
    unsigned retry_after_s; /* of ERR_BUSY: in how many seconds it may be done; 0: unknown */

    /* Private to the engine. */
    atomic_bool is_cancelled;
    struct db_job *older, *newer; /* in its line: lib/db/engine/job_queue.h, as is the next */
    uint64_t queued_ns, begun_ns, ended_ns, charged_ns, cpu_ns;
    const struct read_bounds *bounds; /* of its next run; NULL for writes */
    struct read_pace *pace;   /* takes note when it has ended; NULL: its budget was tried already */
    enum read_extent extent;  /* of its last run */
    bool is_bounded;          /* it is put back if it turns out to be long: see job_queue.h */
    bool is_prompt;           /* it found a free thread, or no other job of its plan */
    bool is_stale;            /* the schema changed after the connection was set up */
    bool has_failed_on_value; /* the value may have been in a foreign row */
    bool wants_barrier;       /* must run again for that reason */
    int renewals;
    size_t bound; /* the bytes of text that its statements were given */
};

/* Opens the database, which must exist (lib/db/migration/migration.h creates it). Returns NULL with
 * the reason in `diags` on failure. */
struct db *db_open(const struct db_options *options, struct diags *diags);
/* Begins no job any more, and interrupts those that run, except in COMMIT. All wait for
 * db_deliver() then. Later jobs end with ERR_DRAINING. */
void db_stop(struct db *db);
/* Stops, and closes. Jobs not yet delivered are dropped: their `done` is not called. */
void db_close(struct db **db);

/* Runs the job. DONE: its result is set, and `done` is not called (a read that was within its
 * budget). LATER: db_deliver() calls `done`, once. */
enum completion db_submit(struct db *db, struct db_job *job) __attribute__((warn_unused_result));
/* Returns the descriptor that is readable when finished jobs wait for db_deliver(). */
int db_fd(const struct db *db);
/* Calls `done` of the jobs that have finished. */
void db_deliver(struct db *db);
/* Ends a turn of the loop, and must be called before the loop waits: the transaction that its reads
 * share ends, and its writes may begin, which share a commit then. */
void db_turn(struct db *db);
/* Returns the number of unfinished jobs. */
size_t db_pending(const struct db *db);
/* Ends jobs that have waited too long to be begun. Call it several times a second. */
void db_expire(struct db *db);
/* Looks for trouble with the database, publishes it in shared memory, and logs when it begins and
 * ends; publishes its queues and the size of the -wal too. Call it about each second. */
void db_watch(struct db *db);
/* Does the same, and returns true if the database answers and its file is still in place. */
bool db_is_ready(struct db *db);
/* Appends the random key `name`, which migration created. Returns false if there is none. */
bool db_key(struct db *db, const char *name, struct buf *out);

/* Frees the buffers of the result. */
void db_job_fini(struct db_job *job);
/* Clears the result, so that the job can run again. For engines. */
void db_job_reset(struct db_job *job);

#endif
