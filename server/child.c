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
#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "server/master.h"
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
    uv_close((uv_handle_t *)&c->process, on_closed);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct child *c = process->data;
    struct generation *g = c->generation;
    struct channel_message m;

    while (channel_receive(c->channel, &m) > 0) /* its last words may not have been read yet */
        if (m.type == CHANNEL_FAILED)
            snprintf(c->reason, sizeof(c->reason), "%s", m.text);
    shm_slot_release(g->master->shm, c->slot);
    g->children[c->index] = NULL;
    supervise_on_exit(c, status, signal);
    dispose(c);
    generation_child_gone(g);
}

static void on_channel(uv_poll_t *poll, int status, int events)
{
    struct child *c = poll->data;
    struct channel_message m;
    int result;

    (void)events;
    if (status < 0) {
        uv_poll_stop(poll);
        return;
    }
    while ((result = channel_receive(c->channel, &m)) > 0) {
        if (m.type == CHANNEL_READY)
            supervise_on_ready(c);
        else if (m.type == CHANNEL_DRAINING)
            c->state = CHILD_DRAINING;
        else if (m.type == CHANNEL_FAILED)
            snprintf(c->reason, sizeof(c->reason), "%s", m.text);
    }
    if (result < 0)
        uv_poll_stop(poll); /* its exit follows */
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
    uv_timer_init(&g->master->loop, &c->respawn);
    c->open_handles = 1;
    g->children[index] = c;
    g->child_count++;
    return c;
}

/* Undoes child_new(); *why is for free(). */
static bool give_up(struct child *c, char **why, const char *what, const char *cause)
{
    struct generation *g = c->generation;

    if (asprintf(why, "%s: %s", what, cause) < 0)
        abort();
    if (c->slot >= 0)
        shm_slot_release(g->master->shm, c->slot);
    g->children[c->index] = NULL;
    g->child_count--;
    uv_close((uv_handle_t *)&c->respawn, on_closed);
    return false;
}

/* The descriptors 0, 1, 2 … of lib/core/channel.h. */
static int fill_stdio(struct child *c, int channel, uv_stdio_container_t *stdio)
{
    struct generation *g = c->generation;
    int fds[CHANNEL_FD_LISTEN] = {-1,           g->master->access_fd, g->master->log_fd,
                                  channel,      g->master->shm_fd,    g->release_fd,
                                  g->secrets_fd};

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
    char *args[] = {(char *)(uintptr_t)g->master->options.worker_path,
                    "--slot",
                    slot,
                    "--generation",
                    id,
                    NULL};
    uv_process_options_t options = {.file = args[0],
                                    .args = args,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = fill_stdio(c, channel, stdio)};

    snprintf(slot, sizeof(slot), "%d", c->slot);
    snprintf(id, sizeof(id), "%u", g->id);
    if (!set_account(g, &options))
        return UV_EINVAL;
    return uv_spawn(&g->master->loop, &c->process, &options);
}

static bool start(struct child *c, char **why)
{
    struct generation *g = c->generation;
    int pair[2], rc;

    c->slot = shm_slot_take(g->master->shm, g->id);
    if (c->slot < 0)
        return give_up(c, why, "starting a worker", "no slot is free in shared memory");
    if (!channel_pair(pair))
        return give_up(c, why, "starting a worker", strerror(errno));
    rc = spawn(c, pair[1]);
    close(pair[1]);
    if (rc < 0) {
        close(pair[0]);
        c->open_handles++; /* uv_spawn() initialised the handle all the same */
        uv_close((uv_handle_t *)&c->process, on_closed);
        return give_up(c, why, g->master->options.worker_path, uv_strerror(rc));
    }
    c->channel = pair[0];
    c->spawned_ns = clock_ns();
    uv_poll_init(&g->master->loop, &c->poll, c->channel);
    uv_poll_start(&c->poll, UV_READABLE | UV_DISCONNECT, on_channel);
    c->open_handles += 2;
    return true;
}

bool child_spawn(struct generation *g, int index, char **why)
{
    return start(child_new(g, index), why);
}

static void on_respawn(uv_timer_t *timer)
{
    struct child *c = timer->data;
    struct generation *g = c->generation;
    int index = c->index;
    char *why = NULL;

    if (start(c, &why))
        return;
    free(why);
    child_spawn_later(g, index, 1000);
}

void child_spawn_later(struct generation *g, int index, uint64_t delay_ms)
{
    struct child *c = child_new(g, index);

    uv_timer_start(&c->respawn, on_respawn, delay_ms, 0);
}

void child_drain(struct child *c)
{
    struct generation *g = c->generation;

    if (c->slot < 0) {
        g->children[c->index] = NULL;
        uv_close((uv_handle_t *)&c->respawn, on_closed);
        generation_child_gone(g);
        return;
    }
    c->state = CHILD_DRAINING;
    channel_send(c->channel, CHANNEL_DRAIN, NULL);
}

void child_kill(struct child *c, int signal)
{
    if (c->slot >= 0)
        uv_process_kill(&c->process, signal);
    else
        child_drain(c);
}
