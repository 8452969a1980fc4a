/* SPDX-License-Identifier: MIT */
/*
 * The table below is the drawing of reload.h. An entry function may know the next event at once and
 * return it; otherwise a callback brings it in a later turn of the loop, through reload_dispatch().
 * So a transition is never entered from within another. A request only sets a timer, which begins
 * the reload in the next turn: whoever asks is never answered from within its own call. An event
 * that no row has for the present state is ignored: a worker that becomes READY after its timeout
 * changes nothing.
 */
#include "server/reload/reload.h"

#include <assert.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/system/exit_status.h"
#include "server/generation/generation.h"
#include "server/process/notify.h"
#include "server/reload/reload_changes.h"
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
    struct ledger *l = &r->fleet->ledger;

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

/* Returns the kind of the next queued request, or RELOAD_KINDS if there is none. */
static int next_queued(const struct reload *r)
{
    int kind = 0;

    while (kind < RELOAD_KINDS && !r->queue[kind].is_wanted)
        kind++;
    return kind;
}

/* Begins the next queued request. */
static void on_begin(uv_timer_t *timer)
{
    struct reload *r = timer->data;
    int kind = next_queued(r);

    assert(!r->waiting && !r->fleet->starting && r->state == RELOAD_IDLE && kind < RELOAD_KINDS);
    r->queue[kind].is_wanted = false;
    r->waiting = r->queue[kind].waiting;
    r->queue[kind].waiting = NULL;
    r->kind = (enum reload_kind)kind;
    r->text.len = 0;
    r->began_ns = clock_ns();
    if (r->fleet->current && kind != RELOAD_DRY_RUN)
        notify_send("RELOADING=1\nMONOTONIC_USEC=%lu", (unsigned long)(r->began_ns / 1000));
    reload_dispatch(r, RELOAD_BEGIN);
}

static void begin_soon(struct reload *r)
{
    assert(r->state == RELOAD_IDLE);
    if (next_queued(r) < RELOAD_KINDS)
        uv_timer_start(&r->timer, on_begin, 0, 0);
}

static enum reload_event finish(struct reload *r, bool ok)
{
    const struct fleet *f = r->fleet;
    bool is_first = !f->current && !ok && !f->is_stopping;

    assert(r->state == RELOAD_IDLE && !f->starting && !r->subprocess);
    if (r->kind != RELOAD_DRY_RUN)
        remember(r, ok);
    if (is_first) /* prints the output of the check unchanged */
        fwrite(r->text.data, 1, r->text.len, stderr);
    else if (r->kind != RELOAD_DRY_RUN)
        log_result(r, ok);
    if (f->current && r->kind != RELOAD_DRY_RUN) /* after a failure too, as it ends RELOADING */
        notify_send("READY=1\nSTATUS=%s", ok ? "serving" : "serving; the last reload failed");
    reload_waiters_answer(&r->waiting, ok, buf_text(&r->text));
    if (is_first)
        r->options.events->give_up(r->options.owner, r->exit_code, buf_text(&r->text));
    else if (f->is_stopping)
        r->options.events->on_end(r->options.owner);
    else
        begin_soon(r);
    return RELOAD_LATER;
}

static enum reload_event enter_undone(struct reload *r)
{
    struct fleet *f = r->fleet;

    uv_timer_stop(&r->timer);
    if (r->kind != RELOAD_DRY_RUN)
        reload_changes_forget(r);
    reload_waiters_answer(&r->waiting, false,
                          buf_text(&r->text)); /* first, as a stopping master may exit */
    if (f->starting) {
        /* Closes the listeners that only it wanted. */
        listen_close_unused(r->options.listeners, f->current ? f->current->config : NULL);
        fleet_drop(f);
    }
    return finish(r, false);
}

/* Reports keys that are read only at the start and differ from the values in force. */
static void note_restarts(struct reload *r, struct json_object *config)
{
    struct json_object *keys = reload_changes_restart(r, config);

    for (size_t i = 0; i < json_object_array_length(keys); i++)
        buf_printf(&r->text, "restart      %s differs from the value in force\n",
                   json_object_get_string(json_object_array_get_idx(keys, i)));
    json_object_put(keys);
}

static enum reload_event enter_reported(struct reload *r)
{
    assert(r->fleet->starting && r->kind == RELOAD_DRY_RUN);
    note_restarts(r, r->fleet->starting->config);
    if (!r->text.len)
        buf_puts(&r->text, "no changes\n");
    fleet_drop(r->fleet);
    return finish(r, true);
}

static void on_slow(uv_timer_t *timer)
{
    reload_dispatch(timer->data, RELOAD_DONE);
}

static enum reload_event enter_handing_over(struct reload *r)
{
    const struct generation *g = r->fleet->starting;

    assert(g && !r->leaving);
    r->leaving = r->fleet->current;
    buf_printf(&r->text, "generation %u is serving with %d workers\n", g->id, g->worker_count);
    if (r->leaving)
        note_restarts(r, g->config);
    reload_changes_take(r);
    if (r->options.events->take_over(r->options.owner) == DONE)
        return RELOAD_DONE;
    /* A worker that hangs must not delay it further. */
    uv_timer_start(&r->timer, on_slow, HAND_OVER_MS, 0);
    return RELOAD_LATER;
}

static enum reload_event enter_finished(struct reload *r)
{
    assert(!r->fleet->starting);
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
    assert(r->fleet->starting);
    return r->kind == RELOAD_MIGRATE && r->fleet->current &&
           conf_string(r->fleet->starting->config, "database.migrations");
}

/* In an upgrade the older master's release still serves, so migrations are left to reload
 * --migrate. */
static bool must_migrate(const struct reload *r)
{
    assert(r->fleet->starting);
    struct json_object *config = r->fleet->starting->config;

    return !r->fleet->current && !r->options.is_upgrade &&
           conf_string(config, "database.migrations") &&
           strcmp(conf_string(config, "database.migrate"), "on-start") == 0;
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
    assert(!r->is_dispatching && event != RELOAD_LATER);
    r->is_dispatching = true;
    while (event != RELOAD_LATER)
        event = take_event(r, event);
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

void reload_init(struct reload *r, const struct reload_options *options)
{
    assert(options->events && options->fleet && options->listeners);
    r->options = *options;
    r->fleet = options->fleet;
    r->release_fd = -1;
    uv_timer_init(r->fleet->loop, &r->timer);
    r->timer.data = r;
}

const char *reload_refusal(const struct reload *r)
{
    return r->fleet->is_stopping ? "leat is stopping\n"
                                 : r->options.events->refuse(r->options.owner);
}

bool reload_is_idle(const struct reload *r)
{
    return r->state == RELOAD_IDLE && next_queued(r) == RELOAD_KINDS;
}

const char *reload_request(struct reload *r, enum reload_kind kind, reload_fn fn, void *arg)
{
    const char *refusal = reload_refusal(r);

    assert(kind < RELOAD_KINDS);
    if (refusal) {
        log_warn("reload.refused", "%.*s", (int)strlen(refusal) - 1, refusal);
        return refusal;
    }
    if (fn)
        reload_waiters_add(&r->queue[kind].waiting, fn, arg);
    r->queue[kind].is_wanted = true;
    if (r->state == RELOAD_IDLE)
        begin_soon(r);
    else
        log_info("reload.queued", "state=%s", reload_state_name(r->state));
    return NULL;
}

void reload_forget(struct reload *r, void *arg)
{
    assert(arg);
    reload_waiters_forget(r->waiting, arg);
    for (int kind = 0; kind < RELOAD_KINDS; kind++)
        reload_waiters_forget(r->queue[kind].waiting, arg);
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
        reload_dispatch(r, reload_failed(r, EXIT_FAILED, "%s", reason));
}

void reload_cancel(struct reload *r)
{
    for (int kind = 0; kind < RELOAD_KINDS; kind++) {
        r->queue[kind].is_wanted = false;
        reload_waiters_answer(&r->queue[kind].waiting, false, "leat is stopping\n");
    }
    if (r->state == RELOAD_IDLE)
        uv_timer_stop(&r->timer);
    else if (r->is_dispatching)
        assert(r->state == RELOAD_HANDING_OVER && !r->leaving); /* the first start: it ends now */
    else if (r->state == RELOAD_STARTING)
        reload_dispatch(r, reload_failed(r, EXIT_FAILED, "stopped"));
    else if (r->state == RELOAD_HANDING_OVER)
        reload_dispatch(r, RELOAD_DONE);
    else
        subprocess_stop(r->subprocess); /* its exit fails the reload */
}

void reload_kill(struct reload *r)
{
    subprocess_kill(r->subprocess);
}

void reload_close(struct reload *r)
{
    assert(reload_is_idle(r));
    uv_close((uv_handle_t *)&r->timer, NULL);
}

void reload_fini(struct reload *r)
{
    assert(r->state == RELOAD_IDLE && !r->subprocess);
    reload_waiters_answer(&r->waiting, false, "leat is stopping\n");
    buf_fini(&r->text);
    buf_fini(&r->result);
    reload_changes_forget(r);
}
