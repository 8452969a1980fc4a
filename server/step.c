/* SPDX-License-Identifier: MIT */
#include "server/step.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/secret.h"
#include "lib/core/log.h"
#include "lib/core/memfd.h"
#include "server/master.h"

enum { FIRST_CHECK_MS = 300000 };

/* Runs leat-worker with `args`, which get its path in front; `fds` end with -1. */
static void run_tool(struct reload *r, const char *const *args, const int *fds,
                     void (*done)(struct tool *t))
{
    struct master *m = r->master;
    uint64_t limit =
        m->current ? (uint64_t)conf_int(m->current->config, "timeouts.check") : FIRST_CHECK_MS;
    char *list[10] = {(char *)(uintptr_t)m->options.worker_path};

    for (int i = 0; args[i]; i++)
        list[i + 1] = (char *)(uintptr_t)args[i];
    tool_start(&r->tool, &m->loop, m->workers.worker_file, list, fds, limit, done);
}

/* What the tool said becomes the result's text. True: it succeeded. */
static bool take_output(struct reload *r, const char *what)
{
    struct tool *t = &r->tool;

    if (r->master->is_stopping)
        return false;
    buf_put(&r->text, t->text.data, t->text.len);
    if (t->is_late)
        buf_printf(&r->text, "%s took longer than timeouts.check\n", what);
    else if (t->exit_code > 1)
        buf_printf(&r->text, "%s ended with status %d\n", what, t->exit_code);
    return t->exit_code == 0 && !t->is_late;
}

static const char *unless_stopped(struct reload *r, const char *text)
{
    return r->master->is_stopping ? "stopped" : text;
}

static void log_warnings(struct tool *t)
{
    struct slice rest = buf_slice(&t->text);

    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        log_warn("check", "%.*s", (int)line.len, line.data);
    }
    t->text.len = 0;
}

static bool open_all(struct reload *r, struct generation *g)
{
    struct master *m = r->master;
    struct diags diags = {0};
    bool ok = (m->control.is_open || (master_open_logs(m, g->config, &diags) &&
                                      control_open(&m->control, m, g->config, &diags))) &&
              secret_collect(g->config, &g->secrets_fd, &diags) &&
              listen_open(&m->listeners, g->config, g->listen_fds, &diags);

    for (size_t i = 0; i < diags.count; i++)
        buf_printf(&r->text, "%s\n", diags.items[i].message);
    diags_fini(&diags);
    return ok;
}

static void on_checked(struct tool *t)
{
    struct reload *r = t->data;
    const char *why = "the release cannot be sealed";
    int fd = r->release_fd;

    r->release_fd = -1;
    if (t->exit_code == 0 && r->kind != RELOAD_DRY_RUN)
        log_warnings(t);
    if (!take_output(r, "the check")) {
        close(fd);
        reload_fail(r, EXIT_CONFIG, unless_stopped(r, "the configuration is not in force"));
        return;
    }
    r->next = memfd_seal(fd) ? generation_new(&r->master->workers, fd, &why) : NULL;
    if (!r->next) {
        close(fd);
        reload_fail(r, EXIT_SYSTEM, why);
    } else if (r->kind != RELOAD_DRY_RUN && !open_all(r, r->next)) {
        reload_fail(r, EXIT_SYSTEM, "nothing was changed");
    } else {
        reload_done(r);
    }
}

void step_check(struct reload *r)
{
    struct master *m = r->master;
    bool compares = r->kind == RELOAD_DRY_RUN && m->current;
    const char *args[] = {"--check", m->options.config_path,           "--release-fd",
                          "3",       compares ? "--against-fd" : NULL, "4",
                          NULL};
    int fds[] = {-1, -1, -1};

    r->release_fd = memfd_new("leat-release");
    if (r->release_fd < 0) {
        reload_fail(r, EXIT_SYSTEM, strerror(errno));
        return;
    }
    fds[0] = r->release_fd;
    fds[1] = compares ? m->current->release_fd : -1;
    run_tool(r, args, fds, on_checked);
}

static void on_rehearsed(struct tool *t)
{
    struct reload *r = t->data;

    if (take_output(r, "the rehearsal"))
        reload_done(r);
    else
        reload_fail(r, EXIT_CONFIG,
                    unless_stopped(r, "the rehearsal failed: nothing was migrated"));
}

void step_rehearse(struct reload *r)
{
    static const char *const args[] = {"--rehearse", NULL};
    struct generation *current = r->master->current;
    int fds[] = {r->next->release_fd, current->release_fd, -1};

    run_tool(r, args, fds, on_rehearsed);
}

static void on_migrated(struct tool *t)
{
    struct reload *r = t->data;

    if (take_output(r, "the migration"))
        reload_done(r);
    else
        reload_fail(r, EXIT_CONFIG, unless_stopped(r, "the database was not migrated"));
}

void step_migrate(struct reload *r)
{
    static const char *const args[] = {"--apply", NULL};
    int fds[] = {r->next->release_fd, r->master->workers.shm_fd, -1};

    run_tool(r, args, fds, on_migrated);
}

static void on_late(uv_timer_t *timer)
{
    reload_fail(timer->data, EXIT_CONFIG, "the new workers were not ready within timeouts.start");
}

void step_start(struct reload *r)
{
    char *why = NULL;

    uv_timer_start(&r->timer, on_late, (uint64_t)conf_int(r->next->config, "timeouts.start"), 0);
    if (!generation_start(r->next, &why))
        reload_fail(r, EXIT_SYSTEM, why);
    free(why);
}
