/* SPDX-License-Identifier: MIT */
/*
 * Internal to workers/handlers: one stream, as the files that handle it see it.
 *
 *     stream.c         begins it, and answers on the loop
 *     stream_rows.c    the thread, which hands over the rows
 *     stream_list.c    all streams of the worker: what wakes the loop for them, and their end
 *     stream_pace.c    ends slow ones while others wait
 *     stream_limit.c   which lists may be streamed
 */
#ifndef LEAT_WORKERS_HANDLERS_STREAM_STATE_H
#define LEAT_WORKERS_HANDLERS_STREAM_STATE_H

#include <stdatomic.h>

#include "lib/core/queue/chunk_queue.h"
#include "lib/core/queue/completion_queue.h"
#include "workers/handlers/stream.h"
#include "workers/http/http.h"

/* The memory of a stream: the chunks in the queue, the one that is rendered and the one that is
 * sent. Their buffers double, so each may have twice the bytes of a part, and a row. */
enum {
    STREAM_CHUNKS = CHUNK_QUEUE_MAX + 2,
    STREAM_CHUNK_CAP = 2 * STREAM_BYTES,
    STREAM_HELD = STREAM_CHUNKS * STREAM_CHUNK_CAP
};

/*     is_signalled   the thread has put a part, and the loop has not looked since
 *     has_head       the head was sent
 *     is_idle        the socket has taken all parts, and the next one is awaited
 *     has_ended      the last part was sent, or the connection is being cut
 *     is_done        the job has ended: no thread knows the stream any more
 *     is_orphan      the exchange has ended, and the job has not */
struct stream {
    struct fifo_link link; /* first; in the queue of signals */
    struct answer_stream answer;
    struct request *request;
    struct stream *previous, *next;
    void (*done)(struct db_job *job); /* of a job that ends before the first part */
    struct chunk_queue chunks;
    struct buf sent;   /* the part that the socket has not taken */
    size_t largest;    /* the largest chunk that is charged */
    uint64_t write_ns; /* timeouts.write, or 0 if x-timeout limits it */
    /* Of stream_pace.c: when its measurement began, and how much the client had taken by then; and
     * the bytes a second that the last one found. */
    uint64_t since_ns, taken, pace;
    atomic_bool is_signalled;
    bool has_parts; /* the thread's: it has rendered the first part */
    bool has_head, is_idle, is_done, is_orphan, has_ended;
};

/* Returns the stream of a request that has one. */
struct stream *stream_of(const struct request *r);

/* Hands a part from the thread to the loop: the `more` of its job. */
bool stream_more(struct db_job *job);

/* Takes its place in the list. */
void stream_link(struct stream *s);
/* Leaves the list and frees the stream. */
void stream_free(struct stream *s);
/* Returns the stream after `s`, or the first for NULL; NULL at the end. */
struct stream *stream_next(const struct stream *s);
/* Wakes the loop, which calls stream_on_part(). For the thread. */
void stream_signal(struct stream *s);
/* Sends what the thread has put, if the socket waits for it. */
void stream_on_part(struct stream *s);
/* Takes the stream from the thread, which has put its last part. */
void stream_settle(struct stream *s);

/* Interrupts its statement. */
void stream_cancel(struct stream *s);
/* Records that the answer will not be whole, counts and logs it. The caller ends the connection. */
void stream_note_broken(struct stream *s, enum reason reason, const char *cause);
/* Records that its client has left, which is counted and not logged. */
void stream_note_left(struct stream *s);

#endif
