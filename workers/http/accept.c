/* SPDX-License-Identifier: MIT */
/*
 * All workers share the listeners. Each listener is added to h2o's own epoll with EPOLLEXCLUSIVE,
 * which h2o does not know about: our own epoll_ctl() (h2o_override.c) has accept_register() add the
 * flag. One wake-up accepts one connection, and the listener then moves to the end of the kernel's
 * list of waiters, so that light load spreads evenly. Connections that stay are spread by number: a
 * worker that carries few keeps its place in that list, and one that carries many leaves it for a
 * moment (spread.c).
 *
 * When this worker has no free place, the listener pauses for as long as another worker has one: a
 * worker that will not accept must not be woken, since the kernel wakes nobody else. When no worker
 * has a free place, or no descriptor is left, a connection without a request is closed for the new
 * one. If there is none, the listener pauses until a connection closes. Listeners that serve only
 * admin have a few descriptors in reserve, spent when all others are in use and refilled when some
 * are freed.
 */
#include "workers/http/capacity.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include "lib/core/fault.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "workers/http/spread.h"

struct accept_listener {
    struct endpoint endpoint;
    h2o_socket_t *sock;
    struct epoll_event event; /* as h2o registered it */
    int epoll_fd;
    int fd;
    bool is_registered;       /* with epoll */
    bool is_paused, is_short; /* is_short: out of descriptors since its last accept */
};

enum { RESERVE = 4 };

static struct accept_listener *listeners;
static size_t listener_count;
static bool is_any_paused;
static int reserve[RESERVE]; /* descriptors, or -1 */
static size_t reserve_count;

static struct accept_listener *listener_of_fd(int fd)
{
    for (size_t i = 0; i < listener_count; i++)
        if (listeners[i].fd == fd)
            return &listeners[i];
    return NULL;
}

void accept_register(int epoll_fd, int op, int fd, struct epoll_event *event)
{
    struct accept_listener *l = op != EPOLL_CTL_MOD ? listener_of_fd(fd) : NULL;

    if (!l)
        return;
    l->is_registered = op == EPOLL_CTL_ADD;
    if (!l->is_registered)
        return;
    event->events |= EPOLLEXCLUSIVE;
    l->event = *event;
    l->epoll_fd = epoll_fd;
}

/* Moves the listener to the end of the kernel's list of waiters; libh2o need not know. */
static void requeue(struct accept_listener *l)
{
    struct epoll_event event = l->event;

    syscall(SYS_epoll_ctl, l->epoll_fd, EPOLL_CTL_DEL, l->fd, NULL);
    syscall(SYS_epoll_ctl, l->epoll_fd, EPOLL_CTL_ADD, l->fd, &event);
}

static void pause_listener(struct accept_listener *l)
{
    h2o_socket_read_stop(l->sock);
    l->is_paused = is_any_paused = true;
}

/* Refills the reserve as soon as descriptors are free, so that clients cannot use up those of
 * admin. */
static void fill_reserve(void)
{
    while (listener_count && reserve_count < RESERVE) {
        int fd = eventfd(0, EFD_CLOEXEC);

        if (fd < 0)
            return;
        reserve[reserve_count++] = fd;
    }
}

static void close_reserve(void)
{
    while (reserve_count)
        close(reserve[--reserve_count]);
}

static bool serves_clients(const struct accept_listener *l)
{
    return l->endpoint.config->serve & SERVE_API;
}

/* Frees a descriptor for the listener. Returns false if none can be freed. */
static bool free_descriptor(const struct accept_listener *l)
{
    struct connection *victim = capacity_find_victim();

    if (victim)
        capacity_close(victim);
    else if (!serves_clients(l) && reserve_count)
        close(reserve[--reserve_count]);
    else
        return false;
    return true;
}

static bool is_shortage(int cause)
{
    return cause == EMFILE || cause == ENFILE || cause == ENOBUFS || cause == ENOMEM;
}

/* Accepts one connection. Returns -1 if none was waiting or none can be taken; *cause is the
 * errno. */
static int take_connection(struct accept_listener *l, struct sockaddr_storage *peer, int *cause)
{
    socklen_t len = sizeof(*peer);
    int fd = accept4(l->fd, (struct sockaddr *)peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    *cause = errno;
    if (fd >= 0 || !is_shortage(*cause) || !free_descriptor(l))
        return fd;
    fd = accept4(l->fd, (struct sockaddr *)peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    *cause = errno;
    return fd;
}

/* Logs and counts a shortage of descriptors once, until the listener has accepted again. */
static void note_shortage(struct accept_listener *l, int cause)
{
    static uint64_t said_ns;

    if (cause && !l->is_short) {
        shm_count(http.worker->slot, COUNT_ACCEPT_PAUSED, 1);
        if (is_second_later(&said_ns))
            log_warn("accept.paused", "error=\"%s\"", strerror(cause));
    }
    l->is_short = cause;
    if (cause)
        pause_listener(l);
}

/* Leaves new connections to another worker if that one has free places and this one has none. */
static void look_around(void)
{
    capacity_look_around();
    for (size_t i = 0; i < listener_count; i++)
        if (!listeners[i].is_paused && capacity_is_elsewhere(&listeners[i].endpoint))
            pause_listener(&listeners[i]);
}

/* Returns false if no connection was waiting, or none can be taken. */
static bool accept_one(struct accept_listener *l)
{
    struct sockaddr_storage peer = {0};
    struct connection *victim;
    int fd, cause;
    enum place place = capacity_find_place(&l->endpoint, &victim);

    if (place == PLACE_NONE)
        capacity_complain(&l->endpoint);
    if (place != PLACE_FREE && place != PLACE_OF_VICTIM) {
        pause_listener(l);
        return false;
    }
    fd = take_connection(l, &peer, &cause);
    if (fd < 0) {
        if (is_shortage(cause))
            note_shortage(l, cause);
        return false;
    }
    note_shortage(l, 0);
    if (victim)
        capacity_close(victim);
    connection_accept(&l->endpoint, fd, (struct sockaddr *)&peer);
    if (place == PLACE_FREE && capacity_is_full(&l->endpoint)) /* that was the last free place */
        look_around();
    return true;
}

/* Leaves the listeners of clients to the other workers. */
static void leave_listeners(void)
{
    for (size_t i = 0; i < listener_count; i++)
        if (!listeners[i].is_paused && serves_clients(&listeners[i]))
            pause_listener(&listeners[i]);
}

static void on_listener(h2o_socket_t *sock, const char *err)
{
    struct accept_listener *l = sock->data;

    if (err || !accept_one(l) || l->is_paused)
        return;
    switch (serves_clients(l) ? spread_decide() : SPREAD_NEXT) {
    case SPREAD_NEXT:
        requeue(l);
        return;
    case SPREAD_LEAVE:
        leave_listeners();
        return;
    case SPREAD_STAY:
        return;
    }
}

/* Returns whether others should accept from the listener, and can. */
static bool is_for_others(const struct accept_listener *l)
{
    return capacity_is_elsewhere(&l->endpoint) || (serves_clients(l) && spread_is_leaving());
}

bool accept_open(struct fault *fault)
{
    struct worker *w = http.worker;

    listeners = xcalloc(w->listener_count + 1, sizeof(*listeners));
    for (size_t i = 0; i < w->listener_count; i++) {
        struct accept_listener *l = &listeners[i];

        *l = (struct accept_listener){
            .endpoint = {.config = &w->listeners[i],
                         .accept = {.ctx = &http.context, .hosts = http.config.hosts}},
            .fd = w->listeners[i].fd};
        if (w->listeners[i].tls &&
            !(l->endpoint.accept.ssl_ctx = tls_open(&w->listeners[i], fault)))
            return false;
    }
    return true;
}

void accept_start(void)
{
    listener_count = http.worker->listener_count;
    spread_open();
    for (size_t i = 0; i < listener_count; i++) {
        struct accept_listener *l = &listeners[i];

        l->sock = h2o_evloop_socket_create(http.context.loop, l->fd, H2O_SOCKET_FLAG_DONT_READ);
        l->sock->data = l;
        h2o_socket_read_start(l->sock, on_listener);
    }
    fill_reserve();
}

void accept_resume(void)
{
    fill_reserve();
    if (!is_any_paused)
        return;
    is_any_paused = false;
    for (size_t i = 0; i < listener_count; i++) {
        struct accept_listener *l = &listeners[i];

        if (l->is_paused && !is_for_others(l)) {
            l->is_paused = false;
            h2o_socket_read_start(l->sock, on_listener);
        }
        is_any_paused |= l->is_paused;
    }
}

/* Requeues every listener: its wake-up may have gone to a worker that has paused since, and the
 * connection would wait for ever. */
void accept_tick(void)
{
    look_around();
    for (size_t i = 0; i < listener_count; i++)
        if (!listeners[i].is_paused && listeners[i].is_registered)
            requeue(&listeners[i]);
    accept_resume();
}

void accept_close(void)
{
    spread_close();
    for (size_t i = 0; i < http.worker->listener_count; i++)
        if (i < listener_count)
            h2o_socket_close(listeners[i].sock);
        else if (listeners[i].fd >= 0)
            close(listeners[i].fd);
    for (size_t i = 0; i < http.worker->listener_count; i++)
        listeners[i].fd = -1;
    listener_count = 0;
    is_any_paused = false;
    close_reserve();
}

void accept_drain_backlog(void)
{
    for (size_t i = 0; i < listener_count; i++)
        while (accept_one(&listeners[i]))
            ;
    accept_close(); /* later connections are refused, or go to a newer generation */
}

void accept_finish(void)
{
    for (size_t i = 0; i < http.worker->listener_count; i++)
        tls_close(listeners[i].endpoint.accept.ssl_ctx);
    free(listeners);
    listeners = NULL;
}
