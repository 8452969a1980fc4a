/* SPDX-License-Identifier: MIT */
/*
 * Threads for what must not hold up the event loop: password hashes, mostly. Jobs are taken in
 * order; finished ones come back through an eventfd, in the order in which they finished.
 *
 *     work_submit() ──▶ waiting (bounded) ──▶ run(), on a thread ──▶ work_fd() is readable
 *                                                                    work_deliver() ──▶ done()
 *
 * All functions are for the loop's thread. The threads start with the first job.
 */
#ifndef LEAT_CORE_WORK_H
#define LEAT_CORE_WORK_H

#include <stdbool.h>
#include <stddef.h>

/* Embedded by the caller, who keeps it until `done` is called. */
struct work {
    void (*run)(struct work *w);  /* on a thread; signals are blocked there */
    void (*done)(struct work *w); /* on the loop's thread; may free `w`, may submit */

    struct work *link; /* the pool's */
};

struct work_options {
    int threads;
    size_t capacity; /* jobs that may wait for a thread */
    int nice;        /* of the threads, best effort; 0 leaves it as it is */
};

struct work_pool;

struct work_pool *work_pool_new(const struct work_options *options);
/* Waits for the jobs that run. Those that wait are dropped: neither their `run` nor the `done` of
 * any job is called any more, and what they hold is the caller's to free. */
void work_pool_free(struct work_pool **pool);
/* False: as many wait as may, or the system has no thread for it; `w` is not taken. */
bool work_submit(struct work_pool *p, struct work *w);
/* Readable when finished jobs wait for work_deliver(). */
int work_fd(const struct work_pool *p);
/* Calls `done` of what has finished. Not from within a `done`. */
void work_deliver(struct work_pool *p);
/* Jobs that were submitted and not delivered yet. */
size_t work_pending(const struct work_pool *p);

#endif
