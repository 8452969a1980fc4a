/* SPDX-License-Identifier: MIT */
#include "t/workers/peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "workers/http/http.h"

enum { WATCHES = 8, TURN_S = 20 };

struct peer {
    int fd, port;
    pthread_t thread;
    void (*serve)(int fd);
};

static struct {
    int fd;
    void (*fn)(void *arg);
    void *arg;
} watches[WATCHES];
static size_t watch_count;

void http_watch(int fd, void (*fn)(void *arg), void *arg)
{
    cr_assert(watch_count < WATCHES);
    watches[watch_count].fd = fd;
    watches[watch_count].fn = fn;
    watches[watch_count++].arg = arg;
}

void http_unwatch(void (*fn)(void *arg))
{
    for (size_t i = 0; i < watch_count; i++)
        if (watches[i].fn == fn)
            watches[i].fd = -1;
}

void peer_turn_once(void)
{
    for (size_t i = 0; i < watch_count; i++) {
        struct pollfd p = {watches[i].fd, POLLIN, 0};

        if (poll(&p, 1, 10) == 1 && p.revents & POLLIN)
            watches[i].fn(watches[i].arg);
    }
}

void peer_turn(const bool *is_done)
{
    uint64_t end = clock_ns() + TURN_S * NS_PER_S;

    while (!*is_done && clock_ns() < end)
        peer_turn_once();
    cr_expect(*is_done);
}

static void *run(void *arg)
{
    struct peer *p = arg;
    int fd;

    while ((fd = accept(p->fd, NULL, NULL)) >= 0) {
        p->serve(fd);
        close(fd);
    }
    return NULL;
}

struct peer *peer_start(void (*serve)(int fd))
{
    struct peer *p = calloc(1, sizeof(*p));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    cr_assert(p);
    p->serve = serve;
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(p->fd, (struct sockaddr *)&address, len) == 0 && listen(p->fd, 16) == 0);
    getsockname(p->fd, (struct sockaddr *)&address, &len);
    p->port = ntohs(address.sin_port);
    cr_assert(pthread_create(&p->thread, NULL, run, p) == 0);
    return p;
}

int peer_port(const struct peer *p)
{
    return p->port;
}

void peer_stop(struct peer **p)
{
    shutdown((*p)->fd, SHUT_RDWR);
    pthread_join((*p)->thread, NULL);
    close((*p)->fd);
    free(*p);
    *p = NULL;
}

bool peer_send(int fd, const char *text)
{
    size_t len = strlen(text);

    return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

bool peer_read(int fd, const char *end, char *to, int size)
{
    int len = 0;

    to[0] = '\0';
    while (!strstr(to, end)) {
        ssize_t n = len < size - 1 ? read(fd, to + len, (size_t)(size - 1 - len)) : 0;

        if (n <= 0)
            return false;
        to[len += (int)n] = '\0';
    }
    return true;
}
