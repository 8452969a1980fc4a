/* SPDX-License-Identifier: MIT */
/* The thread of a stream: hands the rows that it has rendered to the loop, part by part. */
#include <stdio.h>
#include <string.h>

#include "lib/api/operation/envelope.h"
#include "lib/core/clock.h"
#include "workers/handlers/stream_state.h"

/* Puts the head of the envelope before the first rows. */
static void begin_body(const struct request *r, struct buf *body)
{
    struct slice head = envelope_head(r->op->envelope);

    buf_reserve(body, head.len);
    memmove(body->data + head.len, body->data, body->len);
    memcpy(body->data, head.data, head.len);
    body->len += head.len;
}

/* Makes the first part ready. It shows that the list is long, so its client gets the time of an
 * answer. */
static void begin_parts(const struct stream *s, struct db_job *job)
{
    job->body_max = STREAM_PART;
    begin_body(s->request, &job->body);
    if (s->write_ns)
        job->deadline_ns = clock_ns() + s->write_ns;
}

bool stream_more(struct db_job *job)
{
    struct stream *s = stream_of(job->data);

    if (job->body_max == STREAM_BYTES)
        begin_parts(s, job);
    if (!chunk_queue_put(&s->chunks, &job->body, job->deadline_ns)) {
        bool is_late = !atomic_load(&job->is_cancelled);

        job->err = is_late ? ERR_DEADLINE : ERR_DRAINING;
        snprintf(job->cause, sizeof(job->cause), "%s",
                 is_late ? "the client did not take the list in time" : "it was cancelled");
        return false;
    }
    if (!atomic_exchange(&s->is_signalled, true))
        stream_signal(s);
    return true;
}
