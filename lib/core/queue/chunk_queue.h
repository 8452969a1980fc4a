/* SPDX-License-Identifier: MIT */
/*
 * Hands bytes from one thread to the loop, at the loop's pace: the thread waits while the queue is
 * full, so what lies between them is bounded.
 *
 *     thread: chunk_queue_put() ──▶ at most CHUNK_QUEUE_MAX buffers ──▶ loop: chunk_queue_take()
 *             waits while it is full                                   never waits
 *
 * The queue does not wake the loop; the thread does so after a put (completion_queue.h).
 */
#ifndef LEAT_CORE_QUEUE_CHUNK_QUEUE_H
#define LEAT_CORE_QUEUE_CHUNK_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

enum { CHUNK_QUEUE_MAX = 2 };

struct chunk_queue {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t taken;
    struct buf chunks[CHUNK_QUEUE_MAX]; /* owned */
    size_t first, count;
    bool is_closed;
};

void chunk_queue_init(struct chunk_queue *q);
/* Frees the chunks in it. The thread may not use the queue any more. */
void chunk_queue_fini(struct chunk_queue *q);
/* Takes the bytes of *chunk, which is empty afterwards; waits for room until `until_ns`
 * (clock_ns()). Returns false, and leaves *chunk alone, if there was none in time or the queue is
 * closed. */
bool chunk_queue_put(struct chunk_queue *q, struct buf *chunk, uint64_t until_ns);
/* Moves the oldest chunk to *chunk, which must be empty. Returns false if there is none. */
bool chunk_queue_take(struct chunk_queue *q, struct buf *chunk);
/* Ends the wait of the thread, and refuses what it puts from now on. */
void chunk_queue_close(struct chunk_queue *q);

#endif
