/* SPDX-License-Identifier: MIT */
/*
 * The database of one worker: submit a job (a plan and bound values), be called back with the
 * rendered rows or an error. Nothing above this header may assume SQLite.
 *
 *                       ┌ read, within its budget ──▶ runs now, on the loop's connection
 *     db_submit(job) ──▶┼ read, over it ────────────▶ a reader thread   ┐ answers come back
 *                       └ write ────────────────────▶ the writer thread ┘ through db_fd()
 *
 * All functions are for the loop's thread.
 */
#ifndef LEAT_DB_ENGINE_DB_H
#define LEAT_DB_ENGINE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/diag.h"
#include "lib/core/err.h"
#include "lib/db/engine/plan.h"
#include "lib/shm/shm.h"

struct db;

struct db_options {
    const char *path;        /* borrowed until db_open() returns, like the next */
    const char *synchronous; /* "full", "normal" or "off" */
    int readers;             /* threads */
    uint64_t read_budget_ns;
    const struct owned_table *owned; /* borrowed until db_open() returns */
    size_t owned_count;
    unsigned roles;        /* mask of 1 << enum plan_role: those that plans have */
    size_t plan_count;     /* every plan's id is below it */
    struct shm *shm;       /* borrowed for the database's life */
    struct shm_slot *slot; /* where jobs are counted; NULL: nowhere */
};

struct db_job {
    /* Set by the caller, borrowed until `done` is called. */
    const struct plan *plan;
    const struct db_value *values;
    struct slice subject; /* who asks, for owned tables; data NULL: nobody is identified */
    uint64_t deadline_ns; /* clock_ns(); past it the job ends with ERR_DEADLINE */
    void (*done)(struct db_job *job);
    void *data;

    /* The result; buffers are the caller's to free with db_job_fini(). */
    enum err err;
    const struct plan_else *answer; /* the document's own words for `err`, or NULL */
    const char *keyword;            /* of the constraint that failed, or NULL. Static. */
    char cause[256];                /* for the log only */
    const char *foreign;            /* the owned table of which it touched another's row, or NULL */
    int64_t changes;
    size_t rows;
    struct buf body;     /* an object, an array, or nothing */
    struct buf next;     /* JSON array of the last row's keys where more rows follow */
    struct buf location; /* the expanded template */
    struct buf etag;     /* the version that plan->etag names */

    /* The engine's. */
    struct db_job *link;
    bool is_stale;            /* the schema has moved since the connection was set up */
    bool has_failed_on_value; /* which may have been one of another's row */
    bool wants_barrier;       /* it is run again because of that */
    int renewals;
};

/* Opens the database, which must exist; migrations are lib/db/migration/migration.h's. NULL:
 * `diags`. */
struct db *db_open(const struct db_options *options, struct diags *diags);
/* Ends the threads (running jobs are finished) and closes. Jobs that were not delivered before are
 * dropped: their `done` is not called. */
void db_close(struct db **db);

/* Runs the job; `done` is called once, perhaps before this returns. */
void db_submit(struct db *db, struct db_job *job);
/* Readable when finished jobs wait for db_deliver(). */
int db_fd(const struct db *db);
void db_deliver(struct db *db);
/* Ends the read transaction that the reads of one turn of the loop share. */
void db_turn(struct db *db);
/* Jobs that are not done yet. */
size_t db_pending(const struct db *db);

/* Whether the database answers. */
bool db_is_ready(struct db *db);
/* The random key `name` of the database, made at migration. False if there is none. */
bool db_key(struct db *db, const char *name, struct buf *out);

void db_job_fini(struct db_job *job);

#endif
