/* SPDX-License-Identifier: MIT */
/*
 * Threads that run jobs, each on its own connections: the writer (writer.h) and the readers. Jobs
 * start in order.
 */
#ifndef LEAT_DB_ENGINE_POOL_H
#define LEAT_DB_ENGINE_POOL_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/queue/blocking_queue.h"
#include "lib/core/queue/completion_queue.h"
#include "lib/core/fault.h"
#include "lib/db/engine/batch.h"
#include "lib/db/engine/db.h"
#include "lib/db/engine/foreign_lock.h"
#include "lib/db/engine/roles.h"

struct pool {
    struct blocking_queue todo;
    struct completion_queue *finished; /* borrowed */
    struct shm *shm;                   /* borrowed, as is the next */
    struct health *health;
    bool is_writer;
    size_t batch_max; /* the most jobs that the writer commits together */
    struct foreign_lock foreign;
    int thread_count;
    struct pool_thread {
        struct pool *pool;
        struct roles conns;
        /* Of the writer's thread: */
        struct batch batch;
        struct fifo passengers; /* wait for company (plan.h) until due_ns */
        uint64_t due_ns;
        struct db_job *shrink; /* makes the -wal small again; NULL if that is not wanted */
        pthread_t id;
    } * threads;
};

/* Opens each thread's connections and starts it. Returns false with *fault on
 * failure. */
bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault);

void pool_submit(struct pool *p, struct db_job *job);
/* Hands a job back. Called from the pool's threads, as is the next. */
void pool_finish(struct pool *p, struct db_job *job);
/* Fails a job whose time was up before it began. */
void pool_expire(struct db_job *job);
/* Interrupts what runs, hands waiting jobs back with ERR_DRAINING, joins the threads and closes. */
void pool_stop(struct pool *p);

#endif
