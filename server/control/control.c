/* SPDX-License-Identifier: MIT */
/*
 * The listening socket is watched by a poll handle and accepted from one connection at a time, not
 * by uv_listen(): when no descriptor is free, libuv 1.44 may retry to accept for ever within one
 * turn of the loop, and the master has no other. Here it pauses for a moment and tries again;
 * clients wait in the backlog meanwhile.
 */
#include "server/control/control.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "lib/conf/os_account.h"
#include "lib/conf/conf.h"
#include "server/control/control_connection.h"

enum { BACKLOG = 64, PAUSE_MS = 200 };

static void on_connection(uv_poll_t *poll, int status, int events)
{
    (void)events;
    if (status == 0)
        control_connection_accept(poll->data);
}

static void on_pause_over(uv_timer_t *timer)
{
    struct control *c = timer->data;

    if (c->is_open)
        uv_poll_start(&c->poll, UV_READABLE, on_connection);
}

void control_pause(struct control *c)
{
    assert(c->is_open);
    uv_poll_stop(&c->poll);
    uv_timer_start(&c->pause, on_pause_over, PAUSE_MS, 0);
}

void control_init(struct control *c, uv_loop_t *loop, const struct control_events *events,
                  void *owner)
{
    c->loop = loop;
    c->events = events;
    c->owner = owner;
    uv_timer_init(loop, &c->pause);
    c->poll.data = c->pause.data = c;
}

static bool find_owner(struct json_object *config, struct unix_socket_options *o,
                       struct diags *diags)
{
    const char *user = conf_string(config, "control.owner");
    const char *group = conf_string(config, "control.group");

    return (!user || os_account_find_user(user, "control.owner", &o->uid, diags)) &&
           (!group || os_account_find_group(group, "control.group", &o->gid, diags));
}

static bool bind_path(struct control *c, struct json_object *config, struct diags *diags)
{
    struct unix_socket_options o = {.path = conf_string(config, "control.socket"),
                                    .label = "control.socket: ",
                                    .mode = (mode_t)conf_int(config, "control.mode"),
                                    .uid = (uid_t)-1,
                                    .gid = (gid_t)-1,
                                    .backlog = BACKLOG};

    if (!find_owner(config, &o, diags))
        return false;
    c->fd = unix_socket_listen(&o, &c->file, diags);
    if (c->fd >= 0)
        c->path = xstrdup(o.path);
    return c->fd >= 0;
}

static bool watch(struct control *c, struct diags *diags)
{
    int rc = uv_poll_init(c->loop, &c->poll, c->fd);

    assert(c->fd >= 0 && c->path && !c->is_open);
    if (rc < 0) {
        diag_error(diags, NULL, "control.socket: %s: %s", c->path, strerror(-rc));
        return false;
    }
    c->is_open = true;
    if (!c->is_borrowed)
        uv_poll_start(&c->poll, UV_READABLE, on_connection);
    return true;
}

bool control_open(struct control *c, struct json_object *config, struct diags *diags)
{
    assert(!c->is_open);
    if (c->fd >= 0 && strcmp(c->path, conf_string(config, "control.socket")) == 0)
        return watch(c, diags);
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->left_path = c->path;
    c->left_file = c->file;
    c->path = NULL;
    c->is_borrowed = false;
    return bind_path(c, config, diags) && watch(c, diags);
}

void control_adopt(struct control *c, int fd, const char *path)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    c->fd = fd;
    c->path = xstrdup(path);
    unix_socket_identify(path, &c->file);
    c->is_borrowed = true;
}

void control_listen(struct control *c)
{
    assert(c->is_open);
    if (c->is_borrowed)
        uv_poll_start(&c->poll, UV_READABLE, on_connection);
    c->is_borrowed = false;
    if (c->left_path)
        unix_socket_remove(c->left_path, &c->left_file);
    free(c->left_path);
    c->left_path = NULL;
}

static void close_socket(struct control *c)
{
    if (c->is_open)
        uv_close((uv_handle_t *)&c->poll, NULL);
    if (c->fd >= 0)
        close(c->fd);
    c->is_open = false;
    c->fd = -1;
}

void control_disown(struct control *c)
{
    c->is_borrowed = true;
    close_socket(c);
}

void control_drained(struct control *c, const char *text)
{
    control_connection_tell_drained(c, text);
}

void control_close(struct control *c)
{
    while (c->clients)
        control_connection_close(c->clients);
    close_socket(c);
    uv_close((uv_handle_t *)&c->pause, NULL);
    if (c->path && !c->is_borrowed)
        unix_socket_remove(c->path, &c->file);
    free(c->path);
    free(c->left_path);
    c->path = c->left_path = NULL;
}
