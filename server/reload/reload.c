/* SPDX-License-Identifier: MIT */
/*
 * The table below is the drawing of reload.h. An entry function may know the next event at once and
 * return it; otherwise a callback brings it later through reload_dispatch(). An event that arrives
 * while an entry function still runs is kept in `postponed` and taken afterwards, so that a
 * transition is never entered from within another. An event that no row has for the present state
 * is ignored: a worker that becomes READY after its timeout changes nothing.
 */
#include "server/reload/reload.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/master.h"
#include "server/process/notify.h"
#include "server/reload/reload_steps.h"

enum { HAND_OVER_MS = 5000 };

const char *reload_state_name(enum reload_state state)
{
    static const char *const names[] = {"idle",      "checking", "rehearsing",
                                        "migrating", "starting", "handing over"};

    assert(state <= RELOAD_HANDING_OVER);
    return names[state];
}

/* --- finishing --- */

static void answer(struct reload_waiter **list, bool ok, const char *text)
{
    while (*list) {
        struct reload_waiter *w = *list;

        *list = w->next;
        if (w->fn)
            w->fn(w->arg, ok, text);
        free(w);
    }
}

/* Logs each line of the result. */
static void log_result(struct reload *r, bool ok)
{
    struct slice rest = buf_slice(&r->text);

    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');

        if (line.len && ok)
            log_info("reload.done", "%.*s", (int)line.len, line.data);
        else if (line.len)
            log_error("reload.failed", "%.*s", (int)line.len, line.data);
    }
}

/* Keeps the result for status and metrics. The first start counts, a dry run does not. */
static void remember(struct reload *r, bool ok)
{
    struct ledger *l = &r->master->ledger;

    r->has_result = true;
    r->is_ok = ok;
    r->finished_real_ms = clock_real_ms();
    r->took_ms = (clock_ns() - r->began_ns) / NS_PER_MS;
    r->result.len = 0;
    buf_put(&r->result, r->text.data, r->text.len);
    *(ok ? &l->reloads_ok : &l->reloads_failed) += 1;
    l->last_reload_ok = ok;
    l->last_reload_ms = r->took_ms;
    l->last_reload_real_ms = r->finished_real_ms;
    ledger_publish(l);
}

/* Takes the next queued request: returns RELOAD_BEGIN, or RELOAD_LATER if there is none. */
static enum reload_event take_later(struct reload *r)
{
    int kind = 0;

    assert(!r->waiting && !r->next && r->state == RELOAD_IDLE);
    while (kind < RELOAD_KINDS && !r->later[kind].is_wanted)
        kind++;
    if (kind == RELOAD_KINDS)
        return RELOAD_LATER;
    r->later[kind].is_wanted = false;
    r->waiting = r->later[kind].waiting;
    r->later[kind].waiting = NULL;
    r->kind = (enum reload_kind)kind;
    r->text.len = 0;
    r->began_ns = clock_ns();
    if (r->master->current && kind != RELOAD_DRY_RUN)
        notify_send("RELOADING=1\nMONOTONIC_USEC=%lu", (unsigned long)(r->began_ns / 1000));
    return RELOAD_BEGIN;
}

static enum reload_event finish(struct reload *r, bool ok)
{
    struct master *m = r->master;
    bool is_first = !m->current && !ok && !m->is_stopping;

    assert(r->state == RELOAD_IDLE && !r->next && !r->subprocess);
    if (r->kind != RELOAD_DRY_RUN)
        remember(r, ok);
    if (is_first) /* prints the output of the check unchanged */
        fwrite(r->text.data, 1, r->text.len, stderr);
    else if (r->kind != RELOAD_DRY_RUN)
        log_result(r, ok);
    if (m->current && r->kind != RELOAD_DRY_RUN) /* after a failure too, as it ends RELOADING */
        notify_send("READY=1\nSTATUS=%s", ok ? "serving" : "serving; the last reload failed");
    answer(&r->waiting, ok, buf_text(&r->text));
    if (is_first) {
        upgrade_give_up(&m->upgrade, buf_text(&r->text));
        master_give_up(m, r->exit_code);
    } else if (m->is_stopping) {
        master_task_over(m);
    } else {
        return take_later(r);
    }
    return RELOAD_LATER;
}

static enum reload_event enter_undone(struct reload *r)
{
    struct master *m = r->master;
    struct generation *g = r->next;

    r->next = NULL;
    uv_timer_stop(&r->timer);
    answer(&r->waiting, false, buf_text(&r->text)); /* first, as a stopping master may exit */
    if (g) {
        /* Closes the listeners that only it wanted. */
        listen_close_unused(&m->listeners, m->current ? m->current->config : NULL);
        master_drop(m, g);
    }
    return finish(r, false);
}

/* Reports keys that are read only at the start and differ from the values in force. */
static void note_restarts(struct reload *r, struct json_object *new)
{
    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (strcmp(key->reload, "restart") == 0 && key->type != CONF_MAP &&
            !json_object_equal(conf_get(r->master->start_config, key->path),
                               conf_get(new, key->path)))
            buf_printf(&r->text, "restart      %s differs from the value in force\n", key->path);
    }
}

static enum reload_event enter_reported(struct reload *r)
{
    struct generation *g = r->next;

    assert(g && r->kind == RELOAD_DRY_RUN);
    r->next = NULL;
    note_restarts(r, g->config);
    if (!r->text.len)
        buf_puts(&r->text, "no changes\n");
    master_drop(r->master, g);
    return finish(r, true);
}

static void on_slow(uv_timer_t *timer)
{
    reload_dispatch(timer->data, RELOAD_DONE);
}

static enum reload_event enter_handing_over(struct reload *r)
{
    struct generation *g = r->next;
    bool is_first = !r->master->current;

    assert(g && !r->leaving && g != r->master->current);
    r->next = NULL;
    r->leaving = r->master->current;
    buf_printf(&r->text, "generation %u is serving with %d workers\n", g->id, g->worker_count);
    if (!is_first)
        note_restarts(r, g->config);
    uv_timer_start(&r->timer, on_slow, HAND_OVER_MS,
                   0); /* a worker that hangs must not delay it further */
    master_take_over(r->master, g);
    return is_first ? RELOAD_DONE : RELOAD_LATER;
}

static enum reload_event enter_finished(struct reload *r)
{
    assert(!r->next);
    uv_timer_stop(&r->timer);
    r->leaving = NULL;
    return finish(r, true);
}

/* --- the table --- */

static bool is_dry_run(const struct reload *r)
{
    return r->kind == RELOAD_DRY_RUN;
}

static bool is_renewal(const struct reload *r)
{
    return r->kind == RELOAD_RENEW;
}

static bool must_rehearse(const struct reload *r)
{
    assert(r->next);
    return r->kind == RELOAD_MIGRATE && r->master->current &&
           conf_string(r->next->config, "database.migrations");
}

/* In an upgrade the older master's release still serves, so migrations are left to reload
 * --migrate. */
static bool must_migrate(const struct reload *r)
{
    assert(r->next);
    return !r->master->current && r->master->upgrade.older < 0 &&
           conf_string(r->next->config, "database.migrations") &&
           strcmp(conf_string(r->next->config, "database.migrate"), "on-start") == 0;
}

static const struct {
    enum reload_state from;
    enum reload_event event;
    bool (*when)(const struct reload *r); /* NULL: always; the first match applies */
    enum reload_state to;
    enum reload_event (*enter)(struct reload *r);
} transitions[] = {
    {RELOAD_IDLE, RELOAD_BEGIN, is_renewal, RELOAD_STARTING, reload_step_renew},
    {RELOAD_IDLE, RELOAD_BEGIN, NULL, RELOAD_CHECKING, reload_step_check},
    {RELOAD_CHECKING, RELOAD_DONE, is_dry_run, RELOAD_IDLE, enter_reported},
    {RELOAD_CHECKING, RELOAD_DONE, must_rehearse, RELOAD_REHEARSING, reload_step_rehearse},
    {RELOAD_CHECKING, RELOAD_DONE, must_migrate, RELOAD_MIGRATING, reload_step_migrate},
    {RELOAD_CHECKING, RELOAD_DONE, NULL, RELOAD_STARTING, reload_step_start},
    {RELOAD_REHEARSING, RELOAD_DONE, NULL, RELOAD_MIGRATING, reload_step_migrate},
    {RELOAD_MIGRATING, RELOAD_DONE, NULL, RELOAD_STARTING, reload_step_start},
    {RELOAD_STARTING, RELOAD_READY, NULL, RELOAD_HANDING_OVER, enter_handing_over},
    {RELOAD_HANDING_OVER, RELOAD_DONE, NULL, RELOAD_IDLE, enter_finished},
    {RELOAD_CHECKING, RELOAD_FAILED, NULL, RELOAD_IDLE, enter_undone},
    {RELOAD_REHEARSING, RELOAD_FAILED, NULL, RELOAD_IDLE, enter_undone},
    {RELOAD_MIGRATING, RELOAD_FAILED, NULL, RELOAD_IDLE, enter_undone},
    {RELOAD_STARTING, RELOAD_FAILED, NULL, RELOAD_IDLE, enter_undone},
};

/* Takes the matching transition, and returns the next event. Events without one in this state, such
 * as a worker that is ready too late, are ignored. */
static enum reload_event take_event(struct reload *r, enum reload_event event)
{
    for (size_t i = 0; i < sizeof(transitions) / sizeof(*transitions); i++) {
        if (transitions[i].from != r->state || transitions[i].event != event ||
            (transitions[i].when && !transitions[i].when(r)))
            continue;
        r->state = transitions[i].to;
        return transitions[i].enter(r);
    }
    return RELOAD_LATER;
}

void reload_dispatch(struct reload *r, enum reload_event event)
{
    if (r->is_dispatching) {
        assert(r->postponed == RELOAD_LATER);
        r->postponed = event;
        return;
    }
    r->is_dispatching = true;
    while (event != RELOAD_LATER) {
        event = take_event(r, event);
        if (event == RELOAD_LATER) {
            event = r->postponed;
            r->postponed = RELOAD_LATER;
        }
    }
    r->is_dispatching = false;
}

enum reload_event reload_failed(struct reload *r, int code, const char *format, ...)
{
    va_list args;

    assert(code != EXIT_SUCCESS);
    va_start(args, format);
    buf_vprintf(&r->text, format, args);
    va_end(args);
    buf_putc(&r->text, '\n');
    r->exit_code = code;
    return RELOAD_FAILED;
}

/* --- requests --- */

void reload_init(struct reload *r, struct master *m)
{
    r->master = m;
    r->release_fd = -1;
    uv_timer_init(&m->loop, &r->timer);
    r->timer.data = r;
}

void reload_request(struct reload *r, enum reload_kind kind, reload_fn fn, void *arg)
{
    const char *refusal = r->master->is_stopping              ? "leat is stopping\n"
                          : upgrade_runs(&r->master->upgrade) ? "an upgrade is in progress\n"
                                                              : NULL;
    struct reload_waiter *w;

    assert(kind < RELOAD_KINDS);
    if (refusal) {
        log_warn("reload.refused", "%.*s", (int)strlen(refusal) - 1, refusal);
        if (fn)
            fn(arg, false, refusal);
        return;
    }
    if (fn) {
        w = xmalloc(sizeof(*w));
        *w = (struct reload_waiter){.next = r->later[kind].waiting, .fn = fn, .arg = arg};
        r->later[kind].waiting = w;
    }
    r->later[kind].is_wanted = true;
    if (r->state == RELOAD_IDLE && !r->is_dispatching)
        reload_dispatch(r, take_later(r));
    else
        log_info("reload.queued", "state=%s", reload_state_name(r->state));
}

static void forget(struct reload_waiter *w, const void *arg)
{
    for (; w; w = w->next)
        if (w->arg == arg)
            w->fn = NULL;
}

void reload_forget(struct reload *r, void *arg)
{
    assert(arg);
    forget(r->waiting, arg);
    for (int kind = 0; kind < RELOAD_KINDS; kind++)
        forget(r->later[kind].waiting, arg);
}

void reload_workers_ready(struct reload *r)
{
    reload_dispatch(r, RELOAD_READY);
}

void reload_generation_closed(struct reload *r, const struct generation *g)
{
    if (r->state == RELOAD_HANDING_OVER && r->leaving == g)
        reload_dispatch(r, RELOAD_DONE);
}

void reload_worker_failed(struct reload *r, const char *reason)
{
    if (r->state == RELOAD_STARTING)
        reload_dispatch(r, reload_failed(r, EXIT_CONFIG, "%s", reason));
}

void reload_cancel(struct reload *r)
{
    for (int kind = 0; kind < RELOAD_KINDS; kind++) {
        r->later[kind].is_wanted = false;
        answer(&r->later[kind].waiting, false, "leat is stopping\n");
    }
    if (r->state == RELOAD_STARTING)
        reload_dispatch(r, reload_failed(r, EXIT_CONFIG, "stopped"));
    else if (r->state == RELOAD_HANDING_OVER)
        reload_dispatch(r, RELOAD_DONE);
    else
        subprocess_stop(r->subprocess); /* its exit fails the reload */
}

void reload_kill(struct reload *r)
{
    subprocess_kill(r->subprocess);
}

void reload_fini(struct reload *r)
{
    assert(r->state == RELOAD_IDLE && !r->subprocess);
    answer(&r->waiting, false, "leat is stopping\n");
    buf_fini(&r->text);
    buf_fini(&r->result);
}
