/* SPDX-License-Identifier: MIT */
/*
 * Listeners are shared by all workers. Each is added to h2o's own epoll with EPOLLEXCLUSIVE, which
 * h2o does not know of: the executable's epoll_ctl sees to it. One wake-up accepts one connection,
 * and the listener then goes to the end of the kernel's list of waiters, so that light load is
 * spread evenly.
 */
#include "workers/http/internal.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "lib/core/log.h"

struct listener {
    struct endpoint endpoint;
    h2o_socket_t *sock;
    struct epoll_event event; /* as h2o registered it */
    int epoll_fd;
    int fd;
};

static struct listener *listeners;
static size_t listener_count;

static struct listener *listener_of_fd(int fd)
{
    for (size_t i = 0; i < listener_count; i++)
        if (listeners[i].fd == fd)
            return &listeners[i];
    return NULL;
}

static int call_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
    struct listener *l = op == EPOLL_CTL_ADD ? listener_of_fd(fd) : NULL;

    if (l) {
        event->events |= EPOLLEXCLUSIVE;
        l->event = *event;
        l->epoll_fd = epfd;
    }
    return call_epoll_ctl(epfd, op, fd, event);
}

static void requeue(struct listener *l)
{
    struct epoll_event event = l->event;

    call_epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
    call_epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->fd, &event);
}

/* False: nothing was there, or nothing can be taken. */
static bool accept_one(struct listener *l)
{
    static bool is_short; /* said once, not at each tick */
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof(peer);
    int fd = accept4(l->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!is_short) {
                log_warn("accept.paused", "error=\"%s\"", strerror(errno));
                shm_count(http.worker->slot, COUNT_ACCEPT_PAUSED, 1);
            }
            is_short = true;
            accept_pause(); /* the tick resumes */
        }
        return false;
    }
    is_short = false;
    connection_accept(&l->endpoint, fd, (struct sockaddr *)&peer);
    return true;
}

static void on_listener(h2o_socket_t *sock, const char *err)
{
    struct listener *l = sock->data;

    if (err)
        return;
    if (accept_one(l) && !http.is_paused)
        requeue(l);
    if (http.connection_count >= http.worker->limits.connections)
        accept_pause();
}

bool accept_open(char **why)
{
    struct worker *w = http.worker;

    listeners = calloc(w->listener_count + 1, sizeof(*listeners));
    if (!listeners)
        abort();
    for (size_t i = 0; i < w->listener_count; i++) {
        struct listener *l = &listeners[i];

        *l = (struct listener){
            .endpoint = {.config = &w->listeners[i],
                         .accept = {.ctx = &http.context, .hosts = http.config.hosts}},
            .fd = w->listeners[i].fd};
        if (w->listeners[i].tls && !(l->endpoint.accept.ssl_ctx = tls_open(&w->listeners[i], why)))
            return false;
    }
    return true;
}

void accept_start(void)
{
    if (!listener_count) {
        listener_count = http.worker->listener_count;
        for (size_t i = 0; i < listener_count; i++) {
            struct listener *l = &listeners[i];

            l->sock = h2o_evloop_socket_create(http.context.loop, l->fd, H2O_SOCKET_FLAG_DONT_READ);
            l->sock->data = l;
        }
    }
    for (size_t i = 0; i < listener_count; i++)
        h2o_socket_read_start(listeners[i].sock, on_listener);
    http.is_paused = false;
}

void accept_pause(void)
{
    for (size_t i = 0; i < listener_count; i++)
        h2o_socket_read_stop(listeners[i].sock);
    http.is_paused = true;
}

void accept_close(void)
{
    for (size_t i = 0; i < http.worker->listener_count; i++)
        if (i < listener_count)
            h2o_socket_close(listeners[i].sock);
        else if (listeners[i].fd >= 0)
            close(listeners[i].fd);
    for (size_t i = 0; i < http.worker->listener_count; i++)
        listeners[i].fd = -1;
    listener_count = 0;
    http.is_paused = true;
}

void accept_drain_backlog(void)
{
    for (size_t i = 0; i < listener_count; i++)
        while (http.connection_count < http.worker->limits.connections && accept_one(&listeners[i]))
            ;
    accept_close(); /* who comes now is refused, or a newer generation's */
}

void accept_finish(void)
{
    for (size_t i = 0; i < http.worker->listener_count; i++)
        tls_close(listeners[i].endpoint.accept.ssl_ctx);
    free(listeners);
    listeners = NULL;
}
