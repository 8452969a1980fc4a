/* SPDX-License-Identifier: MIT */
/*
 * Threads for work that would hold up the event loop, mostly password hashes. Jobs start in the
 * order of submission; finished ones come back through an eventfd in the order in which they
 * finish.
 *
 *     work_submit() ──▶ waiting (bounded) ──▶ run(), on a thread ──▶ work_fd() is readable
 *                                                                    work_deliver() ──▶ done()
 *
 * All functions are for the loop's thread. The threads start with the first job.
 */
#ifndef LEAT_CORE_QUEUE_WORK_H
#define LEAT_CORE_QUEUE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/queue/completion.h"
#include "lib/core/err.h"
#include "lib/core/queue/fifo.h"

/* A job. Embedded by the caller, who keeps it until `done` is called. */
struct work {
    struct fifo_link link;        /* first; used by the pool */
    void (*run)(struct work *w);  /* called on a thread, with signals blocked */
    void (*done)(struct work *w); /* called on the loop's thread; may free `w` and may submit */

    enum err err; /* OK, or ERR_BUSY: it was not taken */
};

struct work_options {
    int threads;
    size_t capacity; /* the most jobs that may wait for a thread */
    int nice;        /* the threads' nice value, best effort; 0 leaves it unchanged */
};

struct work_pool;

/* Makes a pool without threads yet. The options are copied. */
struct work_pool *work_pool_new(const struct work_options *options);
/* Waits for running jobs, then frees the pool. Waiting jobs are dropped. After this neither `run`
 * nor `done` of any job is called; what the jobs hold is the caller's to free. */
void work_pool_free(struct work_pool **pool);
/* Submits a job. LATER: work_deliver() calls `done`, once. DONE: it was not taken, because the
 * queue is full or the system grants no thread; w->err is ERR_BUSY, and neither `run` nor `done` is
 * called. */
enum completion work_submit(struct work_pool *p, struct work *w)
    __attribute__((warn_unused_result));
/* Returns the descriptor that is readable when finished jobs wait for work_deliver(). */
int work_fd(const struct work_pool *p);
/* Calls `done` for each finished job. */
void work_deliver(struct work_pool *p);
/* Returns the number of jobs submitted and not yet delivered. */
size_t work_pending(const struct work_pool *p);

#endif
