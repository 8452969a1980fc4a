/* SPDX-License-Identifier: MIT */
/* All streams of the worker, and the queue by which their threads wake the loop. */
#include <assert.h>
#include <stdlib.h>

#include "lib/core/memory.h"
#include "lib/db/engine/db_stream.h"
#include "workers/handlers/stream_state.h"

static struct completion_queue signalled;
static struct stream *streams;
static bool is_open;

static void deliver_signals(void *arg)
{
    (void)arg;
    completion_queue_deliver(&signalled);
}

/* Looks after a stream that its thread has signalled. One signal is expected as long as the thread
 * has the stream, so each that comes expects the next. */
static void on_signal(struct fifo_link *l)
{
    struct stream *s = (struct stream *)l;

    completion_queue_expect(&signalled);
    atomic_store(&s->is_signalled, false);
    stream_on_part(s);
}

/* Opens the queue for the first stream. */
static void open_once(void)
{
    if (is_open)
        return;
    completion_queue_init(&signalled, on_signal);
    http_watch(completion_queue_fd(&signalled), deliver_signals, NULL);
    is_open = true;
}

void stream_link(struct stream *s)
{
    open_once();
    completion_queue_expect(&signalled);
    s->next = streams;
    if (streams)
        streams->previous = s;
    streams = s;
}

void stream_free(struct stream *s)
{
    if (s->next)
        s->next->previous = s->previous;
    *(s->previous ? &s->previous->next : &streams) = s->next;
    chunk_queue_fini(&s->chunks);
    buf_fini(&s->sent);
    free(s);
}

struct stream *stream_next(const struct stream *s)
{
    return s ? s->next : streams;
}

void stream_signal(struct stream *s)
{
    completion_queue_push(&signalled, &s->link);
}

void stream_settle(struct stream *s)
{
    if (atomic_load(&s->is_signalled))
        completion_queue_deliver(&signalled);
    assert(!atomic_load(&s->is_signalled));
    completion_queue_forget(&signalled);
    s->is_done = true;
}

void stream_cancel(struct stream *s)
{
    if (s->is_done)
        return;
    db_cancel(&s->request->job); /* first: a thread that the queue wakes asks why */
    chunk_queue_close(&s->chunks);
}

void stream_cancel_all(void)
{
    for (struct stream *s = streams; s; s = s->next)
        stream_cancel(s);
}

/* Ends what the drain has left: a stream whose thread has ended, and whose job was dropped. If a
 * part is being sent, http_finish() ends that. */
static void close_stream(struct stream *s)
{
    struct request *r = s->request;

    s->is_done = true;
    if (s->is_orphan) {
        stream_free(s);
        request_free(r);
        return;
    }
    if (!s->has_ended && !r->reason)
        r->reason = REASON_DRAIN;
    if (s->is_idle && !s->has_ended)
        http_stream_fail(r);
}

void stream_close(void)
{
    struct stream *next;

    if (!is_open)
        return;
    http_unwatch(deliver_signals);
    completion_queue_fini(&signalled, NULL);
    is_open = false;
    for (struct stream *s = streams; s; s = next) {
        next = s->next;
        close_stream(s);
    }
}
