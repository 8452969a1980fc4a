/* SPDX-License-Identifier: MIT */
/* The thread of a stream: hands the rows that it has rendered to the loop, part by part. */
#include "lib/api/operation/envelope.h"
#include "lib/core/clock.h"
#include "lib/db/engine/db_stream.h"
#include "workers/handlers/stream_state.h"

/* Makes the first part ready. It shows that the list is long, so its client gets the time of an
 * answer. */
static void begin_parts(struct stream *s, struct db_job *job)
{
    s->has_parts = true;
    job->body_max = STREAM_PART;
    envelope_begin(s->request->op->envelope, &job->body);
    if (s->write_ns)
        job->deadline_ns = clock_ns() + s->write_ns;
}

bool stream_more(struct db_job *job)
{
    struct stream *s = stream_of(job->data);

    if (!s->has_parts)
        begin_parts(s, job);
    if (!chunk_queue_put(&s->chunks, &job->body, clock_ns() + DB_STREAM_WAIT_NS))
        return false;
    if (!atomic_exchange(&s->is_signalled, true))
        stream_signal(s);
    return true;
}
