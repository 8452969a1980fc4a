/* SPDX-License-Identifier: MIT */
/*
 * The loop's side of a stream, drawn in stream.h. Its thread renders parts, and the socket takes
 * them, in any order: each of stream_on_part() and on_proceed() finds out whether the next part can
 * be sent. The exchange ends with on_stop() and the job with on_done(); whichever is later frees
 * the stream.
 */
#include "workers/handlers/stream.h"

#include <assert.h>
#include <stddef.h>

#include "lib/api/operation/envelope.h"
#include "lib/auth/store/identity.h"
#include "lib/core/log_repeat.h"
#include "lib/core/memory.h"
#include "lib/db/engine/db_stream.h"
#include "workers/handlers/cursor.h"
#include "workers/handlers/prefer.h"
#include "workers/handlers/stream_state.h"
#include "workers/handlers/version.h"
#include "workers/request/observe.h"
#include "workers/request/reply.h"

struct stream *stream_of(const struct request *r)
{
    return (struct stream *)((char *)(uintptr_t)r->stream - offsetof(struct stream, answer));
}

void stream_note_broken(struct stream *s, enum reason reason, const char *cause)
{
    static struct log_repeat broken = {.event = "stream.broken"};
    struct request *r = s->request;

    assert(!s->has_ended);
    s->has_ended = true;
    shm_count(r->worker->slot, COUNT_STREAMS_BROKEN, 1);
    if (!r->reason)
        r->reason = reason;
    log_repeated(&broken, "operation=%s reason=%s cause=\"%s\" bytes=%zu id=%s", r->op->id,
                 reason_word(r->reason), cause, r->bytes, r->id);
}

void stream_note_left(struct stream *s)
{
    assert(!s->has_ended);
    s->has_ended = true;
    shm_count(s->request->worker->slot, COUNT_STREAMS_BROKEN, 1);
    s->request->reason = REASON_CLIENT_GONE;
}

/* Ends the connection instead of the body, for the error of the job. */
static void fail_with_job(struct stream *s)
{
    assert(s->is_done);
    stream_note_broken(s, observe_reason(&s->request->job), s->request->job.cause);
    http_stream_fail(s->request);
}

/* Sends what stream_more() has not taken, with the end of the envelope. */
static void send_last(struct stream *s)
{
    struct request *r = s->request;
    struct envelope_parts parts = cursor_parts(r, &r->job, &r->arena);

    envelope_end(r->op->envelope, &r->op->plan->page, &r->job.body, &parts);
    s->has_ended = true;
    http_stream_send(r, buf_slice(&r->job.body), true);
}

/* Charges a chunk that holds a large row. */
static bool charge(struct stream *s)
{
    size_t more = s->sent.cap > s->largest ? s->sent.cap - s->largest : 0;

    s->largest += more;
    return !more || http_hold(s->request, STREAM_CHUNKS * more);
}

/* Sends the part that was taken from the queue. */
static void send_part(struct stream *s)
{
    if (charge(s)) {
        http_stream_send(s->request, buf_slice(&s->sent), false);
        return;
    }
    stream_cancel(s);
    stream_note_broken(s, REASON_BUFFERED, "a row is too large");
    http_stream_fail(s->request);
}

/* Sends the next part, or waits for it. */
static void send_next(struct stream *s)
{
    s->is_idle = false;
    buf_fini(&s->sent);
    if (chunk_queue_take(&s->chunks, &s->sent))
        send_part(s);
    else if (!s->is_done)
        s->is_idle = true;
    else if (s->request->job.err == OK)
        send_last(s);
    else
        fail_with_job(s);
}

static void on_proceed(struct request *r)
{
    struct stream *s = stream_of(r);

    if (s->has_ended) /* it was cut just when its client took the last part */
        http_stream_fail(r);
    else
        send_next(s);
}

/* Sends the head before the first part. A client that asked for the head alone gets no rows, and
 * neither does one whose precondition decides. */
static void send_head(struct stream *s)
{
    struct request *r = s->request;

    s->has_head = true;
    s->has_ended = true;
    if (version_answer(r))
        return;
    prefer_answer(r);
    reply_stream(r);
    if (r->method == METHOD_HEAD) {
        http_stream_send(r, (struct slice){"", 0}, true);
        return;
    }
    s->has_ended = false;
    send_next(s);
}

void stream_on_part(struct stream *s)
{
    if (s->is_orphan || s->has_ended)
        return;
    if (!s->has_head)
        send_head(s);
    else if (s->is_idle)
        send_next(s);
}

/* Lets the handler answer, since nothing was sent. */
static void return_job(struct stream *s)
{
    struct request *r = s->request;

    r->job.done = s->done;
    r->stream = NULL;
    stream_free(s);
    r->job.done(&r->job);
}

static void on_done(struct db_job *job)
{
    struct request *r = job->data;
    struct stream *s = stream_of(r);

    stream_settle(s);
    if (s->is_orphan) {
        stream_free(s);
        request_free(r);
    } else if (!job->has_begun) {
        return_job(s);
    } else if (s->has_ended) {
        return;
    } else if (s->is_idle) {
        send_next(s);
    } else if (job->err == ERR_DEADLINE || job->err == ERR_DRAINING || job->err == ERR_BUSY) {
        /* The client need not take the part that is being sent. */
        stream_note_broken(s, observe_reason(job), job->cause);
        http_stream_cut(r);
    }
}

/* The connection has gone, and with it all that the request had from there. Unless the server ended
 * it, the client did, which is no fault and is not logged. */
static bool on_stop(struct request *r)
{
    struct stream *s = stream_of(r);
    bool is_done = s->is_done;

    if (!s->has_ended && r->reason) {
        stream_note_broken(s, r->reason, "its connection was cut");
    } else if (!s->has_ended) {
        stream_note_left(s);
    }
    if (is_done) {
        stream_free(s);
        return true;
    }
    stream_cancel(s);
    s->is_orphan = true;
    request_finish(r);
    return false;
}

/* Copies what the statements are given, since it may lie in memory of the connection. */
static void own_values(struct request *r)
{
    for (size_t i = 0; i < r->op->input_count; i++) {
        struct db_value *v = &r->values[i];

        if (db_value_is_bytes(v) && v->text.len)
            v->text.data = arena_strndup(&r->arena, v->text.data, v->text.len);
    }
    if (r->job.subject.data)
        r->job.subject.data = arena_strndup(&r->arena, r->job.subject.data, r->job.subject.len);
}

enum flow stream_begin(struct request *r)
{
    struct stream *s;

    assert(r->job.is_long && !r->stream);
    if (!http_hold(r, STREAM_HELD))
        return flow_fail(r, ERR_BUSY);
    s = xcalloc(1, sizeof(*s));
    s->answer = (struct answer_stream){.proceed = on_proceed, .stop = on_stop};
    s->request = r;
    s->done = r->job.done;
    s->largest = STREAM_CHUNK_CAP;
    s->write_ns = r->op->timeout_ns ? 0 : r->worker->timeouts.write_ns;
    chunk_queue_init(&s->chunks);
    stream_link(s);
    own_values(r);
    r->stream = &s->answer;
    r->job.more = stream_more;
    r->job.done = on_done;
    db_stream(r->worker->db, &r->job);
    return FLOW_WAIT;
}
