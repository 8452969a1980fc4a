/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/blocking_queue.h"

void blocking_queue_init(struct blocking_queue *q, size_t capacity)
{
    *q = (struct blocking_queue){.capacity = capacity};
    fifo_init(&q->jobs);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
}

void blocking_queue_fini(struct blocking_queue *q)
{
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
}

bool blocking_queue_push(struct blocking_queue *q, struct fifo_link *job)
{
    bool is_room;

    pthread_mutex_lock(&q->lock);
    is_room = !q->capacity || q->jobs.count < q->capacity;
    if (is_room) {
        fifo_push(&q->jobs, job);
        pthread_cond_signal(&q->filled);
    }
    pthread_mutex_unlock(&q->lock);
    return is_room;
}

struct fifo_link *blocking_queue_wait(struct blocking_queue *q)
{
    struct fifo_link *job;

    pthread_mutex_lock(&q->lock);
    while (!q->jobs.first && !q->is_closed)
        pthread_cond_wait(&q->filled, &q->lock);
    job = q->is_closed ? NULL : fifo_pop(&q->jobs);
    pthread_mutex_unlock(&q->lock);
    return job;
}

struct fifo_link *blocking_queue_pop(struct blocking_queue *q)
{
    struct fifo_link *job;

    pthread_mutex_lock(&q->lock);
    job = fifo_pop(&q->jobs);
    pthread_mutex_unlock(&q->lock);
    return job;
}

void blocking_queue_close(struct blocking_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->is_closed = true;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

bool blocking_queue_is_closed(struct blocking_queue *q)
{
    bool is_closed;

    pthread_mutex_lock(&q->lock);
    is_closed = q->is_closed;
    pthread_mutex_unlock(&q->lock);
    return is_closed;
}
