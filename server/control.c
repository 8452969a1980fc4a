/* SPDX-License-Identifier: MIT */
#include "server/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/conf/conf.h"
#include "lib/core/file.h"
#include "server/client.h"
#include "server/master.h"

#include <grp.h>
#include <pwd.h>

enum { BACKLOG = 64 };

static void on_connection(uv_stream_t *server, int status)
{
    if (status == 0)
        client_accept(server->data);
}

/* Whether another master answers at that path. */
static bool is_taken(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool taken;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    taken = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0)
        close(fd);
    return taken;
}

static bool set_owner(const char *path, struct json_object *config)
{
    const char *user = conf_string(config, "control.owner");
    const char *group = conf_string(config, "control.group");
    const struct passwd *p = user ? getpwnam(user) : NULL;
    const struct group *g = group ? getgrnam(group) : NULL;

    if ((user && !p) || (group && !g)) {
        errno = ESRCH;
        return false;
    }
    return (!p && !g) || chown(path, p ? p->pw_uid : (uid_t)-1, g ? g->gr_gid : (gid_t)-1) == 0;
}

/* Not uv_pipe_bind(): that would remove the file when the handle is closed, whoever uses it then.
 */
static int bind_path(struct control *c, struct json_object *config)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = conf_string(config, "control.socket");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;
    mode_t old = umask(0177);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(old);
    if (rc < 0 || !set_owner(path, config) ||
        chmod(path, (mode_t)conf_int(config, "control.mode")) < 0) {
        rc = -errno;
        if (fd >= 0)
            close(fd);
        return rc;
    }
    c->path = strdup(path);
    uv_pipe_open(&c->pipe, fd);
    return uv_listen((uv_stream_t *)&c->pipe, BACKLOG, on_connection);
}

static bool check_path(const char *path, struct diags *diags)
{
    if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        diag_error(diags, NULL, "control.socket: %s: the path is too long", path);
    else if (is_taken(path))
        diag_error(diags, NULL, "control.socket: %s: another leat is running there", path);
    else
        return true;
    return false;
}

bool control_open(struct control *c, struct master *m, struct json_object *config,
                  struct diags *diags)
{
    const char *path = conf_string(config, "control.socket");
    bool is_adopted = c->adopted_fd && strcmp(c->path, path) == 0;
    int rc;

    if (!is_adopted && !check_path(path, diags))
        return false;
    c->master = m;
    uv_pipe_init(&m->loop, &c->pipe, 0);
    c->pipe.data = c;
    c->is_open = true;
    if (is_adopted) {
        rc = uv_pipe_open(&c->pipe, c->adopted_fd);
    } else {
        if (c->adopted_fd)
            close(c->adopted_fd);
        c->stale_path = c->path;
        c->path = NULL;
        c->is_borrowed = false;
        file_make_parent(path);
        unlink(path);
        rc = bind_path(c, config);
    }
    c->adopted_fd = 0;
    if (rc < 0)
        diag_error(diags, NULL, "control.socket: %s: %s", path, uv_strerror(rc));
    return rc == 0;
}

void control_adopt(struct control *c, int fd, const char *path)
{
    c->adopted_fd = fd;
    c->path = strdup(path);
    c->is_borrowed = true;
}

void control_listen(struct control *c)
{
    if (c->is_borrowed)
        uv_listen((uv_stream_t *)&c->pipe, BACKLOG, on_connection);
    c->is_borrowed = false;
    if (c->stale_path)
        unlink(c->stale_path);
    free(c->stale_path);
    c->stale_path = NULL;
}

void control_disown(struct control *c)
{
    c->is_borrowed = true;
    c->is_open = false;
    uv_close((uv_handle_t *)&c->pipe, NULL);
}

int control_fd(const struct control *c)
{
    uv_os_fd_t fd = -1;

    uv_fileno((const uv_handle_t *)&c->pipe, &fd);
    return fd;
}

void control_drained(struct control *c, const char *text)
{
    client_tell_drained(c, text);
}

void control_close(struct control *c)
{
    while (c->clients)
        client_close(c->clients);
    if (c->is_open)
        uv_close((uv_handle_t *)&c->pipe, NULL);
    if (c->path && !c->is_borrowed)
        unlink(c->path);
    free(c->path);
    free(c->stale_path);
    c->path = c->stale_path = NULL;
    c->is_open = false;
}
