/* SPDX-License-Identifier: MIT */
/*
 * Brings finished jobs from threads back to the loop, in the order in which they finished.
 *
 *     loop                                          threads
 *     completion_queue_expect() ── a job ─────────▶ run it
 *     the descriptor is readable ◀── one wake-up ── completion_queue_push()
 *     completion_queue_deliver() ──▶ done() for each
 *
 * The threads write the descriptor (eventfd(2)) only when the queue was empty: however many jobs
 * finish before the loop looks, it is woken once. All functions but push are for the loop's thread.
 */
#ifndef LEAT_CORE_QUEUE_COMPLETION_QUEUE_H
#define LEAT_CORE_QUEUE_COMPLETION_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/queue/fifo.h"

typedef void (*completion_fn)(struct fifo_link *job);

struct completion_queue {
    pthread_mutex_t lock; /* guards `finished` */
    struct fifo finished;
    int fd;

    pthread_t owner; /* the loop's thread, to which what follows belongs */
    completion_fn done;
    struct fifo taken; /* being delivered */
    size_t pending;
    unsigned delivering; /* how many calls of deliver run, one inside the other */
};

/* Opens the queue of the calling thread's loop. `done` is called for each job; it may free the job,
 * and may submit and deliver more. */
void completion_queue_init(struct completion_queue *q, completion_fn done);
/* Closes the queue, when no thread can push any more and not from within `done`. Calls `drop` (may
 * be NULL) instead of `done` for the jobs that were pushed and not delivered. */
void completion_queue_fini(struct completion_queue *q, completion_fn drop);
/* Counts a job that a thread is about to get. */
void completion_queue_expect(struct completion_queue *q);
/* Counts one less: an expected job will not be pushed. */
void completion_queue_forget(struct completion_queue *q);
/* Appends a finished job, and wakes the loop if it was the first. Called from any thread. */
void completion_queue_push(struct completion_queue *q, struct fifo_link *job);
/* Appends all jobs of the list, which is empty afterwards, and wakes the loop once. */
void completion_queue_push_all(struct completion_queue *q, struct fifo *jobs);
/* Returns the descriptor that is readable when jobs wait for completion_queue_deliver(). */
int completion_queue_fd(const struct completion_queue *q);
/* Calls `done` for the jobs that have finished so far. Called from within a `done`, it delivers
 * those that the outer call has left; if there are none, those that have finished since. */
void completion_queue_deliver(struct completion_queue *q);
/* Returns how many jobs were expected and not yet delivered. */
size_t completion_queue_pending(const struct completion_queue *q);

#endif
