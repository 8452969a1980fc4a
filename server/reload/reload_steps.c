/* SPDX-License-Identifier: MIT */
/*
 * A step runs leat-worker beside the loop, because the master must not parse documents or open
 * databases, and reports its end through reload_dispatch(). What the step prints becomes the text
 * of the result. Only the release comes back as data, in a memory file that is sealed before the
 * master reads it, so that a child that lives on cannot change it afterwards. Listeners, logs and
 * secrets are opened right after the check; what is opened for a reload that fails later is closed
 * by enter_undone().
 */
#include "server/reload/reload_steps.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/secret.h"
#include "lib/core/log.h"
#include "lib/core/system/exit_status.h"
#include "lib/core/system/memfd.h"
#include "server/generation/generation.h"
#include "server/process/environment.h"

enum { FIRST_CHECK_MS = 300000 };

/* A slow disk copies that much. */
enum { BYTES_PER_MS = 10 << 10 };

typedef void (*done_fn)(void *arg, const struct subprocess_result *result);

/* Returns how much longer a step may take that copies the database or may rewrite all of it. */
static uint64_t allowance_ms(struct json_object *config)
{
    const char *path = database_source_of(config).path;
    struct stat st;

    return path && stat(path, &st) == 0 ? (uint64_t)st.st_size / BYTES_PER_MS : 0;
}

/* Runs leat-worker with `args`, which do not include its own name; `fds` end with -1. `what` names
 * the step in messages. It may take `more_ms` longer than timeouts.check. */
static enum reload_event run_step(struct reload *r, const char *what, const char *const *args,
                                  const int *fds, uint64_t more_ms, done_fn done)
{
    struct fleet *f = r->fleet;
    uint64_t limit =
        f->current ? (uint64_t)conf_int(f->current->config, "timeouts.check") : FIRST_CHECK_MS;
    char *list[10] = {(char *)(uintptr_t)f->worker_path};
    int rc;

    assert(!r->subprocess);
    r->more_ms = more_ms;
    for (int i = 0; args[i]; i++)
        list[i + 1] = (char *)(uintptr_t)args[i];
    rc = subprocess_start(&r->subprocess, f->loop,
                          &(struct subprocess_options){.file = f->worker_file,
                                                       .args = list,
                                                       .fds = fds,
                                                       .timeout_ms = limit + more_ms,
                                                       .done = done,
                                                       .arg = r});
    return rc == 0
               ? RELOAD_LATER
               : reload_failed(r, EXIT_SYSTEM, "%s could not be started: %s", what, strerror(-rc));
}

/* Takes the output of the finished subprocess as the result's text. Returns whether it
 * succeeded. */
static bool take_output(struct reload *r, const struct subprocess_result *result, const char *what)
{
    assert(r->subprocess);
    r->subprocess = NULL;
    if (r->fleet->is_stopping)
        return false;
    buf_put(&r->text, result->output.data, result->output.len);
    if (result->is_late && r->more_ms)
        buf_printf(&r->text,
                   "%s took longer than timeouts.check and %.1f s for the size of the database\n",
                   what, (double)r->more_ms / 1000);
    else if (result->is_late)
        buf_printf(&r->text, "%s took longer than timeouts.check\n", what);
    else
        subprocess_explain(result, what, &r->text);
    return !result->status && !result->signal && !result->is_late;
}

/* Fails the step with `text`, unless leat was told to stop meanwhile. */
static enum reload_event fail(struct reload *r, const char *text)
{
    return reload_failed(r, EXIT_FAILED, "%s", r->fleet->is_stopping ? "stopped" : text);
}

static void log_warnings(struct slice rest)
{
    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');
        log_warn("check", "%.*s", (int)line.len, line.data);
    }
}

static bool open_all(struct reload *r, struct generation *g)
{
    struct diags diags = {0};
    bool ok = r->options.events->open(r->options.owner, g->config, &diags) &&
              secret_collect(g->config, &g->secrets_fd, &diags) &&
              listen_open(r->options.listeners, g->config, g->listen_fds, &diags);

    for (size_t i = 0; i < diags.count; i++)
        buf_printf(&r->text, "%s\n", diags.items[i].message);
    diags_fini(&diags);
    return ok;
}

/* Takes the release that the check has written. */
static enum reload_event open_release(struct reload *r, int fd)
{
    struct generation *g = NULL;
    struct fault fault;

    assert(!r->fleet->starting && fd >= 0);
    if (memfd_seal(fd))
        g = r->fleet->starting = generation_new(r->fleet, fd, &fault);
    else
        fault_set(&fault, "the release cannot be sealed");
    if (!g) {
        close(fd);
        return reload_failed(r, EXIT_SYSTEM, "loading the release: %s", fault.text);
    }
    environment_hide_secrets(g->config);
    if (r->kind != RELOAD_DRY_RUN && !open_all(r, g))
        return reload_failed(r, EXIT_SYSTEM, "nothing was changed");
    return RELOAD_DONE;
}

static void on_checked(void *arg, const struct subprocess_result *result)
{
    struct reload *r = arg;
    bool is_silent = !result->status && !result->signal && r->kind != RELOAD_DRY_RUN;
    struct subprocess_result rest = *result;
    int fd = r->release_fd;

    r->release_fd = -1;
    if (is_silent) {
        log_warnings(result->output);
        rest.output.len = 0;
    }
    if (take_output(r, &rest, "the check")) {
        reload_dispatch(r, open_release(r, fd));
    } else {
        close(fd);
        reload_dispatch(r, fail(r, "the configuration is not in force"));
    }
}

enum reload_event reload_step_check(struct reload *r)
{
    const struct generation *current = r->fleet->current;
    const char *path = r->options.config_path, *pid_file = r->options.pid_file;
    const char *args[] = {"--check", path, "--release-fd", "3", NULL, NULL, NULL, NULL, NULL, NULL};
    size_t n = 4;
    int fds[] = {-1, -1, -1};
    enum reload_event event;

    assert(r->release_fd < 0 && !r->fleet->starting);
    if (pid_file)
        args[n++] = "--pid-file", args[n++] = pid_file;
    if (current)
        args[n++] = "--against-fd", args[n++] = "4";
    if (current && r->kind == RELOAD_DRY_RUN)
        args[n++] = "--dry-run";
    if (!environment_hide_named(path))
        return reload_failed(r, EXIT_SYSTEM, "%s: %s", path, strerror(errno));
    r->release_fd = memfd_new("leat-release");
    if (r->release_fd < 0)
        return reload_failed(r, EXIT_SYSTEM, "creating a release: %s", strerror(errno));
    fds[0] = r->release_fd;
    fds[1] = current ? current->release_fd : -1;
    event = run_step(r, "the check", args, fds, 0, on_checked);
    if (event == RELOAD_FAILED) {
        close(r->release_fd);
        r->release_fd = -1;
    }
    return event;
}

static void on_rehearsed(void *arg, const struct subprocess_result *result)
{
    struct reload *r = arg;

    reload_dispatch(r, take_output(r, result, "the rehearsal")
                           ? RELOAD_DONE
                           : fail(r, "the rehearsal failed; nothing was migrated"));
}

enum reload_event reload_step_rehearse(struct reload *r)
{
    assert(r->fleet->starting && r->fleet->current);
    static const char *const args[] = {"--rehearse", NULL};
    int fds[] = {r->fleet->starting->release_fd, r->fleet->current->release_fd, -1};

    return run_step(r, "the rehearsal", args, fds, allowance_ms(r->fleet->current->config),
                    on_rehearsed);
}

static void on_migrated(void *arg, const struct subprocess_result *result)
{
    struct reload *r = arg;

    reload_dispatch(r, take_output(r, result, "the migration")
                           ? RELOAD_DONE
                           : fail(r, "the database was not migrated"));
}

enum reload_event reload_step_migrate(struct reload *r)
{
    assert(r->fleet->starting);
    static const char *const args[] = {"--apply", NULL};
    int fds[] = {r->fleet->starting->release_fd, r->fleet->segment->fd, -1};

    return run_step(r, "the migration", args, fds, allowance_ms(r->fleet->starting->config),
                    on_migrated);
}

static void on_late(uv_timer_t *timer)
{
    struct reload *r = timer->data;

    reload_dispatch(
        r, reload_failed(r, EXIT_FAILED, "the new workers were not ready within timeouts.start"));
}

enum reload_event reload_step_start(struct reload *r)
{
    enum reload_event event = RELOAD_LATER;
    struct diags diags = {0};

    assert(r->fleet->starting);
    uv_timer_start(&r->timer, on_late,
                   (uint64_t)conf_int(r->fleet->starting->config, "timeouts.start"), 0);
    if (!generation_start(r->fleet->starting, &diags))
        event = reload_failed(r, EXIT_SYSTEM, "%s", diags.items->message);
    diags_fini(&diags);
    return event;
}

/* Takes the open listeners; one that a worker has shut down has been repaired by now. */
static enum reload_event take_listeners(struct reload *r)
{
    struct diags diags = {0};
    bool ok = listen_open(r->options.listeners, r->fleet->starting->config,
                          r->fleet->starting->listen_fds, &diags);

    if (!ok)
        reload_failed(r, EXIT_SYSTEM, "%s", diags.items->message);
    diags_fini(&diags);
    return ok ? reload_step_start(r) : RELOAD_FAILED;
}

enum reload_event reload_step_renew(struct reload *r)
{
    struct segment *fresh = segment_new();
    struct fault fault;

    assert(!r->fleet->starting && r->fleet->current);
    if (!fresh)
        return reload_failed(r, EXIT_SYSTEM, "creating shared memory: %s", strerror(errno));
    r->fleet->starting = generation_again(r->fleet->current, fresh, &fault);
    segment_release(&fresh);
    return r->fleet->starting
               ? take_listeners(r)
               : reload_failed(r, EXIT_SYSTEM, "reloading the release: %s", fault.text);
}
