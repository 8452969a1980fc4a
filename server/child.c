/* SPDX-License-Identifier: MIT */
#include "server/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/account.h"
#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "server/generation.h"
#include "server/supervise.h"

static void on_closed(uv_handle_t *handle)
{
    struct child *c = handle->data;

    if (--c->open_handles == 0)
        free(c);
}

/* Closes what is open of it; the struct goes with the last handle. */
static void dispose(struct child *c)
{
    if (c->channel >= 0) {
        uv_close((uv_handle_t *)&c->poll, on_closed);
        close(c->channel);
        c->channel = -1;
    }
    uv_close((uv_handle_t *)&c->respawn, on_closed);
    if (c->state != CHILD_WAITING)
        uv_close((uv_handle_t *)&c->process, on_closed);
}

static void release_slot(struct child *c)
{
    if (c->slot >= 0)
        shm_slot_release(c->generation->context->shm, c->slot);
    c->slot = -1;
}

static void read_messages(struct child *c)
{
    struct channel_message m;
    int result;

    while ((result = channel_receive(c->channel, &m)) > 0) {
        if (m.type == CHANNEL_READY && c->state == CHILD_STARTING)
            supervise_on_ready(c);
        else if (m.type == CHANNEL_DRAINING)
            generation_child_closed(c->generation, c);
        else if (m.type == CHANNEL_FAILED)
            snprintf(c->reason, sizeof(c->reason), "%s", m.text);
    }
    if (result < 0)
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

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;
    struct generation *g = c->generation;

    read_messages(c); /* its last words may not have been read yet */
    supervise_on_exit(c, status, signal);
    release_slot(c);
    dispose(c);
    generation_remove(g, c);
}

static struct child *child_new(struct generation *g, int index)
{
    struct child *c = calloc(1, sizeof(*c));

    if (!c)
        abort();
    c->generation = g;
    c->index = index;
    c->slot = -1;
    c->channel = -1;
    c->process.data = c->poll.data = c->respawn.data = c;
    uv_timer_init(g->context->loop, &c->respawn);
    c->open_handles = 1;
    generation_add(g, c);
    return c;
}

/* The descriptors 0, 1, 2 … of lib/core/channel.h. */
static int fill_stdio(struct child *c, int channel, uv_stdio_container_t *stdio)
{
    struct generation *g = c->generation;
    const struct generation_context *x = g->context;
    int fds[CHANNEL_FD_LISTEN] = {-1,        x->access_fd,  x->log_fd,    channel,
                                  x->shm_fd, g->release_fd, g->secrets_fd};

    stdio[0] = (uv_stdio_container_t){.flags = UV_IGNORE};
    for (int i = 1; i < CHANNEL_FD_LISTEN; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = fds[i]};
    for (int i = 0; i < g->listen_count; i++)
        stdio[CHANNEL_FD_LISTEN + i] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = g->listen_fds[i]};
    return CHANNEL_FD_LISTEN + g->listen_count;
}

static bool set_account(struct generation *g, uv_process_options_t *options)
{
    const char *user = conf_string(g->config, "user");
    struct account account;
    struct diags diags = {0};
    bool ok = true;

    if (geteuid() != 0 || !user)
        return true;
    ok = account_find(user, conf_string(g->config, "group"), &account, &diags);
    diags_fini(&diags);
    options->uid = account.uid;
    options->gid = account.gid;
    options->flags |= UV_PROCESS_SETUID | UV_PROCESS_SETGID;
    return ok;
}

static int spawn(struct child *c, int channel)
{
    struct generation *g = c->generation;
    uv_stdio_container_t stdio[CHANNEL_FD_LISTEN + 64];
    char slot[16], id[16];
    char *args[] = {
        (char *)(uintptr_t)g->context->worker_path, "--slot", slot, "--generation", id, NULL};
    uv_process_options_t options = {.file = g->context->worker_file,
                                    .args = args,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = fill_stdio(c, channel, stdio)};

    snprintf(slot, sizeof(slot), "%d", c->slot);
    snprintf(id, sizeof(id), "%u", g->id);
    if (!set_account(g, &options))
        return UV_EINVAL;
    return uv_spawn(g->context->loop, &c->process, &options);
}

/* False: *why is for free(), and the child WAITS still. */
static bool start(struct child *c, char **why)
{
    struct shm *shm = c->generation->context->shm;
    const char *what = "starting a worker", *cause = NULL;
    int pair[2], rc = 0;

    c->slot = shm_slot_take(shm, c->generation->id);
    if (c->slot < 0)
        cause = "no slot is free in shared memory";
    else if (!channel_pair(pair))
        cause = strerror(errno);
    if (!cause) {
        rc = spawn(c, pair[1]);
        close(pair[1]);
        c->state = CHILD_STARTING; /* uv_spawn() initialised the handle in any case */
        c->open_handles++;
    }
    if (rc < 0) {
        close(pair[0]);
        what = c->generation->context->worker_path;
        cause = uv_strerror(rc);
    }
    if (cause) {
        if (asprintf(why, "%s: %s", what, cause) < 0)
            abort();
        release_slot(c);
        return false;
    }
    c->channel = pair[0];
    c->spawned_ns = clock_ns();
    c->requests_before = shm->slots[c->slot].counts[COUNT_REQUESTS];
    uv_poll_init(c->generation->context->loop, &c->poll, c->channel);
    uv_poll_start(&c->poll, UV_READABLE | UV_DISCONNECT, on_channel);
    c->open_handles++;
    return true;
}

struct child *child_spawn(struct generation *g, int index, char **why)
{
    struct child *c = child_new(g, index);

    if (start(c, why))
        return c;
    dispose(c);
    generation_remove(g, c);
    return NULL;
}

static void on_respawn(uv_timer_t *timer)
{
    struct child *c = timer->data;
    struct generation *g = c->generation;
    char *why = NULL;

    if (start(c, &why))
        return;
    log_error("worker.not-started", "index=%d reason=\"%s\"", c->index, why);
    free(why);
    child_spawn_later(g, c->index, 1000);
    dispose(c);
    generation_remove(g, c);
}

void child_spawn_later(struct generation *g, int index, uint64_t delay_ms)
{
    struct child *c = child_new(g, index);

    uv_timer_start(&c->respawn, on_respawn, delay_ms, 0);
}

void child_retire(struct child *c, enum channel_type how)
{
    c->is_unwanted = true;
    if (c->state == CHILD_WAITING) {
        dispose(c);
        generation_remove(c->generation, c);
        return;
    }
    if (c->state == CHILD_READY)
        c->state = CHILD_DRAINING;
    channel_send(c->channel, how, NULL);
}

void child_kill(struct child *c, int signal)
{
    uv_process_kill(&c->process, signal);
}

uint64_t child_requests(const struct child *c)
{
    const struct shm *shm = c->generation->context->shm;

    return c->slot < 0 ? 0 : shm->slots[c->slot].counts[COUNT_REQUESTS] - c->requests_before;
}

uint64_t child_memory(const struct child *c)
{
    return c->slot < 0 ? 0 : c->generation->context->shm->slots[c->slot].memory;
}

const char *child_state_name(const struct child *c)
{
    static const char *const names[] = {"waiting", "starting", "ready", "draining"};

    return names[c->state];
}
