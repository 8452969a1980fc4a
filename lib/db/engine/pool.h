/* SPDX-License-Identifier: MIT */
/*
 * Threads that run jobs, each on connections of its own: the writer (one thread, which takes the
 * cross-worker lock for each transaction) and the readers. Jobs are taken in order.
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
    struct job_queue *done; /* borrowed; jobs go here when they have run */
    int done_fd;            /* borrowed eventfd, written when `done` was empty */
    struct shm *shm;        /* borrowed */
    bool is_writer;
    int thread_count;
    struct pool_thread {
        struct pool *pool;
        struct roles conns;
        pthread_t id;
    } * threads;
};

/* Opens the connections of each thread and starts it. False: *why is for free(). */
bool pool_start(struct pool *p, const struct db_options *options, int threads, char **why);
void pool_submit(struct pool *p, struct db_job *job);
/* Interrupts what runs, hands back what waits with ERR_DRAINING, joins, closes. */
void pool_stop(struct pool *p);

void queue_init(struct job_queue *q);
void queue_fini(struct job_queue *q);
/* Appends; true if the queue was empty. */
bool queue_push(struct job_queue *q, struct db_job *job);
/* Takes everything at once, in order, linked by `link`; NULL if there is nothing. */
struct db_job *queue_take_all(struct job_queue *q);

#endif
