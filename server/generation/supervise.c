/* SPDX-License-Identifier: MIT */
/*
 * Decides for each event of a worker whether it is respawned, and when. The state that decisions
 * need is kept per index in the generation (quick_deaths), not per process, because the process is
 * gone by then. A death before READY counts as quick whatever its cause: a worker that cannot start
 * will fail again. A replacement that fails is not respawned: the worker that it was to replace
 * goes on, and is replaced later.
 */
#include "server/generation/supervise.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/shm/activity.h"
#include "lib/shm/stats.h"
#include "server/generation/alarm.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MAX_MS = 60000, REPLACE_AGAIN_S = 60 };

void supervise_on_ready(struct child *c)
{
    struct generation *g = c->generation;

    assert(c->state == CHILD_STARTING && c->replaces != c);
    c->state = CHILD_READY;
    c->ready_ns = clock_ns();
    if (c->is_unwanted) {
        child_retire(c, CHANNEL_RETIRE);
    } else if (g->state == GENERATION_SERVING) {
        if (g->fleet->level[0])
            child_tell(c, CHANNEL_LEVEL);
        child_tell(c, CHANNEL_ACCEPT);
        if (c->replaces) {
            log_info("worker.replaced", "pid=%d by=%d", (int)c->replaces->process.pid,
                     (int)c->process.pid);
            g->fleet->ledger.recycled++;
            ledger_publish(&g->fleet->ledger);
            child_retire(c->replaces, CHANNEL_RETIRE);
        }
        c->replaces = NULL;
    } else if (g->state == GENERATION_STARTING &&
               generation_count(g, CHILD_READY) == g->child_count) {
        g->fleet->events->on_ready(g->fleet->owner);
    }
}

static void describe(const struct child *c, int64_t status, int signal, char *out, size_t size)
{
    const char *phase = c->ready_ns ? "" : " before it was ready";

    if (c->reason[0])
        snprintf(out, size, "%s", c->reason);
    else if (signal)
        snprintf(out, size, "worker %d was killed by signal %d (%s)%s", c->index, signal,
                 strsignal(signal), phase);
    else
        snprintf(out, size, "worker %d exited with status %d%s", c->index, (int)status, phase);
}

/* Returns 0 for the first quick death, which may be an accident, then 1 s, 2 s, 4 s … 60 s. */
static uint64_t backoff_ms(int quick_deaths)
{
    uint64_t delay = BACKOFF_FIRST_MS;

    if (quick_deaths < 2)
        return 0;
    for (int i = 2; i < quick_deaths && delay < BACKOFF_MAX_MS; i++)
        delay *= 2;
    return delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
}

static bool has_replacement(const struct child *c)
{
    for (const struct child *other = c->generation->children; other; other = other->next)
        if (other->replaces == c)
            return true;
    return false;
}

/* Returns whether a worker other than `dead` serves or starts, or will do so within a second. */
static bool has_living(const struct generation *g, const struct child *dead)
{
    for (const struct child *c = g->children; c; c = c->next)
        if (c != dead && !c->is_unwanted && child_due_ms(c) <= BACKOFF_FIRST_MS)
            return true;
    return false;
}

/* Tells the owner if no worker but `dead` is READY. */
static void check_dark(struct generation *g, const struct child *dead)
{
    if (generation_count(g, CHILD_READY) == (dead->state == CHILD_READY))
        g->fleet->events->on_dark(g->fleet->owner);
}

static void respawn(struct child *c)
{
    assert(c->index >= 0 && c->index < GENERATION_WORKERS_MAX);
    struct generation *g = c->generation;
    bool is_quick = !c->ready_ns || clock_ns() - c->ready_ns < NS_PER_S;
    uint8_t *deaths = &g->quick_deaths[c->index];
    uint64_t delay;

    *deaths = (uint8_t)(is_quick ? *deaths + (*deaths < 100) : 0);
    delay = backoff_ms(*deaths);
    if (delay > BACKOFF_FIRST_MS && !has_living(g, c))
        delay = BACKOFF_FIRST_MS;
    if (delay)
        log_warn("worker.backoff", "index=%d delay_ms=%lu", c->index, (unsigned long)delay);
    child_spawn_later(g, c->index, delay);
    if (delay)
        check_dark(g, c);
}

static void on_death(struct child *c, const char *reason)
{
    struct generation *g = c->generation;

    log_error("worker.died", "pid=%d requests=%lu reason=\"%s\"", (int)c->process.pid,
              (unsigned long)child_requests(c), reason);
    alarm_count(&g->fleet->ledger, conf_int(g->config, "crash-limit"),
                conf_int(g->config, "crash-window"));
}

void supervise_on_exit(struct child *c, int64_t status, int signal)
{
    struct generation *g = c->generation;
    bool is_bad = status || signal;
    char reason[1100];

    describe(c, status, signal, reason, sizeof(reason));
    if (g->state == GENERATION_STARTING) {
        g->fleet->events->on_failed(g->fleet->owner, reason);
    } else if (g->state == GENERATION_RETIRING) {
        if (is_bad && signal != SIGKILL)
            log_warn("worker.died", "pid=%d state=draining reason=\"%s\"", (int)c->process.pid,
                     reason);
    } else {
        if (is_bad)
            on_death(c, reason);
        if (c->replaces) {
            log_error("worker.not-replaced", "pid=%d reason=\"its replacement failed\"",
                      (int)c->replaces->process.pid);
            g->replace_after_ns = clock_ns() + REPLACE_AGAIN_S * NS_PER_S;
        } else if (!c->is_unwanted && !has_replacement(c)) {
            respawn(c);
        }
    }
}

/* Logs what the worker was doing when it stopped responding. */
static void report_stuck(struct child *c, uint64_t silent_ns)
{
    struct shm *shm = c->generation->segment->shm;
    struct stats_names names = {.id = "-"};
    struct activity a = {.operation = -1, .id = "-", .client = "-"};

    if (activity_suspect(shm, c->slot, &a) && a.operation >= 0)
        stats_read_names(shm, a.operation, &names);
    log_error("worker.stuck", "pid=%d silent_ms=%lu signal=%s operation=%s client=%s id=%s",
              (int)c->process.pid, (unsigned long)(silent_ns / NS_PER_MS),
              c->is_aborted ? "KILL" : "ABRT", names.id, a.client, a.id);
}

static void watch_starting(struct child *c)
{
    int64_t limit_ms = conf_int(c->generation->config, "timeouts.start");

    if (clock_ns() - c->spawned_ns < (uint64_t)limit_ms * NS_PER_MS)
        return;
    snprintf(c->reason, sizeof(c->reason), "not ready within timeouts.start");
    child_kill(c, SIGKILL);
}

static void watch_heartbeat(struct child *c, uint64_t limit_ns)
{
    assert(c->slot >= 0);
    const struct shm *shm = c->generation->segment->shm;
    uint64_t beat = atomic_load(&shm->slots[c->slot].heartbeat_ns), now = clock_ns();

    if (now < beat || now - beat < limit_ns)
        return;
    report_stuck(c, now - beat);
    child_kill(c, c->is_aborted ? SIGKILL : SIGABRT);
    if (!c->is_aborted) {
        c->generation->fleet->ledger.stuck++;
        ledger_publish(&c->generation->fleet->ledger);
    }
    c->is_aborted = true;
}

static bool is_worn(const struct child *c)
{
    int64_t requests = conf_int(c->generation->config, "recycle.requests");
    int64_t memory = conf_int(c->generation->config, "recycle.memory");

    return c->wants_recycling || (requests && child_requests(c) >= (uint64_t)requests) ||
           (memory && child_memory(c) >= (uint64_t)memory);
}

static bool is_replacing(const struct generation *g)
{
    for (const struct child *c = g->children; c; c = c->next)
        if (c->replaces)
            return true;
    return false;
}

static void recycle_one(struct generation *g)
{
    struct child *fresh, *c = g->children;
    struct diags diags = {0};

    if (is_replacing(g) || clock_ns() < g->replace_after_ns)
        return;
    while (c && !(c->state == CHILD_READY && !c->is_unwanted && is_worn(c)))
        c = c->next;
    if (!c)
        return;
    log_info("worker.recycle", "pid=%d requests=%lu memory=%lu", (int)c->process.pid,
             (unsigned long)child_requests(c), (unsigned long)child_memory(c));
    fresh = child_spawn(g, c->index, &diags);
    if (fresh) {
        fresh->replaces = c;
        c->wants_recycling = false;
    } else { /* tried again at the next look */
        log_error("worker.not-replaced", "pid=%d reason=\"%s\"", (int)c->process.pid,
                  diags.items->message);
    }
    diags_fini(&diags);
}

void supervise_watch(struct generation *g)
{
    uint64_t limit_ns = (uint64_t)conf_int(g->config, "watchdog") * NS_PER_MS;

    for (struct child *c = g->children; c; c = c->next) {
        child_tell_again(c);
        if (c->ready_ns)
            watch_heartbeat(c, limit_ns);
        else if (c->state == CHILD_STARTING && g->state == GENERATION_SERVING)
            watch_starting(c);
    }
    if (g->state == GENERATION_SERVING)
        recycle_one(g);
}
