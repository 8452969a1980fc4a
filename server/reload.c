/* SPDX-License-Identifier: MIT */
#include "server/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/conf/logging.h"
#include "lib/conf/secret.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memfd.h"
#include "server/master.h"

enum { FIRST_CHECK_MS = 300000 };

static void begin(struct reload *r);

const char *reload_state_name(enum reload_state state)
{
    static const char *const names[] = {"idle", "checking", "migrating", "starting"};

    return names[state];
}

void reload_init(struct reload *r, struct master *m)
{
    r->master = m;
    r->release_fd = -1;
    r->tool.data = r;
    uv_timer_init(&m->loop, &r->timer);
    r->timer.data = r;
}

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

/* One line of the log for each line of the result. */
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

/* The first start that fails ends the master; what the check said goes out as it is. */
static void fail_start(struct reload *r, int code)
{
    fwrite(r->text.data, 1, r->text.len, stderr);
    master_give_up(r->master, code);
}

static void finish(struct reload *r, bool ok, int code)
{
    struct master *m = r->master;

    r->state = RELOAD_IDLE;
    r->has_result = true;
    r->is_ok = ok;
    r->finished_real_ms = clock_real_ms();
    if (!ok && !m->current && !m->is_stopping)
        fail_start(r, code);
    else
        log_result(r, ok);
    answer(&r->waiting, ok, buf_text(&r->text));
    if (m->is_stopping) {
        master_reload_over(m);
    } else if (r->is_wanted) {
        r->is_wanted = false;
        r->waiting = r->waiting_next;
        r->waiting_next = NULL;
        begin(r);
    }
}

static void fail(struct reload *r, int code, const char *text)
{
    struct generation *g = r->next;

    r->next = NULL;
    uv_timer_stop(&r->timer);
    buf_puts(&r->text, text);
    buf_putc(&r->text, '\n');
    if (g) {
        /* Listeners that only it wanted go with it. */
        listen_close_unused(&r->master->listeners,
                            r->master->current ? r->master->current->config : NULL);
        generation_retire(g);
        generation_kill(g);
    }
    finish(r, false, code);
}

static void on_late(uv_timer_t *timer)
{
    fail(timer->data, EXIT_CONFIG, "the new workers were not ready within timeouts.start");
}

static void start_workers(struct reload *r)
{
    char *why = NULL;

    r->state = RELOAD_STARTING;
    uv_timer_start(&r->timer, on_late, (uint64_t)conf_int(r->next->config, "timeouts.start"), 0);
    if (generation_start(r->next, &why))
        return;
    fail(r, EXIT_SYSTEM, why);
    free(why);
}

/* What the tool said becomes the result's text. True: it succeeded. */
static bool take_output(struct reload *r, const char *what)
{
    struct tool *t = &r->tool;

    buf_put(&r->text, t->text.data, t->text.len);
    if (t->is_late)
        buf_printf(&r->text, "%s took longer than timeouts.check\n", what);
    else if (t->exit_code > 1)
        buf_printf(&r->text, "%s ended with status %d\n", what, t->exit_code);
    return t->exit_code == 0 && !t->is_late;
}

static void on_migrated(struct tool *t)
{
    struct reload *r = t->data;

    if (r->master->is_stopping)
        fail(r, EXIT_CONFIG, "stopped");
    else if (!take_output(r, "the migration"))
        fail(r, EXIT_CONFIG, "the database was not migrated");
    else
        start_workers(r);
}

static void migrate(struct reload *r)
{
    struct master *m = r->master;
    char *args[] = {(char *)(uintptr_t)m->options.worker_path, "--migrate", "up",
                    (char *)(uintptr_t)m->options.config_path, NULL};

    r->state = RELOAD_MIGRATING;
    tool_start(&r->tool, &m->loop, args, -1, FIRST_CHECK_MS, on_migrated);
}

static bool open_all(struct reload *r, struct generation *g)
{
    struct master *m = r->master;
    struct diags diags = {0};
    bool ok = (m->control.is_open || (master_open_logs(m, g->config, &diags) &&
                                      control_open(&m->control, m, g->config, &diags))) &&
              secret_open(conf_string(g->config, "secret"), &g->secrets_fd, &diags) &&
              listen_open(&m->listeners, g->config, g->listen_fds, &diags);

    for (size_t i = 0; i < diags.count; i++)
        buf_printf(&r->text, "%s\n", diags.items[i].message);
    diags_fini(&diags);
    return ok;
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

static void on_checked(struct tool *t)
{
    struct reload *r = t->data;
    struct master *m = r->master;
    const char *why = "the release cannot be sealed";
    const char *migrate_key;
    int fd = r->release_fd;

    r->release_fd = -1;
    if (t->exit_code == 0)
        log_warnings(t);
    if (m->is_stopping || !take_output(r, "the check")) {
        close(fd);
        fail(r, EXIT_CONFIG, m->is_stopping ? "stopped" : "the configuration is not in force");
        return;
    }
    r->next = memfd_seal(fd) ? generation_new(m, fd, &why) : NULL;
    if (!r->next) {
        close(fd);
        fail(r, EXIT_SYSTEM, why);
        return;
    }
    r->next->id = ++r->last_id;
    if (!open_all(r, r->next)) {
        fail(r, EXIT_SYSTEM, "nothing was changed");
        return;
    }
    migrate_key = conf_string(r->next->config, "database.migrate");
    if (!m->current && conf_string(r->next->config, "database.migrations") &&
        strcmp(migrate_key, "on-start") == 0)
        migrate(r);
    else
        start_workers(r);
}

static void begin(struct reload *r)
{
    struct master *m = r->master;
    uint64_t limit =
        m->current ? (uint64_t)conf_int(m->current->config, "timeouts.check") : FIRST_CHECK_MS;
    char *args[] = {(char *)(uintptr_t)m->options.worker_path,
                    "--check",
                    (char *)(uintptr_t)m->options.config_path,
                    "--release-fd",
                    "3",
                    NULL};

    r->text.len = 0;
    r->state = RELOAD_CHECKING;
    r->release_fd = memfd_new("leat-release");
    if (r->release_fd < 0) {
        fail(r, EXIT_SYSTEM, strerror(errno));
        return;
    }
    tool_start(&r->tool, &m->loop, args, r->release_fd, limit, on_checked);
}

void reload_request(struct reload *r, void (*fn)(void *arg, bool ok, const char *text), void *arg)
{
    struct reload_waiter *w, **list = r->state == RELOAD_IDLE ? &r->waiting : &r->waiting_next;

    if (fn) {
        w = malloc(sizeof(*w));
        if (!w)
            abort();
        *w = (struct reload_waiter){.next = *list, .fn = fn, .arg = arg};
        *list = w;
    }
    if (r->master->is_stopping) {
        answer(list, false, "leat is stopping\n");
    } else if (r->state == RELOAD_IDLE) {
        begin(r);
    } else {
        log_info("reload.queued", "state=%s", reload_state_name(r->state));
        r->is_wanted = true;
    }
}

static void forget(struct reload_waiter *w, const void *arg)
{
    for (; w; w = w->next)
        if (w->arg == arg)
            w->fn = NULL;
}

void reload_forget(struct reload *r, void *arg)
{
    forget(r->waiting, arg);
    forget(r->waiting_next, arg);
}

/* What is read at the start only, and is not in force as the new configuration has it. */
static void note_restarts(struct reload *r, struct json_object *new)
{
    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (strcmp(key->reload, "restart") == 0 && key->type != CONF_MAP &&
            !json_object_equal(conf_get(r->master->start_config, key->path),
                               conf_get(new, key->path)))
            buf_printf(&r->text, "%s differs from what is in force: it takes effect at a restart\n",
                       key->path);
    }
}

void reload_child_ready(struct reload *r)
{
    struct master *m = r->master;
    struct generation *old = m->current;

    if (r->state != RELOAD_STARTING || !generation_is_ready(r->next))
        return;
    uv_timer_stop(&r->timer);
    m->current = r->next;
    r->next = NULL;
    m->current->state = GENERATION_SERVING;
    listen_close_unused(&m->listeners, m->current->config);
    log_configure(logging_level(m->current->config), logging_is_json(m->current->config));
    buf_printf(&r->text, "generation %u serves with %d workers\n", m->current->id,
               m->current->worker_count);
    if (old) {
        note_restarts(r, m->current->config);
        generation_retire(old);
    } else {
        master_ready(m);
    }
    finish(r, true, 0);
}

void reload_child_failed(struct reload *r, const char *reason)
{
    if (r->state == RELOAD_STARTING)
        fail(r, EXIT_CONFIG, reason);
}

void reload_cancel(struct reload *r)
{
    r->is_wanted = false;
    answer(&r->waiting_next, false, "leat is stopping\n");
    if (r->state == RELOAD_STARTING)
        fail(r, EXIT_CONFIG, "stopped");
    else if (r->state != RELOAD_IDLE)
        tool_kill(&r->tool); /* its end fails the reload */
}

void reload_fini(struct reload *r)
{
    answer(&r->waiting, false, "leat is stopping\n");
    buf_fini(&r->text);
    buf_fini(&r->tool.text);
}
