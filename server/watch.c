/* SPDX-License-Identifier: MIT */
#include "server/watch.h"

#include <assert.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/shm/shm.h"
#include "lib/shm/ticket.h"
#include "server/generation/alarm.h"
#include "server/generation/generation.h"
#include "server/generation/logs.h"
#include "server/generation/supervise.h"
#include "server/process/notify.h"
#include "server/process/usage.h"
#include "server/sockets/refuse_clients.h"

enum { WATCH_MS = 1000, REFUSE_MS = 50, RENEW_AGAIN_S = 10 };
#define DAY_NS (UINT64_C(86400) * NS_PER_S)
#define CLOCK_SECONDS_MAX UINT64_C(253402300799) /* the end of the year 9999 */
#define TICKET_AGE_NS                                                                              \
    (UINT64_C(12) * 3600 * NS_PER_S) /* a ticket lives for two to three of these periods */

/* Returns whether the master itself was stopped (a frozen container, a debugger). The workers were
 * too, and get a second to send a heartbeat before they are judged. */
static bool was_paused(struct watch *w)
{
    uint64_t now = clock_ns(), before = w->looked_ns;

    w->looked_ns = now;
    if (!before || now - before < 2 * WATCH_MS * NS_PER_MS)
        return false;
    log_warn("master.paused", "ms=%lu", (unsigned long)((now - before) / NS_PER_MS));
    return true;
}

void watch_tickets(const struct segment *segment)
{
    ticket_rotate(segment->shm, clock_ns(), TICKET_AGE_NS);
}

/* Checks what all workers share and a compromised one may have damaged. Other workers cannot serve
 * with it, so workers with new shared memory take over. */
static void watch_common(struct watch *w)
{
    uint64_t now = clock_ns();
    bool is_whole = shm_is_whole(w->fleet->segment->shm);

    w->has_replaced |= !listen_repair(w->listeners);
    if ((is_whole && !w->has_replaced) || reload_refusal(w->reload) ||
        (w->renewed_ns && now - w->renewed_ns < RENEW_AGAIN_S * NS_PER_S))
        return;
    w->renewed_ns = now;
    if (!is_whole)
        log_error("shm.damaged",
                  "a worker overwrote protected data; shared memory is being replaced");
    reload_request(w->reload, RELOAD_RENEW, NULL, NULL);
}

static void add_cpu(void *arg, struct child *c)
{
    *(uint64_t *)arg += c->slot < 0 ? 0 : usage_cpu_us(c->process.pid);
}

/* Samples what leat takes. A worker that has just died may not be waited for yet; a counter must
 * not go back, so that the greatest sum counts. */
static void watch_usage(struct fleet *f)
{
    uint64_t cpu_us = usage_own_cpu_us();

    fleet_each_child(f, add_cpu, &cpu_us);
    if (cpu_us > f->ledger.cpu_us)
        f->ledger.cpu_us = cpu_us;
    f->ledger.master_memory = usage_own_memory();
}

/* Warns once a day of a certificate that expires soon. `leat check` names it. */
static void watch_certificates(struct watch *w)
{
    uint64_t until = shm_gauge(w->fleet->segment->shm, GAUGE_CERTIFICATE_UNTIL);
    uint64_t now = clock_ns(), real_s = clock_real_ms() / 1000;
    char text[CLOCK_TEXT];

    if (!until || until > CLOCK_SECONDS_MAX || until >= real_s + CERTIFICATE_WARN_S ||
        (w->warned_ns && now - w->warned_ns < DAY_NS))
        return;
    w->warned_ns = now;
    clock_rfc3339(until * 1000, text);
    log_warn("tls.expires", "at=%s days=%lu", text,
             (unsigned long)(until > real_s ? (until - real_s) / 86400 : 0));
}

static void on_look(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    struct fleet *f = w->fleet;

    if (was_paused(w))
        return;
    watch_tickets(f->segment);
    logs_count_dropped(f);
    for (struct generation *g = f->retiring; g; g = g->next)
        supervise_watch(g);
    if (!f->current)
        return;
    pidfile_write(w->pidfile);
    watch_common(w);
    supervise_watch(f->current);
    watch_usage(f);
    watch_certificates(w);
    alarm_watch(&f->ledger, conf_int(f->current->config, "crash-window"));
    f->ledger.workers = (uint32_t)f->current->worker_count;
    f->ledger.ready = (uint32_t)generation_count(f->current, CHILD_READY);
    ledger_publish(&f->ledger);
}

static void on_refuse(uv_timer_t *timer)
{
    struct watch *w = timer->data;
    const struct generation *g = w->fleet->current;

    if (w->fleet->is_stopping || !g || generation_count(g, CHILD_READY))
        uv_timer_stop(timer);
    else
        refuse_waiting(w->listeners);
}

void watch_refuse(struct watch *w)
{
    if (!uv_is_active((uv_handle_t *)&w->refuse))
        uv_timer_start(&w->refuse, on_refuse, REFUSE_MS, REFUSE_MS);
}

static void on_feed(uv_timer_t *timer)
{
    (void)timer;
    notify_send("WATCHDOG=1");
}

void watch_start(struct watch *w)
{
    uint64_t feed_ms = notify_watchdog_ms();

    assert(w->fleet && w->listeners && w->reload && w->pidfile);
    w->fleet->ledger.started_real_ms = clock_real_ms();
    w->fleet->ledger.cpu_us = 0; /* an older master's, before an upgrade */
    watch_tickets(w->fleet->segment);
    uv_timer_init(w->fleet->loop, &w->look);
    uv_timer_init(w->fleet->loop, &w->feed);
    uv_timer_init(w->fleet->loop, &w->refuse);
    w->look.data = w->refuse.data = w;
    uv_timer_start(&w->look, on_look, WATCH_MS, WATCH_MS);
    if (feed_ms)
        uv_timer_start(&w->feed, on_feed, feed_ms, feed_ms);
}

void watch_stop(struct watch *w)
{
    uv_close((uv_handle_t *)&w->look, NULL);
    uv_close((uv_handle_t *)&w->feed, NULL);
    uv_close((uv_handle_t *)&w->refuse, NULL);
}
