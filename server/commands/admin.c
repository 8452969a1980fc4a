/* SPDX-License-Identifier: MIT */
/*
 * Each command is a subprocess, because only leat-worker may touch the database and keys. A task
 * keeps the client that waits; when the client leaves, admins_forget() clears the pointer and the
 * command goes on, since stopping it halfway helps nobody. The deferred id of the client makes sure
 * that it waits for one answer at a time. The last line of the output is the answer; a worker that
 * prints more (a warning of a library, say) does not spoil it.
 */
#include "server/commands/admin.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/system/memfd.h"
#include "lib/core/memory.h"
#include "server/commands/call.h"
#include "server/commands/commands.h"
#include "server/generation/generation.h"
#include "server/process/subprocess.h"
#include "server/reload/reload.h"

enum { TASKS_MAX = 8, TASK_MS = 60000, ANSWER_DEPTH = 16, ANSWER_MAX = 4 << 20 };

struct admin_task {
    struct admin_task *next;
    struct subprocess *subprocess;
    struct admins *admins;
    struct control_connection *client; /* NULL: the client has gone */
    bool reloads;                      /* a success is followed by a reload */
};

static void end_task(struct admin_task *task)
{
    struct admins *a = task->admins;
    struct admin_task **at = &a->first;

    assert(a->count > 0);
    while (*at != task)
        at = &(*at)->next;
    *at = task->next;
    a->count--;
    free(task);
    a->on_end(a->owner);
}

/* Returns the last line; the output before it is not for the client. */
static struct slice last_line(struct slice line)
{
    const char *end;

    while (line.len && line.data[line.len - 1] == '\n')
        line.len--;
    end = line.len ? memrchr(line.data, '\n', line.len) : NULL;
    if (end) {
        line.len -= (size_t)(end + 1 - line.data);
        line.data = end + 1;
    }
    return line;
}

static void on_reloaded(void *arg, bool ok, const char *text)
{
    control_outcome_deferred(arg, ok, text);
}

/* Puts new keys in force; the client gets the answer of the reload. */
static void reload(struct admin_task *task)
{
    const char *refusal = reload_request(task->admins->reload, RELOAD_PLAIN,
                                         task->client ? on_reloaded : NULL, task->client);

    if (refusal && task->client)
        control_outcome_deferred(task->client, false, refusal);
}

/* Answers with the reason why there is no result. */
static void refuse(struct admin_task *task, const struct subprocess_result *r)
{
    struct buf text = {0};

    if (r->is_late)
        buf_puts(&text, "the command took too long\n");
    else if (r->is_cut)
        buf_puts(&text, "the result is too long; reduce it with --limit\n");
    else if (r->signal)
        buf_puts(&text,
                 "the command was stopped before it finished; check whether it took effect\n");
    else
        buf_put(&text, r->output.data, r->output.len);
    control_outcome_deferred(task->client, false, buf_text(&text));
    buf_fini(&text);
}

static void on_done(void *arg, const struct subprocess_result *r)
{
    struct admin_task *task = arg;
    struct slice line = last_line(r->output);
    struct json_object *answer = NULL;
    struct jread_fault fault;
    bool ok = !r->status && !r->signal && !r->is_cut &&
              jread_text(line.data, line.len, ANSWER_DEPTH, NULL, &answer, &fault);

    assert(task->admins);
    if (ok && task->reloads && jget_bool(answer, "ok"))
        reload(task);
    else if (ok && task->client)
        control_result_deferred(task->client, line);
    else if (task->client)
        refuse(task, r);
    json_object_put(answer);
    end_task(task);
}

/* Writes the request into a memory file, because a password must not appear in the arguments of a
 * process. Returns -1 and sets errno on failure. */
static int write_request(const struct call *c)
{
    struct json_object *request;
    struct buf text = {0};
    char actor[80];
    int fd = memfd_new("leat-admin");

    if (fd < 0)
        return -1;
    request = json_object_new_object();
    snprintf(actor, sizeof(actor), "leatctl uid=%u", control_peer_of(c->client).uid);
    jput_text(request, "method", c->method);
    jput_text(request, "actor", actor);
    json_object_object_add(request, "params", json_object_get(c->params));
    jwrite_value(&text, request);
    json_object_put(request);
    if (!memfd_write(fd, text.data, text.len) || !memfd_seal(fd)) {
        int saved = errno;

        close(fd);
        errno = saved;
        fd = -1;
    }
    explicit_bzero(text.data, text.cap);
    buf_fini(&text);
    return fd;
}

/* Starts the subprocess. Returns 0, and the answer comes later, or an error code of libuv. */
static int start(const struct call *c, int request_fd)
{
    struct admins *a = &c->commands->admins;
    struct fleet *f = a->fleet;
    struct admin_task *task = xcalloc(1, sizeof(*task));
    char *args[] = {(char *)(uintptr_t)f->worker_path, "--admin", NULL};
    int fds[] = {f->current->release_fd, f->segment->fd, request_fd, -1}, rc;

    assert(f->current);
    rc = subprocess_start(&task->subprocess, f->loop,
                          &(struct subprocess_options){.file = f->worker_file,
                                                       .args = args,
                                                       .fds = fds,
                                                       .timeout_ms = TASK_MS,
                                                       .output_max = ANSWER_MAX,
                                                       .done = on_done,
                                                       .arg = task});
    if (rc < 0) {
        free(task);
        return rc;
    }
    task->admins = a;
    task->client = c->client;
    task->reloads = strcmp(c->method, "keys rotate") == 0;
    task->next = a->first;
    a->first = task;
    a->count++;
    return 0;
}

static void run_child(const struct call *c, int request_fd)
{
    char text[128];
    int rc = start(c, request_fd);

    if (rc == 0)
        return;
    snprintf(text, sizeof(text), "the command could not be started: %s\n", strerror(-rc));
    control_outcome_deferred(c->client, false, text);
}

void command_admin(const struct call *c)
{
    const struct admins *a = &c->commands->admins;
    int fd;

    if (!a->fleet->current || a->fleet->is_stopping) {
        command_refuse(c, "leat is not serving");
    } else if (a->count >= TASKS_MAX) {
        command_refuse(c, "too many of these commands are running");
    } else if ((fd = write_request(c)) < 0) {
        command_refuse(c, strerror(errno));
    } else {
        if (command_defer(c))
            run_child(c, fd);
        close(fd);
    }
}

void admins_forget(struct admins *a, const struct control_connection *client)
{
    for (struct admin_task *task = a->first; task; task = task->next)
        if (task->client == client)
            task->client = NULL;
}

void admins_cancel(struct admins *a)
{
    for (struct admin_task *task = a->first; task; task = task->next)
        subprocess_stop(task->subprocess);
}

void admins_kill(struct admins *a)
{
    for (struct admin_task *task = a->first; task; task = task->next)
        subprocess_kill(task->subprocess);
}
