/* SPDX-License-Identifier: MIT */
/*
 * Threads that run jobs, each on its own connections: the readers, and the writer, which has a file
 * of its own (writer.h). job_queue.h decides which job is next.
 */
#ifndef LEAT_DB_SQLITE_POOL_H
#define LEAT_DB_SQLITE_POOL_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/fault.h"
#include "lib/core/queue/completion_queue.h"
#include "lib/db/sqlite/batch.h"
#include "lib/db/engine/db.h"
#include "lib/db/sqlite/connection/foreign_lock.h"
#include "lib/db/engine/job_queue.h"
#include "lib/db/sqlite/connection/roles.h"
#include "lib/db/sqlite/connection/snapshots.h"

struct pool {
    pthread_mutex_t lock; /* guards the next three */
    pthread_cond_t filled;
    struct job_queue todo;
    bool is_closed;
    struct completion_queue *finished; /* borrowed */
    struct shm *shm;                   /* borrowed, as are the next two */
    struct shm_slot *slot;             /* where jobs are counted; may be NULL */
    struct health *health;
    bool is_writer;
    bool is_to_wake; /* the writer's thread, at the end of the turn; for the loop's thread */
    /* A job may hold its thread for as long as its client takes, so no thread is kept free of long
     * ones; the first thread is there from the start, and the others are started as they are
     * needed. */
    bool is_for_streams;
    struct read_bounds unbounded, bounded; /* of reads that may take any time, and of others */
    size_t batch_max;                      /* the most jobs that the writer commits together */
    struct foreign_lock foreign;
    int thread_count, thread_max;
    struct pool_thread {
        struct pool *pool;
        struct roles conns;
        struct snapshot snapshot; /* of a reader */
        /* Of the writer's thread: */
        struct batch batch;
        struct fifo passengers; /* wait for company (plan.h) until due_ns */
        uint64_t due_ns;
        pthread_t id;
    } * threads;
};

/* Opens each thread's connections and starts it; for streams, the first. Returns false with
 * *fault on failure. */
bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault);
/* Queues a job. A writer that waits learns of it by pool_wake(), so that it does not commit the
 * first job of a turn alone. */
void pool_submit(struct pool *p, struct db_job *job);
void pool_wake(struct pool *p);
/* Returns how many jobs wait to be begun. */
size_t pool_waiting(struct pool *p);
/* Ends jobs that have waited too long to be begun, with ERR_BUSY. */
void pool_expire(struct pool *p);
/* Interrupts what runs, hands waiting jobs back with ERR_DRAINING, joins the threads and closes. */
void pool_stop(struct pool *p);

/* The following are for the pool's threads. */

/* Waits for a job until `until_ns` (clock_ns()). Returns false once the pool is closed. */
bool pool_await(struct pool *p, uint64_t until_ns);
bool pool_is_closed(struct pool *p);
/* Takes the job to begin now, or returns NULL. A closed pool keeps its jobs. */
struct db_job *pool_begin(struct pool *p);
/* Hands back jobs that have begun and ended. The list is empty afterwards. */
void pool_settle(struct pool *p, struct fifo *ended);
/* Ends a job that waited too long for something, which the log tells. */
void pool_give_up(struct pool *p, struct db_job *job, const char *what);

#endif
