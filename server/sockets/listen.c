/* SPDX-License-Identifier: MIT */
/*
 * A listener lives from when a configuration first names its address until one no longer does; in
 * between, generations and even masters come and go around the same descriptor. Three flags tell
 * what closing it means: is_managed, the service manager has it open too, so it is only put aside;
 * is_borrowed, another master has it, so its file must stay; otherwise a unix socket's file is
 * removed, if it is still ours. listen_open() either opens all that are missing or closes again
 * what it opened, so that a failed reload changes nothing.
 */
#include "server/sockets/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "server/sockets/listen_address.h"

enum { FIRST_INHERITED = 3 };

/* Returns a socket that is bound to an address of the internet; -1 with *fault on failure. */
static int bind_inet(const char *text, struct fault *fault)
{
    struct sockaddr_storage address;
    socklen_t len;
    int on = 1, off = 0, fd;

    if (!address_resolve(text, &address, &len, fault))
        return -1;
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        fault_set(fault, "%s", strerror(errno));
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address.ss_family == AF_INET6) /* "*" means both families */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, text[0] == '*' ? &off : &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    fault_set(fault, "%s", strerror(errno));
    close(fd);
    return -1;
}

/* Returns the descriptor, or -1 if it is no socket that listens: one that is not open was not passed
 * on, and its number is soon that of another file of this process. */
static int inherit_one(int fd)
{
    int listens = 0;
    socklen_t len = sizeof(listens);

    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens) {
        log_warn("listen.missing", "fd=%d: LISTEN_FDS names it, and it is no listening socket", fd);
        return -1;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void listen_inherit(struct listeners *l)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    if (pid && count && atol(pid) == getpid() && atoi(count) > 0 && atoi(count) < 1024) {
        l->inherited_count = atoi(count);
        l->inherited = xcalloc((size_t)l->inherited_count, sizeof(int));
        for (int i = 0; i < l->inherited_count; i++)
            l->inherited[i] = inherit_one(FIRST_INHERITED + i);
    }
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
}

static bool is_at(int fd, const char *text)
{
    struct sockaddr_storage have = {0}, want;
    struct sockaddr_un *un = (struct sockaddr_un *)(void *)&have;
    socklen_t len = sizeof(have), want_len;
    struct fault fault;

    if (getsockname(fd, (struct sockaddr *)&have, &len) < 0)
        return false;
    if (address_is_unix(text))
        return have.ss_family == AF_UNIX && strcmp(un->sun_path, address_path(text)) == 0;
    return address_resolve(text, &want, &want_len, &fault) && want_len == len &&
           memcmp(&have, &want, len) == 0;
}

static int take_inherited(struct listeners *l, const char *address)
{
    for (int i = 0; i < l->inherited_count; i++) {
        int fd = l->inherited[i];

        if (fd < 0 || !is_at(fd, address))
            continue;
        l->inherited[i] = -1;
        return fd;
    }
    return -1;
}

static struct listener *find_listener(struct listeners *l, const char *address)
{
    struct listener *item = l->first;

    while (item && strcmp(item->address, address) != 0)
        item = item->next;
    return item;
}

/* Keeps the service manager's socket for later. It is open there in any case, and clients wait in
 * its backlog. */
static void keep_inherited(struct listeners *l, int fd)
{
    int at = 0;

    while (at < l->inherited_count && l->inherited[at] >= 0)
        at++;
    if (at == l->inherited_count) {
        l->inherited = xreallocarray(l->inherited, (size_t)++l->inherited_count, sizeof(int));
    }
    l->inherited[at] = fd;
}

static struct listener *add(struct listeners *l, const char *address, int fd)
{
    struct listener *item = xcalloc(1, sizeof(*item) + strlen(address) + 1);

    item->fd = fd;
    memcpy(item->address, address, strlen(address) + 1);
    item->next = l->first;
    l->first = item;
    return item;
}

void listen_adopt(struct listeners *l, const char *address, int fd, bool is_managed)
{
    struct listener *item = add(l, address, fd);

    fcntl(fd, F_SETFD, FD_CLOEXEC);
    item->is_borrowed = true;
    item->is_managed = is_managed;
    if (address_is_unix(address))
        unix_socket_identify(address_path(address), &item->file);
}

static void set_borrowed(struct listeners *l, bool is_borrowed)
{
    for (struct listener *item = l->first; item; item = item->next)
        item->is_borrowed = is_borrowed;
}

void listen_own(struct listeners *l)
{
    set_borrowed(l, false);
}

void listen_disown(struct listeners *l)
{
    set_borrowed(l, true);
}

static int open_inet(const char *address, int backlog, struct diags *diags)
{
    struct fault fault;
    int fd = bind_inet(address, &fault);

    if (fd >= 0 && listen(fd, backlog) == 0)
        return fd;
    if (fd >= 0) {
        fault_set(&fault, "%s", strerror(errno));
        close(fd);
    }
    diag_error(diags, NULL, "listening on %s: %s", address, fault.text);
    return -1;
}

static int open_unix(const char *address, int backlog, mode_t mode, struct file_identity *file,
                     struct diags *diags)
{
    return unix_socket_listen(&(struct unix_socket_options){.path = address_path(address),
                                                            .label = "listening on unix:",
                                                            .mode = mode,
                                                            .uid = (uid_t)-1,
                                                            .gid = (gid_t)-1,
                                                            .backlog = backlog},
                              file, diags);
}

/* Takes the service manager's socket at that address. Returns -1 if there is none, or on
 * failure. */
static int open_managed(struct listeners *l, const char *address, int backlog, struct diags *diags)
{
    int fd = take_inherited(l, address);

    if (fd < 0 || listen(fd, backlog) == 0)
        return fd;
    diag_error(diags, NULL, "listening on %s: %s", address, strerror(errno));
    keep_inherited(l, fd);
    return -1;
}

static struct listener *open_one(struct listeners *l, struct json_object *config,
                                 struct diags *diags)
{
    const char *address = jget_text(config, "address");
    int backlog = (int)jget_int(config, "backlog");
    struct file_identity file = {0};
    size_t before = diags->errors;
    int fd = open_managed(l, address, backlog, diags);
    bool is_managed = fd >= 0;
    struct listener *item;

    if (fd < 0 && diags->errors == before)
        fd = address_is_unix(address)
                 ? open_unix(address, backlog, (mode_t)jget_int(config, "mode"), &file, diags)
                 : open_inet(address, backlog, diags);
    if (fd < 0)
        return NULL;
    item = add(l, address, fd);
    item->is_managed = is_managed;
    item->file = file;
    return item;
}

static void close_listener(struct listeners *l, struct listener *item)
{
    if (item->is_managed) {
        keep_inherited(l, item->fd);
    } else {
        close(item->fd);
        if (!item->is_borrowed && address_is_unix(item->address))
            unix_socket_remove(address_path(item->address), &item->file);
    }
    free(item);
}

bool listen_open(struct listeners *l, struct json_object *config, int *fds, struct diags *diags)
{
    size_t before = diags->errors;
    struct listener *old = l->first;

    for (size_t i = 0; i < jget_count(config, "listen"); i++) {
        struct json_object *item = jget_item(config, "listen", i);
        struct listener *have = find_listener(l, jget_text(item, "address"));

        if (!have)
            have = open_one(l, item, diags);
        fds[i] = have ? have->fd : -1;
        if (have) {
            have->backlog = (int)jget_int(item, "backlog");
            have->mode = (mode_t)jget_int(item, "mode");
            have->is_tls = jget(item, "tls") != NULL;
        }
    }
    if (diags->errors == before)
        return true;
    while (l->first != old) {
        struct listener *fresh = l->first;

        l->first = fresh->next;
        close_listener(l, fresh);
    }
    return false;
}

static bool is_shut(const struct listener *item)
{
    struct pollfd p = {.fd = item->fd, .events = POLLRDHUP};
    int listens = 0;
    socklen_t len = sizeof(listens);

    if (getsockopt(item->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens)
        return true;
    return address_is_unix(item->address) && poll(&p, 1, 0) > 0 &&
           (p.revents & (POLLRDHUP | POLLHUP));
}

/* Replaces a unix socket, which never accepts again after shutdown(2), under the same descriptor
 * number. */
static bool replace_unix(struct listener *item)
{
    struct diags diags = {0};
    int fd = open_unix(item->address, item->backlog, item->mode, &item->file, &diags);

    if (fd < 0 || dup3(fd, item->fd, O_CLOEXEC) < 0)
        log_error("listen.repair", "%s", diags.errors ? diags.items->message : strerror(errno));
    if (fd >= 0)
        close(fd);
    diags_fini(&diags);
    return fd >= 0;
}

bool listen_repair(struct listeners *l)
{
    bool is_known = true;

    for (struct listener *item = l->first; item; item = item->next) {
        if (item->is_borrowed || !is_shut(item))
            continue;
        log_error("listen.shut", "address=%s: a worker shut it down; listening again",
                  item->address);
        if (!address_is_unix(item->address))
            listen(item->fd, item->backlog);
        else if (!item->is_managed && replace_unix(item))
            is_known = false;
    }
    return is_known;
}

char *listen_address(const struct listener *item)
{
    return address_bound(item->address, item->fd);
}

void listen_report_unused(const struct listeners *l)
{
    for (int i = 0; i < l->inherited_count; i++)
        if (l->inherited[i] >= 0)
            log_warn("listen.unused",
                     "fd=%d: this descriptor of LISTEN_FDS matches no `listen` address",
                     FIRST_INHERITED + i);
}

static bool is_named(struct json_object *config, const char *address)
{
    for (size_t i = 0; i < jget_count(config, "listen"); i++)
        if (strcmp(jget_text(jget_item(config, "listen", i), "address"), address) == 0)
            return true;
    return false;
}

static void forget_inherited(struct listeners *l)
{
    for (int i = 0; i < l->inherited_count; i++)
        if (l->inherited[i] >= 0)
            close(l->inherited[i]);
    free(l->inherited);
    l->inherited = NULL;
    l->inherited_count = 0;
}

void listen_close_unused(struct listeners *l, struct json_object *config)
{
    struct listener **at = &l->first;

    for (struct listener *item = *at; item; item = *at) {
        if (is_named(config, item->address)) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        close_listener(l, item);
    }
    if (!config)
        forget_inherited(l);
}
