/* SPDX-License-Identifier: MIT */
/*
 * Threads that run jobs, each on its own connections: the writer (one thread, which takes the lock
 * shared by all workers for each transaction) and the readers. Jobs start in order.
 */
#ifndef LEAT_DB_ENGINE_POOL_H
#define LEAT_DB_ENGINE_POOL_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/db/engine/db.h"
#include "lib/db/engine/roles.h"

struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct db_job *first, **last;
    bool is_closing;
};

struct pool {
    struct job_queue todo;
    struct job_queue *done; /* borrowed; receives finished jobs */
    int done_fd;            /* borrowed; an eventfd, written when `done` was empty */
    struct shm *shm;        /* borrowed */
    bool is_writer;
    int thread_count;
    struct pool_thread {
        struct pool *pool;
        struct roles conns;
        pthread_t id;
    } * threads;
};

/* Opens each thread's connections and starts it. Returns false with *why, for free(), on
 * failure. */
bool pool_start(struct pool *p, const struct db_options *options, int threads, char **why);
void pool_submit(struct pool *p, struct db_job *job);
/* Interrupts what runs, hands waiting jobs back with ERR_DRAINING, joins the threads and closes. */
void pool_stop(struct pool *p);

/* A queue of jobs linked by `link`, which locks itself. It does not own them. */
void queue_init(struct job_queue *q);
void queue_fini(struct job_queue *q);
/* Appends a job. Returns true if the queue was empty. */
bool queue_push(struct job_queue *q, struct db_job *job);
/* Takes all jobs at once, in order, linked by `link`. Returns NULL if there are none. */
struct db_job *queue_take_all(struct job_queue *q);

#endif
