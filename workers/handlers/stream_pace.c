/* SPDX-License-Identifier: MIT */
/*
 * Ends streams whose client has left while rows were awaited, and slow ones while others wait. A stream has its thread until its client has taken nearly
 * all, so a few clients that hardly read could hold all threads until their lists time out.
 *
 *   - The pace of a stream is what its client has taken in the last second or more. A client that waits
 *     for rows is not slow, and its measurement begins again.
 *   - While a list waits for a thread, from one tick to the next, each tick ends the slowest stream of
 *     less than SLOW_PACE. The others end by themselves; a list that waits for them too long gets 503.
 */
#include <stdio.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db_stream.h"
#include "workers/handlers/stream_state.h"

enum { SLOW_PACE = 65536 }; /* bytes a second */

static void begin_measurement(struct stream *s, uint64_t now_ns)
{
    s->since_ns = now_ns;
    s->taken = http_stream_taken(s->request);
}

static void measure_pace(struct stream *s, uint64_t now_ns)
{
    uint64_t took_ns = now_ns - s->since_ns;

    if (!s->since_ns || s->is_idle) {
        s->pace = UINT64_MAX;
        begin_measurement(s, now_ns);
    } else if (took_ns >= NS_PER_S) {
        uint64_t bytes = http_stream_taken(s->request) - s->taken;

        s->pace = bytes * 1000 / (took_ns / NS_PER_MS);
        begin_measurement(s, now_ns);
    }
}

/* Returns whether the stream's client and its thread are both there. */
static bool is_under_way(const struct stream *s)
{
    return s->has_head && !s->has_ended && !s->is_done && !s->is_orphan;
}

/* Returns whether a client waits for a thread. */
static bool has_waiting(struct worker *w)
{
    for (struct stream *s = stream_next(NULL); s; s = stream_next(s))
        if (!s->has_head && !s->is_orphan)
            return db_streams_waiting(w->db);
    return false;
}

/* Ends streams whose clients have left while they waited for rows. */
static void end_left(void)
{
    struct stream *next;

    for (struct stream *s = stream_next(NULL); s; s = next) {
        next = stream_next(s);
        if (!is_under_way(s) || !s->is_idle || !http_stream_is_left(s->request))
            continue;
        stream_cancel(s);
        stream_note_left(s); /* once, since h2o may close the connection later */
        http_stream_fail(s->request);
    }
}

static struct stream *find_slowest(uint64_t now_ns)
{
    struct stream *slowest = NULL;

    for (struct stream *s = stream_next(NULL); s; s = stream_next(s)) {
        if (!is_under_way(s))
            continue;
        measure_pace(s, now_ns);
        if (s->pace < (slowest ? slowest->pace : SLOW_PACE))
            slowest = s;
    }
    return slowest;
}

static void displace(struct stream *s)
{
    char cause[80];

    snprintf(cause, sizeof(cause), "others waited, and its client took %lu bytes a second",
             (unsigned long)s->pace);
    shm_count(s->request->worker->slot, COUNT_STREAMS_DISPLACED, 1);
    stream_cancel(s);
    stream_note_broken(s, REASON_SLOW, cause);
    http_stream_cut(s->request);
}

void stream_tick(struct worker *w)
{
    static bool was_waiting;
    bool is_waiting = has_waiting(w);
    struct stream *slowest;

    end_left();
    slowest = find_slowest(clock_ns());
    if (slowest && is_waiting && was_waiting)
        displace(slowest);
    was_waiting = is_waiting;
}
