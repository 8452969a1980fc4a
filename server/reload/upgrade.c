/* SPDX-License-Identifier: MIT */
/*
 * Two masters overlap for a moment, and every resource has one owner at any time. The new one
 * borrows the descriptors (listen_adopt, control_adopt) and becomes their owner when its first
 * generation is READY; the old one gives them up when it hears that, and only then drains. They
 * speak through a channel; the answer that matters last is the new one's READY, which is why
 * upgrade_ready() first looks whether it was cancelled meanwhile. The old one learns of failures by
 * the exit of the process.
 */
#include "server/reload/upgrade.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/channel.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/generation/generation.h"
#include "server/process/notify.h"

static const char variable[] = "LEAT_UPGRADE";

enum {
    FD_CHANNEL = 3,
    FD_SHM,
    FD_CONTROL,
    FD_LISTEN,
    LISTENERS_MAX = 256,
    SLACK_MS = 10000,
    CANCEL_MS = 5000
};

void upgrade_init(struct upgrade *u, const struct upgrade_options *options)
{
    const char *name = options->argv[0];
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    u->options = *options;
    u->fleet = options->fleet;
    /* Keeps a name that is a path as it is: a link may lead to another version by then. */
    u->program = xstrdup(strchr(name, '/') ? name : self);
    u->older = u->newer = -1;
    u->process.data = u->poll.data = u->timer.data = u;
}

/* --- in the new master --- */

static bool is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool upgrade_inherit(struct upgrade *u)
{
    const char *text = getenv(variable);
    struct json_object *passed = text ? json_tokener_parse(text) : NULL;

    unsetenv(variable);
    if (!jget(passed, "control") || !is_socket(FD_CHANNEL)) {
        json_object_put(passed);
        return false;
    }
    u->older = FD_CHANNEL;
    u->older_pid = getppid();
    fcntl(u->older, F_SETFD, FD_CLOEXEC);
    u->fleet->segment = segment_adopt(FD_SHM); /* NULL: the counters start from zero */
    ledger_read(&u->fleet->ledger, jget(passed, "ledger"));
    control_adopt(u->options.control, FD_CONTROL, jget_text(passed, "control"));
    for (size_t i = 0; i < jget_count(passed, "listen"); i++) {
        struct json_object *item = jget_item(passed, "listen", i);

        listen_adopt(u->options.listeners, jget_text(item, "address"), FD_LISTEN + (int)i,
                     jget_bool(item, "managed"));
    }
    json_object_put(passed);
    return true;
}

bool upgrade_ready(struct upgrade *u)
{
    struct channel_message m;
    bool is_cancelled = false;

    if (u->older < 0)
        return true;
    while (channel_receive(u->older, &m) > 0)
        is_cancelled = is_cancelled || m.type == CHANNEL_RETIRE;
    if (is_cancelled) {
        log_warn("upgrade.cancelled", "the old master was told to stop");
        return false;
    }
    u->fleet->ledger.upgrades++;
    ledger_publish(&u->fleet->ledger);
    channel_send(u->older, CHANNEL_READY, NULL);
    close(u->older);
    u->older = -1;
    return true;
}

void upgrade_give_up(struct upgrade *u, const char *reason)
{
    if (u->older >= 0)
        channel_send(u->older, CHANNEL_FAILED, reason);
}

/* --- in the old master --- */

bool upgrade_runs(const struct upgrade *u)
{
    return u->state == UPGRADE_STARTING;
}

static void on_closed(uv_handle_t *handle)
{
    struct upgrade *u = handle->data;

    assert(u->open_handles > 0);
    if (--u->open_handles == 0 && u->state == UPGRADE_STARTING)
        u->state = UPGRADE_IDLE;
}

static void close_handles(struct upgrade *u)
{
    if (u->newer < 0)
        return;
    uv_close((uv_handle_t *)&u->timer, on_closed);
    if (u->has_process)
        uv_close((uv_handle_t *)&u->process, on_closed);
    if (u->has_poll)
        uv_close((uv_handle_t *)&u->poll, on_closed);
    u->has_process = u->has_poll = false;
    close(u->newer);
    u->newer = -1;
}

static void answer(struct upgrade *u, bool ok, const char *text)
{
    if (u->fn)
        u->fn(u->arg, ok, text);
    u->fn = NULL;
}

/* Ends the attempt, and writes the reason into u->text. */
static void abandon(struct upgrade *u, const char *reason)
{
    int n = snprintf(u->text, sizeof(u->text), "the new program %s; process %d continues", reason,
                     (int)getpid());

    log_error("upgrade.failed", "%s", u->text);
    snprintf(u->text + n, sizeof(u->text) - (size_t)n, "\n%s", u->details);
    close_handles(u);
}

static void take_details(struct upgrade *u, const struct channel_message *m)
{
    if (m->type == CHANNEL_FAILED)
        snprintf(u->details, sizeof(u->details), "%s", m->text);
}

static void on_exit_status(uv_process_t *process, int64_t status, int sig)
{
    struct upgrade *u = process->data;
    struct channel_message m;
    char reason[128];

    if (u->state != UPGRADE_STARTING || u->newer < 0)
        return;
    if (u->fleet->is_stopping) { /* cancelled */
        close_handles(u);
        return;
    }
    while (channel_receive(u->newer, &m) > 0) /* its last messages may still be unread */
        take_details(u, &m);
    if (u->is_late)
        snprintf(reason, sizeof(reason), "was not ready in time");
    else if (sig)
        snprintf(reason, sizeof(reason), "was killed by signal %d", sig);
    else
        snprintf(reason, sizeof(reason), "exited with status %d%s", (int)status,
                 u->details[0] ? "" : ": see the log");
    abandon(u, reason);
    answer(u, false, u->text);
}

static void on_late(uv_timer_t *timer)
{
    struct upgrade *u = timer->data;

    u->is_late = true;
    upgrade_kill(u); /* its exit fails the upgrade */
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
    struct upgrade *u = poll->data;
    struct channel_message m;
    char text[128];

    (void)events;
    m.type = 0;
    if (status < 0 || channel_receive(u->newer, &m) <= 0 || m.type != CHANNEL_READY) {
        take_details(u, &m);
        uv_poll_stop(poll); /* its exit, or the timeout, follows */
        return;
    }
    u->state = UPGRADE_DONE;
    snprintf(text, sizeof(text), "process %d is serving, process %d is draining\n",
             (int)u->process.pid, (int)getpid());
    log_info("upgrade.done", "serving=%d draining=%d", (int)u->process.pid, (int)getpid());
    notify_send("MAINPID=%d", (int)u->process.pid);
    answer(u, true, text);
    close_handles(u);
    u->options.events->hand_over(u->options.owner);
}

/* Fills the descriptors 3, 4, 5 … and returns their number; *text is the JSON that names them. */
static int fill_stdio(struct upgrade *u, int channel, uv_stdio_container_t *stdio, char **text)
{
    const struct control *control = u->options.control;
    struct json_object *passed = json_object_new_object(), *list = json_object_new_array();
    int fds[FD_LISTEN + LISTENERS_MAX] = {-1, 1, 2, channel, u->fleet->segment->fd, control->fd};
    int count = FD_LISTEN;

    assert(control->path && control->fd >= 0);
    for (const struct listener *l = u->options.listeners->first;
         l && count < FD_LISTEN + LISTENERS_MAX; l = l->next) {
        struct json_object *item = json_object_new_object();

        fds[count++] = l->fd;
        jput_text(item, "address", l->address);
        json_object_object_add(item, "managed", json_object_new_boolean(l->is_managed));
        json_object_array_add(list, item);
    }
    jput_text(passed, "control", control->path);
    json_object_object_add(passed, "ledger", ledger_write(&u->fleet->ledger));
    json_object_object_add(passed, "listen", list);
    stdio[0] = (uv_stdio_container_t){.flags = UV_IGNORE};
    for (int i = 1; i < count; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fds[i]};
    *text = xasprintf("%s", json_object_to_json_string(passed));
    json_object_put(passed);
    return count;
}

static int spawn(struct upgrade *u, int channel)
{
    uv_stdio_container_t stdio[FD_LISTEN + LISTENERS_MAX];
    char *text = NULL;
    uv_process_options_t options = {.file = u->program,
                                    .args = u->options.argv,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = fill_stdio(u, channel, stdio, &text)};
    int rc;

    setenv(variable, text, 1);
    u->has_process = true; /* uv_spawn() initializes the handle even if it fails */
    u->open_handles++;
    rc = uv_spawn(u->fleet->loop, &u->process, &options);
    unsetenv(variable);
    free(text);
    return rc;
}

static const char *refusal(const struct upgrade *u)
{
    return u->fleet->is_stopping ? "leat is stopping\n"
           : upgrade_runs(u)     ? "an upgrade is in progress\n"
           : !u->fleet->current  ? "leat has not started yet\n"
                                 : u->options.events->refuse(u->options.owner);
}

/* Starts the new program with `other`, and takes `channel`. Returns 0 or an error code of libuv. */
static int start(struct upgrade *u, int channel, int other)
{
    int rc;

    assert(u->newer < 0 && !u->open_handles && !u->has_process);
    u->newer = channel;
    uv_timer_init(u->fleet->loop, &u->timer);
    u->open_handles = 1;
    rc = uv_poll_init(u->fleet->loop, &u->poll, channel);
    if (rc < 0)
        return rc;
    u->has_poll = true;
    u->open_handles++;
    return spawn(u, other);
}

const char *upgrade_begin(struct upgrade *u, upgrade_fn fn, void *arg)
{
    struct json_object *config = u->fleet->current ? u->fleet->current->config : NULL;
    const char *refused = refusal(u);
    char reason[128];
    int pair[2], rc;

    if (!refused && !channel_pair(pair)) {
        snprintf(u->text, sizeof(u->text), "creating a channel to the new program: %s\n",
                 strerror(errno));
        refused = u->text;
    }
    if (refused) {
        log_warn("upgrade.refused", "%.*s", (int)strcspn(refused, "\n"), refused);
        return refused;
    }
    u->state = UPGRADE_STARTING;
    u->is_late = false;
    u->details[0] = '\0';
    rc = start(u, pair[0], pair[1]);
    close(pair[1]);
    if (rc < 0) {
        snprintf(reason, sizeof(reason), "could not be started: %s", strerror(-rc));
        abandon(u, reason);
        return u->text;
    }
    u->fn = fn;
    u->arg = arg;
    log_info("upgrade.started", "pid=%d program=%s", (int)u->process.pid, u->program);
    uv_timer_start(&u->timer, on_late,
                   (uint64_t)(conf_int(config, "timeouts.check") +
                              conf_int(config, "timeouts.start") + SLACK_MS),
                   0);
    uv_poll_start(&u->poll, UV_READABLE | UV_DISCONNECT, on_channel);
    return NULL;
}

void upgrade_forget(struct upgrade *u, const void *arg)
{
    if (u->arg == arg)
        u->fn = NULL;
}

void upgrade_cancel(struct upgrade *u)
{
    if (u->state != UPGRADE_STARTING || u->newer < 0)
        return;
    uv_poll_stop(&u->poll);
    channel_send(u->newer, CHANNEL_RETIRE, NULL); /* it may not handle the signal yet */
    uv_process_kill(&u->process, SIGTERM);
    uv_timer_start(&u->timer, on_late, CANCEL_MS, 0);
    answer(u, false, "leat is stopping\n");
}

void upgrade_kill(struct upgrade *u)
{
    if (u->state == UPGRADE_STARTING && u->newer >= 0)
        uv_process_kill(&u->process, SIGKILL);
}

void upgrade_fini(struct upgrade *u)
{
    if (u->older >= 0)
        close(u->older);
    free(u->program);
    u->program = NULL;
    u->older = -1;
}
