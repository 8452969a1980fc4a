/* SPDX-License-Identifier: MIT */
#include "server/watch.h"

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/shm/ticket.h"
#include "server/generation/alarm.h"
#include "server/generation/child.h"
#include "server/master.h"
#include "server/process/notify.h"
#include "server/generation/supervise.h"

enum { WATCH_MS = 1000, RENEW_AGAIN_S = 10 };
#define TICKET_AGE_NS                                                                              \
    (UINT64_C(12) * 3600 * NS_PER_S) /* a ticket lives for two to three of these periods */

/* Returns whether the master itself was stopped (a frozen container, a debugger). The workers were
 * too, and get a second to send a heartbeat before they are judged. */
static bool was_paused(struct master *m)
{
    uint64_t now = clock_ns(), before = m->watched_ns;

    m->watched_ns = now;
    if (!before || now - before < 2 * WATCH_MS * NS_PER_MS)
        return false;
    log_warn("master.paused", "ms=%lu", (unsigned long)((now - before) / NS_PER_MS));
    return true;
}

void watch_tickets(struct master *m)
{
    ticket_rotate(m->workers.segment->shm, clock_ns(), TICKET_AGE_NS);
}

/* Checks what all workers share and a compromised one may have damaged. Other workers cannot serve
 * with it, so workers with new shared memory take over. */
static void watch_common(struct master *m)
{
    uint64_t now = clock_ns();
    bool is_whole = shm_is_whole(m->workers.segment->shm);

    m->has_replaced |= !listen_repair(&m->listeners);
    if ((is_whole && !m->has_replaced) || m->is_stopping || upgrade_runs(&m->upgrade) ||
        (m->renewed_ns && now - m->renewed_ns < RENEW_AGAIN_S * NS_PER_S))
        return;
    m->renewed_ns = now;
    if (!is_whole)
        log_error("shm.damaged",
                  "a worker overwrote protected data; shared memory is being replaced");
    reload_request(&m->reload, RELOAD_RENEW, NULL, NULL);
}

static void on_watch(uv_timer_t *timer)
{
    struct master *m = timer->data;
    struct generation *next;

    if (was_paused(m))
        return;
    watch_tickets(m);
    master_count_dropped(m);
    for (struct generation *g = m->retiring; g; g = next) {
        next = g->next;
        supervise_watch(g);
    }
    if (!m->current)
        return;
    master_write_pid_file(m);
    watch_common(m);
    supervise_watch(m->current);
    alarm_watch(&m->ledger, conf_int(m->current->config, "crash-window"));
    m->ledger.workers = (uint32_t)m->current->worker_count;
    m->ledger.ready = (uint32_t)generation_count(m->current, CHILD_READY);
    ledger_publish(&m->ledger);
}

static void on_feed(uv_timer_t *timer)
{
    (void)timer;
    notify_send("WATCHDOG=1");
}

void watch_start(struct master *m)
{
    uint64_t feed_ms = notify_watchdog_ms();

    watch_tickets(m);
    uv_timer_init(&m->loop, &m->watch);
    uv_timer_init(&m->loop, &m->feed);
    m->watch.data = m;
    uv_timer_start(&m->watch, on_watch, WATCH_MS, WATCH_MS);
    if (feed_ms)
        uv_timer_start(&m->feed, on_feed, feed_ms, feed_ms);
}

void watch_stop(struct master *m)
{
    uv_close((uv_handle_t *)&m->watch, NULL);
    uv_close((uv_handle_t *)&m->feed, NULL);
}
