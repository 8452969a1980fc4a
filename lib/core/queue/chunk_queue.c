/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/chunk_queue.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#include "lib/core/clock.h"

void chunk_queue_init(struct chunk_queue *q)
{
    *q = (struct chunk_queue){0};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->taken, NULL);
}

void chunk_queue_fini(struct chunk_queue *q)
{
    for (size_t i = 0; i < CHUNK_QUEUE_MAX; i++)
        buf_fini(&q->chunks[i]);
    pthread_cond_destroy(&q->taken);
    pthread_mutex_destroy(&q->lock);
}

bool chunk_queue_put(struct chunk_queue *q, struct buf *chunk, uint64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                             .tv_nsec = (long)(until_ns % NS_PER_S)};
    bool has_room;
    int rc = 0;

    assert(chunk->len);
    pthread_mutex_lock(&q->lock);
    while (q->count == CHUNK_QUEUE_MAX && !q->is_closed && rc != ETIMEDOUT)
        rc = pthread_cond_clockwait(&q->taken, &q->lock, CLOCK_MONOTONIC, &until);
    has_room = q->count < CHUNK_QUEUE_MAX && !q->is_closed;
    if (has_room) {
        q->chunks[(q->first + q->count++) % CHUNK_QUEUE_MAX] = *chunk;
        *chunk = (struct buf){0};
    }
    pthread_mutex_unlock(&q->lock);
    return has_room;
}

bool chunk_queue_take(struct chunk_queue *q, struct buf *chunk)
{
    bool is_there;

    assert(!chunk->data);
    pthread_mutex_lock(&q->lock);
    is_there = q->count > 0;
    if (is_there) {
        *chunk = q->chunks[q->first];
        q->chunks[q->first] = (struct buf){0};
        q->first = (q->first + 1) % CHUNK_QUEUE_MAX;
        q->count--;
        pthread_cond_signal(&q->taken);
    }
    pthread_mutex_unlock(&q->lock);
    return is_there;
}

void chunk_queue_close(struct chunk_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->is_closed = true;
    pthread_cond_signal(&q->taken);
    pthread_mutex_unlock(&q->lock);
}
