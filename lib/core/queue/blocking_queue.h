/* SPDX-License-Identifier: MIT */
/*
 * Hands jobs from the loop to threads, in order. A thread waits in blocking_queue_wait(); jobs come
 * back through a completion queue (lib/core/queue/completion_queue.h). Any thread may call any
 * function but init and fini. Jobs stay their owner's.
 */
#ifndef LEAT_CORE_QUEUE_BLOCKING_QUEUE_H
#define LEAT_CORE_QUEUE_BLOCKING_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/core/queue/fifo.h"

struct blocking_queue {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t filled;
    struct fifo jobs;
    size_t capacity; /* 0: something else limits its length */
    bool is_closed;
};

void blocking_queue_init(struct blocking_queue *q, size_t capacity);
/* No thread may use the queue any more. Jobs in it are dropped. */
void blocking_queue_fini(struct blocking_queue *q);
/* Appends a job, and wakes one thread. Returns false if the queue is full. */
bool blocking_queue_push(struct blocking_queue *q, struct fifo_link *job);
/* Waits for a job and takes it. Returns NULL once the queue is closed, whatever waits in it. */
struct fifo_link *blocking_queue_wait(struct blocking_queue *q);
/* Takes a job, also from a closed queue. Returns NULL if there is none. */
struct fifo_link *blocking_queue_pop(struct blocking_queue *q);
/* Ends all waits, present and future. */
void blocking_queue_close(struct blocking_queue *q);
bool blocking_queue_is_closed(struct blocking_queue *q);

#endif
