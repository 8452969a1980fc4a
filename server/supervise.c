/* SPDX-License-Identifier: MIT */
#include "server/supervise.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "server/master.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60000 };

void supervise_on_ready(struct child *c)
{
    struct generation *g = c->generation;

    c->state = CHILD_READY;
    c->ready_ns = clock_ns();
    if (g->state == GENERATION_STARTING)
        reload_child_ready(&g->master->reload);
}

static void describe(const struct child *c, int64_t status, int signal, char *out, size_t size)
{
    const char *phase = c->ready_ns ? "" : " before it was ready";

    if (c->reason[0])
        snprintf(out, size, "%s", c->reason);
    else if (signal)
        snprintf(out, size, "worker %d died of signal %d (%s)%s", c->index, signal,
                 strsignal(signal), phase);
    else
        snprintf(out, size, "worker %d exited with status %d%s", c->index, (int)status, phase);
}

/* 0 for the first quick death (it may be an accident), then 1 s, 2 s, 4 s … 60 s. */
static uint64_t backoff_ms(int quick_deaths)
{
    uint64_t delay = BACKOFF_FIRST_MS;

    if (quick_deaths < 2)
        return 0;
    for (int i = 2; i < quick_deaths && delay < BACKOFF_MAX_MS; i++)
        delay *= 2;
    return delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
}

static void respawn(struct child *c)
{
    struct generation *g = c->generation;
    bool is_quick = !c->ready_ns || clock_ns() - c->ready_ns < NS_PER_S;
    int *deaths = &g->quick_deaths[c->index];
    uint64_t delay;

    *deaths = is_quick ? *deaths + 1 : 0;
    delay = backoff_ms(*deaths);
    if (delay)
        log_warn("worker.backoff", "index=%d delay_ms=%lu", c->index, (unsigned long)delay);
    child_spawn_later(g, c->index, delay);
}

void supervise_on_exit(struct child *c, int64_t status, int signal)
{
    struct generation *g = c->generation;
    char reason[1100];

    describe(c, status, signal, reason, sizeof(reason));
    if (g->state == GENERATION_STARTING) {
        reload_child_failed(&g->master->reload, reason);
    } else if (g->state == GENERATION_SERVING) {
        if (status || signal)
            log_error("worker.died", "pid=%d reason=\"%s\"", (int)c->process.pid, reason);
        respawn(c);
    } else if (status || (signal && signal != SIGKILL)) {
        log_warn("worker.died", "pid=%d draining reason=\"%s\"", (int)c->process.pid, reason);
    }
}

static void watch_child(struct master *m, struct child *c, uint64_t limit_ns)
{
    uint64_t beat = atomic_load(&m->shm->slots[c->slot].heartbeat_ns);

    if (!c->ready_ns || clock_ns() - beat < limit_ns)
        return;
    log_error("worker.stuck", "pid=%d silent_ms=%lu signal=%s", (int)c->process.pid,
              (unsigned long)((clock_ns() - beat) / NS_PER_MS), c->is_aborted ? "KILL" : "ABRT");
    child_kill(c, c->is_aborted ? SIGKILL : SIGABRT);
    c->is_aborted = true;
}

static void watch_generation(struct master *m, struct generation *g)
{
    uint64_t limit_ns = (uint64_t)conf_int(g->config, "watchdog") * NS_PER_MS;

    for (int i = 0; i < g->worker_count; i++)
        if (g->children[i] && g->children[i]->slot >= 0)
            watch_child(m, g->children[i], limit_ns);
}

void supervise_watch(struct master *m)
{
    if (m->current)
        watch_generation(m, m->current);
    for (struct generation *g = m->retiring; g; g = g->next)
        watch_generation(m, g);
}
