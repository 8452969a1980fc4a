/* SPDX-License-Identifier: MIT */
#include "server/watch.h"

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/shm/ticket.h"
#include "server/alarm.h"
#include "server/child.h"
#include "server/master.h"
#include "server/notify.h"
#include "server/supervise.h"

enum { WATCH_MS = 1000 };
#define TICKET_AGE_NS                                                                              \
    (UINT64_C(12) * 3600 * NS_PER_S) /* a ticket lives for two to three of these */

/* Whether the master itself stood still (a frozen container, a debugger): the workers, which stood
 * still as well, get a second to beat before they are judged. */
static bool was_paused(struct master *m)
{
    uint64_t now = clock_ns(), before = m->watched_ns;

    m->watched_ns = now;
    if (!before || now - before < 2 * WATCH_MS * NS_PER_MS)
        return false;
    log_warn("master.paused", "ms=%lu", (unsigned long)((now - before) / NS_PER_MS));
    return true;
}

static void on_watch(uv_timer_t *timer)
{
    struct master *m = timer->data;
    struct shm_master *shared = &m->workers.shm->master;
    struct generation *next;

    if (was_paused(m))
        return;
    ticket_rotate(m->workers.shm, clock_ns(), TICKET_AGE_NS);
    master_count_dropped(m);
    for (struct generation *g = m->retiring; g; g = next) {
        next = g->next;
        supervise_watch(g);
    }
    if (!m->current)
        return;
    master_write_pid_file(m);
    supervise_watch(m->current);
    alarm_watch(m->workers.shm, conf_int(m->current->config, "crash-window"));
    atomic_store(&shared->workers, (uint32_t)m->current->worker_count);
    atomic_store(&shared->ready, (uint32_t)generation_count(m->current, CHILD_READY));
}

static void on_feed(uv_timer_t *timer)
{
    (void)timer;
    notify_send("WATCHDOG=1");
}

void watch_start(struct master *m)
{
    uint64_t feed_ms = notify_watchdog_ms();

    ticket_rotate(m->workers.shm, clock_ns(), TICKET_AGE_NS);
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
