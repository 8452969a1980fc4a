/* SPDX-License-Identifier: MIT */
#include "server/master.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "server/child.h"
#include "server/supervise.h"

enum { WATCH_MS = 1000 };

static void on_hup(struct master *m)
{
    log_info("master.hup", "reloading");
    reload_request(&m->reload, NULL, NULL);
}

static void on_stop(struct master *m)
{
    master_stop(m);
}

static const struct {
    int number;
    void (*run)(struct master *m);
} signals[] = {{SIGHUP, on_hup}, {SIGTERM, on_stop}, {SIGQUIT, on_stop}, {SIGINT, on_stop}};

static void on_signal(uv_signal_t *handle, int number)
{
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        if (signals[i].number == number)
            signals[i].run(handle->data);
}

static void start_signals(struct master *m)
{
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        uv_signal_init(&m->loop, &m->signals[i]);
        m->signals[i].data = m;
        uv_signal_start(&m->signals[i], on_signal, signals[i].number);
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
}

static void on_watch(uv_timer_t *timer)
{
    supervise_watch(timer->data);
}

static void close_everything(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Nothing runs any more: lets the loop end. */
static void finish(struct master *m)
{
    control_close(&m->control);
    listen_close_unused(&m->listeners, NULL);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
        close_everything((uv_handle_t *)&m->signals[i], NULL);
    close_everything((uv_handle_t *)&m->watch, NULL);
    close_everything((uv_handle_t *)&m->reload.timer, NULL);
}

static void finish_if_idle(struct master *m)
{
    if (m->is_stopping && !m->current && !m->retiring && m->reload.state == RELOAD_IDLE)
        finish(m);
}

static void kill_all(struct master *m)
{
    struct generation *next;

    for (struct generation *g = m->retiring; g; g = next) {
        next = g->next;
        generation_kill(g);
    }
}

void master_stop(struct master *m)
{
    struct generation *g = m->current;

    if (m->is_stopping) {
        log_warn("master.killing", "stopped again: at once");
        kill_all(m);
        return;
    }
    m->is_stopping = true;
    log_info("master.stopping", "draining");
    m->current = NULL;
    if (g)
        generation_retire(g);
    reload_cancel(&m->reload);
    finish_if_idle(m);
}

void master_give_up(struct master *m, int code)
{
    m->exit_code = code;
    m->is_stopping = true;
    finish_if_idle(m);
}

void master_reload_over(struct master *m)
{
    finish_if_idle(m);
}

void master_generation_gone(struct master *m, struct generation *g)
{
    struct generation **at = &m->retiring;

    while (*at && *at != g)
        at = &(*at)->next;
    if (*at)
        *at = g->next;
    finish_if_idle(m);
}

static bool write_pid(const char *path)
{
    FILE *out = fopen(path, "we");

    if (!out)
        return false;
    fprintf(out, "%d\n", (int)getpid());
    return fclose(out) == 0;
}

void master_ready(struct master *m)
{
    m->start_config = json_object_get(m->current->config);
    if (m->options.pid_file && !write_pid(m->options.pid_file))
        log_error("master.pid-file", "%s: %s", m->options.pid_file, strerror(errno));
    for (const struct listener *l = m->listeners.first; l; l = l->next)
        log_info("master.listening", "address=%s", l->address);
    log_info("master.ready", "version=%s pid=%d workers=%d", PACKAGE_VERSION, (int)getpid(),
             m->current->worker_count);
}

static int open_log(const char *path, int standard, struct diags *diags)
{
    int fd = strcmp(path, "-") == 0 ? standard
                                    : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

    if (fd < 0)
        diag_error(diags, NULL, "log: %s: %s", path, strerror(errno));
    return fd;
}

bool master_open_logs(struct master *m, struct json_object *config, struct diags *diags)
{
    m->log_fd = open_log(conf_string(config, "log.path"), STDERR_FILENO, diags);
    m->access_fd = open_log(conf_string(config, "log.access-path"), m->log_fd, diags);
    if (m->log_fd < 0 || m->access_fd < 0)
        return false;
    log_open(&(struct log_options){.program = "leat",
                                   .level = logging_level(config),
                                   .json = logging_is_json(config),
                                   .fd = {m->log_fd, m->access_fd}});
    return true;
}

static bool start(struct master *m)
{
    m->shm_fd = shm_create(&m->shm);
    if (m->shm_fd < 0) {
        fprintf(stderr, "making the shared memory: %s\n", strerror(errno));
        m->exit_code = EXIT_SYSTEM;
        return false;
    }
    close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC); /* what a shell left open */
    m->started_real_ms = clock_real_ms();
    uv_loop_init(&m->loop);
    start_signals(m);
    uv_timer_init(&m->loop, &m->watch);
    m->watch.data = m;
    uv_timer_start(&m->watch, on_watch, WATCH_MS, WATCH_MS);
    listen_inherit(&m->listeners);
    reload_init(&m->reload, m);
    return true;
}

int master_run(const struct master_options *options)
{
    static struct master m;

    m.options = *options;
    if (!start(&m))
        return m.exit_code;
    reload_request(&m.reload, NULL, NULL);
    uv_run(&m.loop, UV_RUN_DEFAULT);
    uv_loop_close(&m.loop);
    reload_fini(&m.reload);
    json_object_put(m.start_config);
    shm_detach(&m.shm);
    close(m.shm_fd);
    if (m.options.pid_file)
        unlink(m.options.pid_file);
    log_info("master.gone", "exit=%d", m.exit_code);
    log_close();
    return m.exit_code;
}
