/* SPDX-License-Identifier: MIT */
/*
 * The events of the parts, and what each means for the others: this file is where they are tied
 * together. A stop is finished when the fleet is empty, no reload runs and no command: so
 * finish_if_idle() is called wherever one of them may have ended. A second stop kills instead of
 * waiting.
 */
#include "server/master.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"
#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "server/generation/generation.h"
#include "server/generation/logs.h"
#include "server/process/installed.h"
#include "server/process/notify.h"
#include "server/process/privileges.h"
#include "server/start.h"

/* --- stopping --- */

/* Lets the loop end, when nothing runs any more. */
static void finish(struct master *m)
{
    char text[80];

    assert(fleet_is_empty(&m->fleet) && reload_is_idle(&m->reload));
    snprintf(text, sizeof(text), "drained; %lu connections were cut\n",
             (unsigned long)(shm_total(m->fleet.segment->shm, COUNT_CUT) - m->cut_before));
    control_drained(&m->control, text);
    control_close(&m->control);
    listen_close_unused(&m->listeners, NULL);
    upgrade_fini(&m->upgrade);
    for (size_t i = 0; i < MASTER_SIGNALS; i++)
        uv_close((uv_handle_t *)&m->signals[i], NULL);
    reaper_stop(&m->reaper);
    watch_stop(&m->watch);
    uv_close((uv_handle_t *)&m->notice, NULL);
    reload_close(&m->reload);
    backups_close(&m->backups);
}

static void finish_if_idle(struct master *m)
{
    if (!m->fleet.is_stopping || m->is_finished || !fleet_is_empty(&m->fleet) ||
        !reload_is_idle(&m->reload) || m->commands.admins.count || !backups_are_idle(&m->backups))
        return;
    m->is_finished = true;
    finish(m);
}

/* Closes the listeners: from now on connecting clients are refused instead of waiting. */
static void on_notice_over(uv_timer_t *timer)
{
    struct master *m = timer->data;

    listen_close_unused(&m->listeners, NULL);
}

static void begin_stop(struct master *m, enum channel_type how)
{
    const struct generation *g = m->fleet.current;

    assert(!m->fleet.is_stopping);
    m->fleet.is_stopping = true;
    m->cut_before = shm_total(m->fleet.segment->shm, COUNT_CUT);
    if (g && how == CHANNEL_DRAIN)
        uv_timer_start(&m->notice, on_notice_over, (uint64_t)conf_int(g->config, "drain.notice"),
                       0);
    else
        listen_close_unused(&m->listeners, NULL);
    fleet_retire(&m->fleet, how);
    upgrade_cancel(&m->upgrade);
    admins_cancel(&m->commands.admins);
    backups_cancel(&m->backups);
    reload_cancel(&m->reload);
    finish_if_idle(m);
}

static void stop(struct master *m)
{
    if (m->fleet.is_stopping) {
        log_warn("master.killing", "second stop signal; exiting at once");
        fleet_kill(&m->fleet);
        reload_kill(&m->reload);
        admins_kill(&m->commands.admins);
        backups_kill(&m->backups);
        upgrade_kill(&m->upgrade);
        return;
    }
    log_info("master.stopping", "draining");
    notify_send("STOPPING=1");
    m->fleet.ledger.is_stopping = 1; /* readiness answers 503 from now on */
    ledger_publish(&m->fleet.ledger);
    begin_stop(m, CHANNEL_DRAIN);
}

/* --- signals --- */

static void on_hup(struct master *m)
{
    log_info("master.hup", "reloading");
    reload_request(&m->reload, RELOAD_PLAIN, NULL, NULL);
}

static void on_usr2(struct master *m)
{
    upgrade_begin(&m->upgrade, NULL, NULL);
}

static void on_usr1(struct master *m)
{
    struct diags diags = {0};

    logs_reopen(&m->fleet, &diags);
    diags_fini(&diags);
}

static void scale_by(struct master *m, int step)
{
    struct generation *g = m->fleet.current;
    int count = g ? g->worker_count + step : 0;

    if (count < 1 || count > GENERATION_WORKERS_MAX)
        return;
    log_info("master.scale", "workers=%d", count);
    generation_scale(g, count);
}

static void on_ttin(struct master *m)
{
    scale_by(m, 1);
}

static void on_ttou(struct master *m)
{
    scale_by(m, -1);
}

static const struct {
    int number;
    void (*run)(struct master *m);
} signals[MASTER_SIGNALS] = {{SIGHUP, on_hup},   {SIGTERM, stop},    {SIGQUIT, stop},
                             {SIGINT, stop},     {SIGUSR1, on_usr1}, {SIGUSR2, on_usr2},
                             {SIGTTIN, on_ttin}, {SIGTTOU, on_ttou}};

static void on_signal(uv_signal_t *handle, int number)
{
    for (size_t i = 0; i < MASTER_SIGNALS; i++)
        if (signals[i].number == number)
            signals[i].run(handle->data);
}

static void start_signals(struct master *m)
{
    sigset_t none;

    for (size_t i = 0; i < MASTER_SIGNALS; i++) {
        uv_signal_init(&m->loop, &m->signals[i]);
        m->signals[i].data = m;
        uv_signal_start(&m->signals[i], on_signal, signals[i].number);
    }
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* --- events --- */

static void on_ready(void *owner)
{
    reload_workers_ready(&((struct master *)owner)->reload);
}

static void on_failed(void *owner, const char *reason)
{
    reload_worker_failed(&((struct master *)owner)->reload, reason);
}

static void on_closed(void *owner, const struct generation *g)
{
    reload_generation_closed(&((struct master *)owner)->reload, g);
}

/* A generation, a reload or a command has ended. */
static void on_end(void *owner)
{
    finish_if_idle(owner);
}

static void on_dark(void *owner)
{
    watch_refuse(&((struct master *)owner)->watch);
}

static const struct fleet_events fleet_events = {on_ready, on_failed, on_closed, on_end, on_dark};

static void on_stop(void *owner)
{
    stop(owner);
}

static void log_listeners(const struct master *m)
{
    for (const struct listener *l = m->listeners.first; l; l = l->next) {
        char *address = listen_address(l);

        log_info("master.listening", "address=%s", address);
        free(address);
    }
}

/* Called when the first generation serves. */
static void on_started(struct master *m)
{
    m->pidfile.is_due = true;
    pidfile_write(&m->pidfile);
    control_listen(&m->control);
    listen_report_unused(&m->listeners);
    log_listeners(m);
    log_info("master.ready", "version=%s pid=%d workers=%d", PACKAGE_VERSION, (int)getpid(),
             m->fleet.current->worker_count);
    if (geteuid() == 0 && !conf_string(m->fleet.start_config, "user"))
        log_warn("master.root", "workers run as root; set `user` in the configuration");
    if (!upgrade_ready(&m->upgrade))
        stop(m);
}

static const char *refuse_reload(void *owner)
{
    const struct master *m = owner;

    return upgrade_runs(&m->upgrade) ? "an upgrade is in progress\n" : NULL;
}

static bool open_once(void *owner, struct json_object *config, struct diags *diags)
{
    struct master *m = owner;

    return m->control.is_open ||
           (logs_open(&m->fleet, config, diags) && control_open(&m->control, config, diags));
}

static enum completion take_over(void *owner)
{
    struct master *m = owner;
    struct json_object *config = m->fleet.starting->config;
    bool is_first = !m->fleet.current;
    enum completion old;

    m->watch.has_replaced = false;
    watch_tickets(m->fleet.starting->segment);
    if (is_first)
        listen_own(&m->listeners);
    old = fleet_promote(&m->fleet);
    listen_close_unused(&m->listeners, config);
    log_configure(logging_level(config), logging_is_json(config));
    backups_configure(&m->backups);
    if (is_first)
        on_started(m);
    return old;
}

static void give_up(void *owner, int code, const char *text)
{
    struct master *m = owner;

    assert(!m->fleet.current);
    upgrade_give_up(&m->upgrade, text);
    m->exit_code = code;
    m->fleet.is_stopping = true;
    reload_cancel(&m->reload); /* queued requests */
    finish_if_idle(m);
}

static const struct reload_events reload_events = {
    .refuse = refuse_reload,
    .open = open_once,
    .take_over = take_over,
    .give_up = give_up,
    .on_end = on_end,
};

static const char *refuse_upgrade(void *owner)
{
    const struct master *m = owner;

    return reload_is_idle(&m->reload) ? NULL : "a reload is in progress\n";
}

static void hand_over(void *owner)
{
    struct master *m = owner;

    assert(m->fleet.current);
    control_disown(&m->control);
    listen_disown(&m->listeners);
    m->fleet.ledger.shm = NULL;
    begin_stop(m, CHANNEL_RETIRE);
}

static const struct upgrade_events upgrade_events = {refuse_upgrade, hand_over};

/* --- the start --- */

/* Tells each part of the others that it needs. */
static void connect_parts(struct master *m)
{
    m->fleet = (struct fleet){.events = &fleet_events,
                              .owner = m,
                              .loop = &m->loop,
                              .worker_path = m->options.worker_path,
                              .worker_file = installed_pin(m->options.worker_path)};
    upgrade_init(&m->upgrade, &(struct upgrade_options){.events = &upgrade_events,
                                                        .owner = m,
                                                        .argv = m->options.argv,
                                                        .fleet = &m->fleet,
                                                        .control = &m->control,
                                                        .listeners = &m->listeners});
    m->commands = (struct commands){
        .fleet = &m->fleet,
        .reload = &m->reload,
        .upgrade = &m->upgrade,
        .backups = &m->backups,
        .listeners = &m->listeners,
        .started_real_ms = clock_real_ms(),
        .owner = m,
        .stop = on_stop,
        .admins = {.fleet = &m->fleet, .reload = &m->reload, .owner = m, .on_end = on_end}};
    m->watch = (struct watch){.fleet = &m->fleet,
                              .listeners = &m->listeners,
                              .reload = &m->reload,
                              .pidfile = &m->pidfile};
}

static bool start(struct master *m)
{
    connect_parts(m);
    if (!start_open(m))
        return false;
    close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC); /* whatever a shell left open */
    privileges_reduce();
    start_signals(m);
    reaper_start(&m->reaper, &m->loop);
    watch_start(&m->watch);
    control_init(&m->control, &m->loop, &command_events, &m->commands);
    uv_timer_init(&m->loop, &m->notice);
    backups_init(&m->backups, &m->fleet, m, on_end);
    m->notice.data = m;
    reload_init(&m->reload, &(struct reload_options){.events = &reload_events,
                                                     .owner = m,
                                                     .fleet = &m->fleet,
                                                     .listeners = &m->listeners,
                                                     .config_path = m->options.config_path,
                                                     .pid_file = m->options.pid_file,
                                                     .is_upgrade = m->upgrade.older >= 0});
    return true;
}

int master_run(const struct master_options *options)
{
    static struct master m;

    m.options = *options;
    if (!start(&m))
        return m.exit_code;
    reload_request(&m.reload, RELOAD_PLAIN, NULL, NULL);
    uv_run(&m.loop, UV_RUN_DEFAULT);
    uv_loop_close(&m.loop);
    reload_fini(&m.reload);
    backups_fini(&m.backups);
    fleet_fini(&m.fleet);
    pidfile_remove(&m.pidfile);
    log_info("master.gone", "exit=%d", m.exit_code);
    log_close();
    return m.exit_code;
}
