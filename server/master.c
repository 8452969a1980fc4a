/* SPDX-License-Identifier: MIT */
/*
 * The events of the master's life, and what each means for the others. A generation is in exactly
 * one place: r->next of the reload while it starts, m->current while it serves, m->retiring until
 * it has gone; master_take_over() and retire() move it. A stop is finished when nothing is in any
 * of the three and no subprocess runs: finish_if_idle() is called wherever one of them may have
 * become empty. A second stop kills instead of waiting.
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
#include "server/generation/child.h"
#include "server/process/installed.h"
#include "server/process/notify.h"
#include "server/process/pidfile.h"
#include "server/process/privileges.h"
#include "server/start.h"
#include "server/watch.h"

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

    master_reopen(m, &diags);
    diags_fini(&diags);
}

static void scale_by(struct master *m, int step)
{
    int count = m->current ? m->current->worker_count + step : 0;

    if (count < 1 || count > GENERATION_WORKERS_MAX)
        return;
    log_info("master.scale", "workers=%d", count);
    generation_scale(m->current, count);
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
} signals[MASTER_SIGNALS] = {{SIGHUP, on_hup},      {SIGTERM, master_stop}, {SIGQUIT, master_stop},
                             {SIGINT, master_stop}, {SIGUSR1, on_usr1},     {SIGUSR2, on_usr2},
                             {SIGTTIN, on_ttin},    {SIGTTOU, on_ttou}};

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

/* --- stopping --- */

/* Lets the loop end, when nothing runs any more. */
static void finish(struct master *m)
{
    char text[80];

    assert(!m->current && !m->retiring && m->reload.state == RELOAD_IDLE);
    snprintf(text, sizeof(text), "drained; %lu connections were cut\n",
             (unsigned long)(shm_total(m->workers.segment->shm, COUNT_CUT) - m->cut_before));
    control_drained(&m->control, text);
    control_close(&m->control);
    listen_close_unused(&m->listeners, NULL);
    upgrade_fini(&m->upgrade);
    for (size_t i = 0; i < MASTER_SIGNALS; i++)
        uv_close((uv_handle_t *)&m->signals[i], NULL);
    watch_stop(m);
    uv_close((uv_handle_t *)&m->notice, NULL);
    uv_close((uv_handle_t *)&m->reload.timer, NULL);
}

static void finish_if_idle(struct master *m)
{
    if (!m->is_stopping || m->is_finished || m->current || m->retiring ||
        m->reload.state != RELOAD_IDLE || m->admins.count)
        return;
    m->is_finished = true;
    finish(m);
}

static void retire(struct master *m, struct generation *g, enum channel_type how)
{
    assert(g != m->current && g != m->reload.next);
    g->next = m->retiring;
    m->retiring = g;
    generation_retire(g, how);
}

/* Closes the listeners: from now on connecting clients are refused instead of waiting. */
static void on_notice_over(uv_timer_t *timer)
{
    struct master *m = timer->data;

    listen_close_unused(&m->listeners, NULL);
}

static void begin_stop(struct master *m, enum channel_type how)
{
    struct generation *g = m->current;

    assert(!m->is_stopping);
    m->is_stopping = true;
    m->cut_before = shm_total(m->workers.segment->shm, COUNT_CUT);
    m->current = NULL;
    if (g && how == CHANNEL_DRAIN)
        uv_timer_start(&m->notice, on_notice_over, (uint64_t)conf_int(g->config, "drain.notice"),
                       0);
    else
        listen_close_unused(&m->listeners, NULL);
    if (g)
        retire(m, g, how);
    upgrade_cancel(&m->upgrade);
    admins_cancel(&m->admins);
    reload_cancel(&m->reload);
    finish_if_idle(m);
}

void master_stop(struct master *m)
{
    struct generation *next;

    if (m->is_stopping) {
        log_warn("master.killing", "second stop signal; exiting at once");
        for (struct generation *g = m->retiring; g; g = next) {
            next = g->next;
            generation_kill(g);
        }
        reload_kill(&m->reload);
        admins_kill(&m->admins);
        upgrade_kill(&m->upgrade);
        return;
    }
    log_info("master.stopping", "draining");
    notify_send("STOPPING=1");
    m->ledger.is_stopping = 1; /* readiness answers 503 from now on */
    ledger_publish(&m->ledger);
    begin_stop(m, CHANNEL_DRAIN);
}

void master_hand_over(struct master *m)
{
    assert(m->current);
    control_disown(&m->control);
    listen_disown(&m->listeners);
    m->ledger.shm = NULL;
    begin_stop(m, CHANNEL_RETIRE);
}

void master_give_up(struct master *m, int code)
{
    assert(!m->current);
    m->exit_code = code;
    m->is_stopping = true;
    reload_cancel(&m->reload); /* queued requests */
    finish_if_idle(m);
}

void master_task_over(struct master *m)
{
    finish_if_idle(m);
}

/* --- generations --- */

static void on_ready(void *owner)
{
    reload_workers_ready(&((struct master *)owner)->reload);
}

static void on_failed(void *owner, const char *reason)
{
    reload_worker_failed(&((struct master *)owner)->reload, reason);
}

static void on_closed(void *owner, struct generation *g)
{
    reload_generation_closed(&((struct master *)owner)->reload, g);
}

static void on_gone(void *owner, struct generation *g)
{
    struct master *m = owner;
    struct generation **at = &m->retiring;

    while (*at && *at != g)
        at = &(*at)->next;
    if (*at)
        *at = g->next;
    finish_if_idle(m);
}

void master_drop(struct master *m, struct generation *g)
{
    retire(m, g, CHANNEL_RETIRE);
    for (struct generation *at = m->retiring; at; at = at->next)
        if (at == g) {
            generation_kill(g);
            break; /* it is freed already if it had no workers */
        }
}

void master_write_pid_file(struct master *m)
{
    struct diags diags = {0};

    if (!m->owes_pid_file)
        return;
    m->owes_pid_file = !pidfile_write(m->options.pid_file, m->upgrade.older_pid, &diags);
    if (m->owes_pid_file)
        log_error("master.pid-file", "%s: retrying", diags.items->message);
    diags_fini(&diags);
}

/* Called when the first generation is READY. */
static void on_started(struct master *m)
{
    m->start_config = json_object_get(m->current->config);
    m->owes_pid_file = m->options.pid_file;
    master_write_pid_file(m);
    control_listen(&m->control);
    listen_report_unused(&m->listeners);
    for (const struct listener *l = m->listeners.first; l; l = l->next)
        log_info("master.listening", "address=%s", l->address);
    log_info("master.ready", "version=%s pid=%d workers=%d", PACKAGE_VERSION, (int)getpid(),
             m->current->worker_count);
    if (geteuid() == 0 && !conf_string(m->start_config, "user"))
        log_warn("master.root", "workers run as root; set `user` in the configuration");
    upgrade_ready(&m->upgrade);
}

/* Switches to the generation's shared memory if it is new. */
static void take_segment(struct master *m, struct segment *segment)
{
    assert(segment);
    if (segment == m->workers.segment)
        return;
    segment_release(&m->workers.segment);
    m->workers.segment = segment_keep(segment);
    watch_tickets(m);
    log_warn("shm.renewed", "counters, rate limits, bans and revocations were reset");
}

void master_take_over(struct master *m, struct generation *g)
{
    struct generation *old = m->current;

    assert(g && g != old);
    m->current = g;
    m->has_replaced = false;
    take_segment(m, g->segment);
    m->ledger.shm = g->segment->shm;
    if (!old)
        listen_own(&m->listeners);
    m->workers.level[0] = '\0';
    generation_serve(g);
    listen_close_unused(&m->listeners, g->config);
    log_configure(logging_level(g->config), logging_is_json(g->config));
    if (old)
        retire(m, old, CHANNEL_RETIRE);
    else
        on_started(m);
}

/* --- the start --- */

static bool start(struct master *m)
{
    m->workers = (struct generation_context){.loop = &m->loop,
                                             .worker_path = m->options.worker_path,
                                             .worker_file = installed_pin(m->options.worker_path),
                                             .ledger = &m->ledger,
                                             .owner = m,
                                             .on_ready = on_ready,
                                             .on_failed = on_failed,
                                             .on_closed = on_closed,
                                             .on_gone = on_gone};
    if (!start_open(m))
        return false;
    close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC); /* whatever a shell left open */
    privileges_reduce();
    m->started_real_ms = clock_real_ms();
    start_signals(m);
    watch_start(m);
    control_init(&m->control, m);
    uv_timer_init(&m->loop, &m->notice);
    m->notice.data = m;
    reload_init(&m->reload, m);
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
    json_object_put(m.start_config);
    free((char *)(uintptr_t)m.workers.worker_file);
    segment_release(&m.workers.segment);
    if (m.options.pid_file)
        pidfile_remove(m.options.pid_file);
    log_info("master.gone", "exit=%d", m.exit_code);
    log_close();
    return m.exit_code;
}
