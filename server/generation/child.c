/* SPDX-License-Identifier: MIT */
/*
 * A worker parses what clients send, and may be controlled by an attacker: the master, which may be
 * root, believes nothing that it says. It knows the process by its own handle, not by a pid in
 * shared memory; it takes no descriptors from the channel; and it kills a worker that sends what
 * none of ours sends, because a flood would cost the sender nothing and keep the master's loop
 * busy.
 */
#include "server/generation/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/os_account.h"
#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/process/environment.h"
#include "server/generation/generation.h"
#include "server/generation/logs.h"
#include "server/generation/supervise.h"

enum {
    MESSAGES_MAX = 16, /* in a worker's life; READY, DRAINING and FAILED are three */
    AGAIN_MS = 1000,
    LISTENERS_MAX = 64 /* of the configuration: conf.def */
};

static void on_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    assert(c->open_handles > 0);
    if (--c->open_handles == 0)
        free(c);
}

static void close_channel(struct child *c)
{
    if (c->has_poll)
        uv_close((uv_handle_t *)&c->poll, on_closed);
    if (c->channel >= 0)
        close(c->channel);
    c->has_poll = false;
    c->channel = -1;
}

/* Closes all that is open; the struct is freed with the last handle. */
static void dispose(struct child *c)
{
    close_channel(c);
    uv_close((uv_handle_t *)&c->respawn, on_closed);
    if (c->has_process)
        uv_close((uv_handle_t *)&c->process, on_closed);
    c->has_process = false;
}

static void release_slot(struct child *c)
{
    assert(c->slot < 0 || c->generation);
    if (c->slot >= 0)
        shm_slot_release(c->generation->segment->shm, &c->generation->segment->own, c->slot);
    c->slot = -1;
}

/* --- messages from the worker --- */

static void on_ready(struct child *c, const char *text)
{
    (void)text;
    if (c->state == CHILD_STARTING)
        supervise_on_ready(c);
}

static void on_draining(struct child *c, const char *text)
{
    (void)text;
    if (!c->is_closed)
        generation_child_closed(c->generation, c);
}

static void on_failed(struct child *c, const char *text)
{
    snprintf(c->reason, sizeof(c->reason), "%s", text);
}

static const struct {
    enum channel_type type;
    void (*run)(struct child *c, const char *text);
} messages[] = {
    {CHANNEL_READY, on_ready}, {CHANNEL_DRAINING, on_draining}, {CHANNEL_FAILED, on_failed}};

/* Handles a message. Returns false if no worker sends such a message. */
static bool take_message(struct child *c, const struct channel_message *m)
{
    for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++)
        if (messages[i].type == m->type) {
            messages[i].run(c, m->text);
            return true;
        }
    return false;
}

static void distrust(struct child *c)
{
    log_error("worker.distrusted", "pid=%d: sent an invalid message", (int)c->process.pid);
    snprintf(c->reason, sizeof(c->reason), "sent an invalid message and was killed");
    close_channel(c);
    child_kill(c, SIGKILL);
}

static void read_messages(struct child *c)
{
    struct channel_message m;
    enum channel_result result = CHANNEL_EMPTY;
    bool is_ours = true;

    while (is_ours && c->channel >= 0 && (result = channel_receive(c->channel, &m)) > 0)
        is_ours = ++c->heard <= MESSAGES_MAX && take_message(c, &m);
    if (!is_ours || result == CHANNEL_GARBAGE)
        distrust(c);
    else if (result == CHANNEL_GONE && c->has_poll)
        uv_poll_stop(&c->poll); /* its exit follows */
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status < 0)
        uv_poll_stop(poll);
    else
        read_messages(poll->data);
}

/* --- messages to the worker --- */

static bool send_message(struct child *c, enum channel_type type)
{
    const struct fleet *f = c->generation->fleet;

    if (type == CHANNEL_REOPEN)
        return channel_send_fds(c->channel, type, (int[2]){f->access_fd, f->log_fd});
    return channel_send(c->channel, type, type == CHANNEL_LEVEL ? f->level : NULL);
}

void child_tell(struct child *c, enum channel_type type)
{
    assert(type >= CHANNEL_ACCEPT && type <= CHANNEL_LEVEL);
    if (c->channel < 0)
        return;
    if (send_message(c, type))
        c->untold &= ~(1u << type);
    else
        c->untold |= 1u << type;
}

void child_tell_again(struct child *c)
{
    for (unsigned type = CHANNEL_ACCEPT; c->untold && type <= CHANNEL_LEVEL; type++)
        if (c->untold >> type & 1)
            child_tell(c, (enum channel_type)type);
}

/* --- start and end --- */

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;
    struct generation *g = c->generation;

    assert(c->has_process && c->state != CHILD_WAITING);
    read_messages(c); /* its last messages may still be unread */
    supervise_on_exit(c, status, signal);
    release_slot(c);
    dispose(c);
    generation_remove(g, c);
}

static struct child *child_new(struct generation *g, int index)
{
    struct child *c = xcalloc(1, sizeof(*c));

    assert(index >= 0 && index < GENERATION_WORKERS_MAX);
    c->generation = g;
    c->index = index;
    c->slot = -1;
    c->channel = -1;
    c->process.data = c->poll.data = c->respawn.data = c;
    uv_timer_init(g->fleet->loop, &c->respawn);
    c->open_handles = 1;
    generation_add(g, c);
    return c;
}

/* Fills the descriptors 0, 1, 2 … as declared in lib/core/channel.h. */
static int fill_stdio(struct child *c, int channel, uv_stdio_container_t *stdio)
{
    struct generation *g = c->generation;
    const struct fleet *f = g->fleet;
    int fds[CHANNEL_FD_LISTEN] = {
        -1, f->access_fd, f->log_fd, channel, g->segment->fd, g->release_fd, g->secrets_fd};

    assert(g->listen_count <= LISTENERS_MAX);
    stdio[0] = (uv_stdio_container_t){.flags = UV_IGNORE};
    for (int i = 1; i < CHANNEL_FD_LISTEN; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fds[i]};
    for (int i = 0; i < g->listen_count; i++)
        stdio[CHANNEL_FD_LISTEN + i] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = g->listen_fds[i]};
    return CHANNEL_FD_LISTEN + g->listen_count;
}

static bool set_account(struct generation *g, uv_process_options_t *options, struct diags *diags)
{
    const char *user = conf_string(g->config, "user");
    struct os_account account;

    if (geteuid() != 0 || !user)
        return true;
    if (!os_account_find(user, conf_string(g->config, "group"), &account, diags))
        return false;
    options->uid = account.uid;
    options->gid = account.gid;
    options->flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
    return true;
}

static bool spawn(struct child *c, int channel, struct diags *diags)
{
    struct generation *g = c->generation;
    const struct fleet *f = g->fleet;
    uv_stdio_container_t stdio[CHANNEL_FD_LISTEN + LISTENERS_MAX];
    char slot[16], id[16];
    char *args[] = {(char *)(uintptr_t)f->worker_path, "--slot", slot, "--generation", id, NULL};
    char **environment = environment_visible();
    uv_process_options_t options = {.file = f->worker_file,
                                    .args = args,
                                    .env = environment,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = fill_stdio(c, channel, stdio)};
    int rc = -1;

    assert(c->slot >= 0 && g->id);
    snprintf(slot, sizeof(slot), "%d", c->slot);
    snprintf(id, sizeof(id), "%u", g->id);
    if (set_account(g, &options, diags)) {
        c->has_process = true; /* uv_spawn() initializes the handle even if it fails */
        c->open_handles++;
        rc = uv_spawn(f->loop, &c->process, &options);
        logs_unblock(f);
        if (rc != 0)
            diag_error(diags, NULL, "%s: %s", f->worker_path, strerror(-rc));
    }
    free(environment);
    return rc == 0;
}

static bool open_channel(struct child *c, int pair[static 2], struct diags *diags)
{
    int rc;

    assert(c->channel < 0 && !c->has_poll);
    if (!channel_pair(pair)) {
        diag_error(diags, NULL, "creating a channel to a worker: %s", strerror(errno));
        return false;
    }
    c->channel = pair[0];
    rc = uv_poll_init(c->generation->fleet->loop, &c->poll, c->channel);
    if (rc < 0) {
        diag_error(diags, NULL, "watching the channel to a worker: %s", strerror(-rc));
        close(pair[1]);
        return false;
    }
    c->has_poll = true;
    c->open_handles++;
    return true;
}

static bool take_slot(struct child *c, struct diags *diags)
{
    struct segment *s = c->generation->segment;

    assert(c->slot < 0);
    c->slot = shm_slot_take(s->shm, &s->own, c->generation->id);
    if (c->slot < 0) {
        diag_error(diags, NULL, "starting a worker: no free slot in shared memory");
        return false;
    }
    c->requests_before = s->shm->slots[c->slot].counts[COUNT_REQUESTS];
    return true;
}

/* Spawns the process. On failure returns false; dispose() closes what is open by then. */
static bool start(struct child *c, struct diags *diags)
{
    int pair[2];
    bool ok;

    assert(c->state == CHILD_WAITING && !c->has_process);
    if (!take_slot(c, diags) || !open_channel(c, pair, diags))
        return false;
    ok = spawn(c, pair[1], diags);
    close(pair[1]);
    if (!ok)
        return false;
    c->state = CHILD_STARTING;
    c->spawned_ns = clock_ns();
    uv_poll_start(&c->poll, UV_READABLE | UV_DISCONNECT, on_channel);
    return true;
}

static void discard(struct child *c)
{
    release_slot(c);
    dispose(c);
    generation_remove(c->generation, c);
}

struct child *child_spawn(struct generation *g, int index, struct diags *diags)
{
    struct child *c = child_new(g, index);

    if (start(c, diags))
        return c;
    discard(c);
    return NULL;
}

static void on_respawn(uv_timer_t *timer)
{
    struct child *c = timer->data;
    struct diags diags = {0};

    if (!start(c, &diags)) {
        log_error("worker.not-started", "index=%d reason=\"%s\"", c->index, diags.items->message);
        child_spawn_later(c->generation, c->index, AGAIN_MS);
        discard(c);
    }
    diags_fini(&diags);
}

void child_spawn_later(struct generation *g, int index, uint64_t delay_ms)
{
    struct child *c = child_new(g, index);

    uv_timer_start(&c->respawn, on_respawn, delay_ms, 0);
}

void child_retire(struct child *c, enum channel_type how)
{
    assert(how == CHANNEL_RETIRE || how == CHANNEL_DRAIN);
    c->is_unwanted = true;
    if (c->state == CHILD_WAITING) {
        discard(c);
        return;
    }
    if (c->state == CHILD_READY)
        c->state = CHILD_DRAINING;
    child_tell(c, how);
}

void child_kill(struct child *c, int signal)
{
    if (c->state == CHILD_WAITING)
        return;
    assert(c->process.pid > 0);
    uv_process_kill(&c->process, signal);
}

uint64_t child_requests(const struct child *c)
{
    const struct shm *shm = c->generation->segment->shm;

    return c->slot < 0 ? 0 : shm->slots[c->slot].counts[COUNT_REQUESTS] - c->requests_before;
}

uint64_t child_memory(const struct child *c)
{
    return c->slot < 0 ? 0 : c->generation->segment->shm->slots[c->slot].memory;
}

uint64_t child_due_ms(const struct child *c)
{
    return c->state == CHILD_WAITING ? uv_timer_get_due_in(&c->respawn) : 0;
}

const char *child_state_name(const struct child *c)
{
    static const char *const names[] = {"waiting", "starting", "ready", "draining"};

    assert(c->state <= CHILD_DRAINING);
    return names[c->state];
}
