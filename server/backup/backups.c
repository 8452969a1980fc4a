/* SPDX-License-Identifier: MIT */
/*
 * One slot holds the running backup, whoever wanted it, so there are never two. A request of
 * leatctl that meets a scheduled one waits behind it in `next`, because the schedule may run at any
 * moment; one that meets another request is refused.
 *
 * The schedule has no state here but a timer. Each time that it runs out, after a start, and after
 * a reload that changed the schedule, the subprocess is asked, and it looks at the files. So
 * nothing must be handed over in an upgrade, and a backup that was missed is found to be due.
 */
#include "server/backup/backups.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/generation/generation.h"

enum {
    LIMIT_MS = 12 * 3600 * 1000, /* a backup that takes longer is stuck */
    AGAIN_MS = 60 * 1000,        /* after a failure, doubled up to: */
    AGAIN_MAX_MS = 3600 * 1000,
    OCCUPIED_MS = 1000, /* one that leatctl asked for is running */
    ANSWER_DEPTH = 4,
    ARGS = 5,
};

static void on_due(uv_timer_t *timer);

static void wait_for_next(struct backups *b, uint64_t ms)
{
    b->due_real_ms = clock_real_ms() + ms;
    if (b->plan && !b->fleet->is_stopping)
        uv_timer_start(&b->timer, on_due, ms, 0);
}

/* --- the end of a backup --- */

/* Takes the last line off; what libraries print before it is no answer. */
static struct slice last_line(struct slice text)
{
    const char *end;

    while (text.len && text.data[text.len - 1] == '\n')
        text.len--;
    end = text.len ? memrchr(text.data, '\n', text.len) : NULL;
    return end ? (struct slice){end + 1, text.len - (size_t)(end + 1 - text.data)} : text;
}

static void note_success(struct backups *b, struct json_object *answer)
{
    struct ledger *l = &b->fleet->ledger;

    l->backups_ok++;
    l->last_backup_real_ms = clock_real_ms();
    l->last_backup_ms = (uint64_t)jget_int(answer, "ms");
    l->last_backup_bytes = (uint64_t)jget_int(answer, "bytes");
    ledger_publish(l);
    log_info("backup.done", "path=%s bytes=%lu ms=%lu removed=%d", jget_text(answer, "path"),
             (unsigned long)l->last_backup_bytes, (unsigned long)l->last_backup_ms,
             (int)jget_int(answer, "removed"));
}

/* Takes over what the folder tells of backups that an earlier master made. */
static void note_earlier(struct backups *b, struct json_object *answer)
{
    struct ledger *l = &b->fleet->ledger;
    uint64_t last_ms = (uint64_t)jget_int(answer, "last_ms");

    if (last_ms <= l->last_backup_real_ms)
        return;
    l->last_backup_real_ms = last_ms;
    l->last_backup_bytes = (uint64_t)jget_int(answer, "last_bytes");
    l->last_backup_ms = 0;
    ledger_publish(l);
}

static void note_failure(struct backups *b, const char *cause)
{
    b->fleet->ledger.backups_failed++;
    ledger_publish(&b->fleet->ledger);
    log_error("backup.failed", "cause=\"%.900s\"", cause);
}

/* Plans the next of the schedule, after the last one succeeded or failed. */
static void plan_next(struct backups *b, struct json_object *answer, const char *cause)
{
    uint64_t ms = (uint64_t)jget_int(answer, "due_ms"), every;
    const struct generation *g = b->fleet->current;

    free(b->failure);
    b->failure = cause ? xstrdup(cause) : NULL;
    if (!cause) {
        b->again_ms = 0;
    } else {
        every = g && b->plan ? (uint64_t)conf_int(g->config, "backup.every") : AGAIN_MS;
        b->again_ms = b->again_ms ? 2 * b->again_ms : AGAIN_MS;
        b->again_ms = b->again_ms < AGAIN_MAX_MS ? b->again_ms : AGAIN_MAX_MS;
        b->again_ms = b->again_ms < every ? b->again_ms : every;
        ms = b->again_ms;
    }
    wait_for_next(b, b->is_changed ? 0 : ms);
}

static void explain_failure(const struct subprocess_result *r, struct buf *out)
{
    buf_put(out, r->output.data, r->output.len);
    subprocess_explain(r, "the backup", out);
    while (out->len && out->data[out->len - 1] == '\n')
        out->len--;
}

static void finish_backup(struct backups *b, struct json_object *answer, struct slice line,
                          const char *cause)
{
    struct backup_request request = b->current;

    b->current = (struct backup_request){0};
    if (cause && !b->fleet->is_stopping)
        note_failure(b, cause);
    else if (jget(answer, "path"))
        note_success(b, answer);
    else if (answer)
        note_earlier(b, answer);
    if (request.fn)
        request.fn(request.arg, !cause, cause ? slice_of(cause) : line);
    free(request.path);
    if (b->is_scheduled)
        plan_next(b, answer, cause);
}

static void begin_next(struct backups *b);

static void on_done(void *arg, const struct subprocess_result *r)
{
    struct backups *b = arg;
    struct slice line = last_line(r->output);
    struct json_object *answer = NULL;
    struct jread_fault fault;
    struct buf cause = {0};
    bool ok = !r->status && !r->signal && !r->is_late &&
              jread_text(line.data, line.len, ANSWER_DEPTH, NULL, &answer, &fault);

    assert(b->running);
    b->running = NULL;
    if (!ok)
        explain_failure(r, &cause);
    finish_backup(b, answer, line, ok ? NULL : buf_text(&cause));
    json_object_put(answer);
    buf_fini(&cause);
    begin_next(b);
    b->on_end(b->owner);
}

/* --- the beginning --- */

static int spawn_backup(struct backups *b, const char *path, bool replaces)
{
    struct fleet *f = b->fleet;
    char *args[ARGS] = {(char *)(uintptr_t)f->worker_path, "--backup", (char *)(uintptr_t)path,
                        replaces ? "--force" : NULL, NULL};
    int fds[] = {-1, -1};

    assert(!b->running && f->current);
    fds[0] = f->current->release_fd;
    b->is_scheduled = !path;
    b->is_changed = false;
    return subprocess_start(&b->running, f->loop,
                            &(struct subprocess_options){.file = f->worker_file,
                                                         .args = args,
                                                         .fds = fds,
                                                         .timeout_ms = LIMIT_MS,
                                                         .done = on_done,
                                                         .arg = b});
}

static void on_due(uv_timer_t *timer)
{
    struct backups *b = timer->data;
    int rc;

    if (!b->fleet->current || b->fleet->is_stopping)
        return;
    if (b->running) {
        wait_for_next(b, OCCUPIED_MS);
        return;
    }
    rc = spawn_backup(b, NULL, false);
    if (rc < 0) {
        note_failure(b, uv_strerror(rc));
        plan_next(b, NULL, uv_strerror(rc));
    }
}

/* Starts the backup that was asked for. Returns NULL, or the reason why it cannot be started. */
static const char *begin_request(struct backups *b, const struct backup_request *request)
{
    int rc = spawn_backup(b, request->path, request->replaces);

    if (rc < 0)
        return uv_strerror(rc);
    b->current = *request;
    return NULL;
}

/* Begins the backup that waited for the end of another. */
static void begin_next(struct backups *b)
{
    struct backup_request next = b->next;
    const char *refusal = "leat is stopping";

    b->next = (struct backup_request){0};
    if (next.path && b->fleet->current && !b->fleet->is_stopping)
        refusal = begin_request(b, &next);
    if (!next.path || !refusal)
        return;
    if (next.fn)
        next.fn(next.arg, false, slice_of(refusal));
    free(next.path);
}

const char *backups_request(struct backups *b, const char *path, bool replaces, backup_fn fn,
                            void *arg)
{
    struct backup_request request = {.replaces = replaces, .fn = fn, .arg = arg};
    const char *refusal = NULL;

    if (!b->fleet->current || b->fleet->is_stopping)
        return "leat is not serving";
    if (path[0] != '/')
        return "the path must be absolute";
    if (b->next.path || (b->running && !b->is_scheduled))
        return "another backup is running";
    request.path = xstrdup(path);
    if (b->running)
        b->next = request;
    else
        refusal = begin_request(b, &request);
    if (refusal)
        free(request.path);
    return refusal;
}

/* --- the schedule --- */

/* Returns what the schedule depends on, as text; NULL: there is none. The caller's. */
static char *describe_plan(struct json_object *config)
{
    struct json_object *backup = conf_get(config, "backup");
    const char *path = database_source_of(config).path;

    if (!backup || !path)
        return NULL;
    return xasprintf("%s %s", path, json_object_to_json_string_ext(backup, JSON_C_TO_STRING_PLAIN));
}

void backups_configure(struct backups *b)
{
    char *plan = describe_plan(b->fleet->current->config);
    bool is_same = plan && b->plan && strcmp(plan, b->plan) == 0;

    free(b->plan);
    b->plan = plan;
    if (is_same)
        return;
    uv_timer_stop(&b->timer);
    b->again_ms = b->due_real_ms = 0;
    free(b->failure);
    b->failure = NULL;
    b->is_changed = true;
    if (!b->running || !b->is_scheduled)
        wait_for_next(b, 0);
}

void backups_init(struct backups *b, struct fleet *fleet, void *owner, void (*on_end)(void *owner))
{
    *b = (struct backups){.fleet = fleet, .owner = owner, .on_end = on_end};
    uv_timer_init(fleet->loop, &b->timer);
    b->timer.data = b;
}

void backups_forget(struct backups *b, const void *arg)
{
    if (b->current.arg == arg)
        b->current.fn = NULL;
    if (b->next.arg == arg)
        b->next.fn = NULL;
}

static void put_time(struct buf *out, const char *name, uint64_t real_ms)
{
    char text[CLOCK_TEXT];

    clock_rfc3339(real_ms, text);
    buf_printf(out, ",\"%s\":\"%s\"", name, text);
}

void backups_describe(const struct backups *b, struct buf *out)
{
    const struct ledger *l = &b->fleet->ledger;

    if (!l->last_backup_real_ms && !b->plan)
        return;
    buf_printf(out, ",\"backup\":{\"running\":%s", b->running ? "true" : "false");
    if (l->last_backup_real_ms) {
        put_time(out, "last", l->last_backup_real_ms);
        buf_printf(out, ",\"bytes\":%lu,\"ms\":%lu", (unsigned long)l->last_backup_bytes,
                   (unsigned long)l->last_backup_ms);
    }
    if (b->plan && b->due_real_ms)
        put_time(out, "next", b->due_real_ms);
    if (b->failure) {
        buf_puts(out, ",\"failure\":");
        jwrite_string(out, b->failure, strlen(b->failure));
    }
    buf_putc(out, '}');
}

bool backups_are_idle(const struct backups *b)
{
    return !b->running;
}

void backups_cancel(struct backups *b)
{
    uv_timer_stop(&b->timer);
    subprocess_stop(b->running);
}

void backups_kill(struct backups *b)
{
    subprocess_kill(b->running);
}

void backups_close(struct backups *b)
{
    assert(!b->running);
    uv_close((uv_handle_t *)&b->timer, NULL);
}

void backups_fini(struct backups *b)
{
    assert(!b->next.path);
    free(b->plan);
    free(b->failure);
}
