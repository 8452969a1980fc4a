/* SPDX-License-Identifier: MIT */
/*
 * Threads that run jobs, each on its own connections: the writer (one thread, which takes the lock
 * shared by all workers for each transaction) and the readers. Jobs start in order.
 */
#ifndef LEAT_DB_ENGINE_POOL_H
#define LEAT_DB_ENGINE_POOL_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/queue/blocking_queue.h"
#include "lib/core/queue/completion_queue.h"
#include "lib/core/fault.h"
#include "lib/db/engine/db.h"
#include "lib/db/engine/roles.h"

struct pool {
    struct blocking_queue todo;
    struct completion_queue *finished; /* borrowed */
    struct shm *shm;                   /* borrowed, as is the next */
    struct health *health;
    bool is_writer;
    int thread_count;
    struct pool_thread {
        struct pool *pool;
        struct roles conns;
        pthread_t id;
    } * threads;
};

/* Opens each thread's connections and starts it. Returns false with *fault on
 * failure. */
bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault);
/* The plan of a job that only makes the -wal small again. Nothing waits for it, and its `done` is
 * called as that of others. */
extern const struct plan pool_shrink_plan;

void pool_submit(struct pool *p, struct db_job *job);
/* Interrupts what runs, hands waiting jobs back with ERR_DRAINING, joins the threads and closes. */
void pool_stop(struct pool *p);

#endif
