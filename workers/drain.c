/* SPDX-License-Identifier: MIT */
#include "workers/drain.h"

#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/handlers/stream.h"
#include "workers/http/http.h"
#include "workers/mail/mail.h"

/* How long the answers of ended requests may take to leave. The master waits longer than that. */
#define ANSWER_NS (500 * NS_PER_MS)

void drain_set_state(struct worker *w, enum worker_state state)
{
    w->state = state;
    w->state_since_ns = clock_ns();
}

/* Stops accepting at once. */
static void close_listeners(struct worker *w)
{
    http_stop_accepting();
    drain_set_state(w, WORKER_CLOSING);
    channel_send(CHANNEL_FD, CHANNEL_DRAINING, NULL);
}

void drain_begin(struct worker *w, bool has_notice)
{
    if (w->state >= WORKER_NOTICED)
        return;
    log_info("worker.draining", "connections=%zu in_flight=%u", http_connections(), w->in_flight);
    if (has_notice && w->state == WORKER_ACCEPTING && w->timeouts.notice_ns)
        drain_set_state(w, WORKER_NOTICED);
    else
        close_listeners(w);
}

/* Returns whether work remains that no client waits for: mail, and records for _leat_audit. */
static bool has_chores(const struct worker *w)
{
    return mail_waits(w) || (w->db && db_pending(w->db));
}

/* Answers the requests that wait for the database, so that no client whose write was committed is
 * left without an answer. */
static void end_requests(struct worker *w)
{
    if (!w->db || !w->in_flight)
        return;
    stream_cancel_all();
    db_stop(w->db);
    db_deliver(w->db);
}

bool drain_advance(struct worker *w)
{
    uint64_t age = clock_ns() - w->state_since_ns;

    if (w->state == WORKER_NOTICED && age >= w->timeouts.notice_ns) {
        close_listeners(w);
        age = 0;
    }
    if (w->state != WORKER_CLOSING)
        return true;
    if (age >= w->timeouts.grace_ns)
        http_close_idle();
    if (age < w->timeouts.drain_ns)
        return http_connections() > 0 || has_chores(w);
    end_requests(w);
    if (age < w->timeouts.drain_ns + ANSWER_NS && w->in_flight)
        return true;
    http_cut();
    return false;
}
