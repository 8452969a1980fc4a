/* SPDX-License-Identifier: MIT */
#include "server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/file.h"
#include "lib/core/jget.h"
#include "lib/core/log.h"

enum { FIRST_INHERITED = 3 };

/* "[::]:8080" → the address; *why is static. */
static bool resolve(const char *text, struct sockaddr_storage *out, socklen_t *len,
                    const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *colon = strrchr(text, ':');
    char host[256];
    int rc;

    if (!colon || (size_t)(colon - text) >= sizeof(host)) {
        *why = "not an address";
        return false;
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    if (host[0] == '[') {
        memmove(host, host + 1, strlen(host));
        host[strlen(host) - 1] = '\0';
    }
    if (strcmp(host, "*") == 0)
        hints.ai_family = AF_INET6;
    rc = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints, &found);
    if (rc != 0) {
        *why = gai_strerror(rc);
        return false;
    }
    memcpy(out, found->ai_addr, found->ai_addrlen);
    *len = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* A socket file that nobody answers on is a leftover. */
static void remove_stale(const struct sockaddr_un *address, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, len) < 0 && errno == ECONNREFUSED)
        unlink(address->sun_path);
    close(fd);
}

static int bind_unix(const char *path, mode_t mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    mode_t old;
    int fd, rc;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    file_make_parent(path);
    remove_stale(&address, len);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    old = umask(0177);
    rc = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, len);
    umask(old);
    if (rc == 0 && chmod(path, mode) == 0)
        return fd;
    rc = errno;
    close(fd);
    errno = rc;
    return -1;
}

static int bind_inet(const char *text, const char **why)
{
    struct sockaddr_storage address;
    socklen_t len;
    int on = 1, off = 0, fd, saved;

    if (!resolve(text, &address, &len, why))
        return -1;
    fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address.ss_family == AF_INET6) /* "*" means both families */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, text[0] == '*' ? &off : &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

void listen_inherit(struct listeners *l)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

    if (pid && count && atol(pid) == getpid() && atoi(count) > 0 && atoi(count) < 1024) {
        l->inherited_count = atoi(count);
        l->inherited = calloc((size_t)l->inherited_count, sizeof(int));
        for (int i = 0; l->inherited && i < l->inherited_count; i++) {
            l->inherited[i] = FIRST_INHERITED + i;
            fcntl(l->inherited[i], F_SETFD, FD_CLOEXEC);
            fcntl(l->inherited[i], F_SETFL, O_NONBLOCK);
        }
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
    const char *why;

    if (getsockname(fd, (struct sockaddr *)&have, &len) < 0)
        return false;
    if (strncmp(text, "unix:", 5) == 0)
        return have.ss_family == AF_UNIX && strcmp(un->sun_path, text + 5) == 0;
    return resolve(text, &want, &want_len, &why) && want_len == len &&
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

static struct listener *find(struct listeners *l, const char *address)
{
    struct listener *item = l->first;

    while (item && strcmp(item->address, address) != 0)
        item = item->next;
    return item;
}

static void add(struct listeners *l, const char *address, int fd)
{
    struct listener *item = malloc(sizeof(*item) + strlen(address) + 1);

    if (!item)
        abort();
    item->fd = fd;
    item->is_borrowed = item->is_managed = false;
    memcpy(item->address, address, strlen(address) + 1);
    item->next = l->first;
    l->first = item;
}

void listen_adopt(struct listeners *l, const char *address, int fd, bool is_managed)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    add(l, address, fd);
    l->first->is_borrowed = true;
    l->first->is_managed = is_managed;
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

static struct listener *open_one(struct listeners *l, struct json_object *config,
                                 struct diags *diags)
{
    const char *address = jget_text(config, "address"), *why = NULL;
    int fd = take_inherited(l, address);
    bool is_managed = fd >= 0;

    if (!is_managed)
        fd = strncmp(address, "unix:", 5) == 0
                 ? bind_unix(address + 5, (mode_t)jget_int(config, "mode"))
                 : bind_inet(address, &why);
    if (fd >= 0 && listen(fd, (int)jget_int(config, "backlog")) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        fd = -1;
    }
    if (fd < 0) {
        diag_error(diags, NULL, "listening on %s: %s", address, why ? why : strerror(errno));
        return NULL;
    }
    add(l, address, fd);
    l->first->is_managed = is_managed;
    return l->first;
}

static void close_listener(struct listener *l)
{
    close(l->fd);
    if (!l->is_borrowed && !l->is_managed && strncmp(l->address, "unix:", 5) == 0)
        unlink(l->address + 5);
    free(l);
}

bool listen_open(struct listeners *l, struct json_object *config, int *fds, struct diags *diags)
{
    size_t before = diags->errors;
    struct listener *old = l->first;

    for (size_t i = 0; i < jget_count(config, "listen"); i++) {
        struct json_object *item = jget_item(config, "listen", i);
        struct listener *have = find(l, jget_text(item, "address"));

        if (!have)
            have = open_one(l, item, diags);
        fds[i] = have ? have->fd : -1;
    }
    if (diags->errors == before)
        return true;
    while (l->first != old) {
        struct listener *fresh = l->first;

        l->first = fresh->next;
        close_listener(fresh);
    }
    return false;
}

void listen_report_unused(const struct listeners *l)
{
    for (int i = 0; i < l->inherited_count; i++)
        if (l->inherited[i] >= 0)
            log_warn("listen.unused", "no `listen` has the address of descriptor %d of LISTEN_FDS",
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
        close_listener(item);
    }
    if (!config)
        forget_inherited(l);
}
