/* SPDX-License-Identifier: MIT */
/* The declarations that the files of workers/http share. Only this header includes h2o. */
#ifndef LEAT_WORKERS_HTTP_INTERNAL_H
#define LEAT_WORKERS_HTTP_INTERNAL_H

/* The headers of h2o do not compile cleanly under our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-function-type"
#include <h2o.h>
#pragma GCC diagnostic pop

#include <sys/epoll.h>

#include "lib/core/clock.h"
#include "lib/core/fault.h"
#include "workers/http/parse/head.h"
#include "workers/http/http.h"

/* A listener in the form that h2o needs. */
struct endpoint {
    const struct worker_listener *config;
    h2o_accept_ctx_t accept;
};

struct connection;

struct http_state {
    struct worker *worker;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_linklist_t connections;
    size_t connection_count;
    bool is_accepting; /* false: closed; a shortage pauses a listener only */
};

extern struct http_state http;

/* Removes the node from its list, if it is in one. */
static inline void list_leave(h2o_linklist_t *node)
{
    if (h2o_linklist_is_linked(node))
        h2o_linklist_unlink(node);
}

/* Returns whether a second has passed since it last returned true. It limits log lines that clients
 * could otherwise flood. */
static inline bool is_second_later(uint64_t *last_ns)
{
    uint64_t now = clock_ns();
    bool is = now - *last_ns >= NS_PER_S;

    if (is)
        *last_ns = now;
    return is;
}

/* accept.c. Returns false with *fault on failure. */
bool accept_open(struct fault *fault);
void accept_start(void);
/* Called before a descriptor is registered with epoll or removed; asks for EPOLLEXCLUSIVE if it is
 * a listener's. */
void accept_register(int epoll_fd, int op, int fd, struct epoll_event *event);
/* Resumes paused listeners: a place or a descriptor may have become free. */
void accept_resume(void);
/* Does the same, and checks whether other workers have places; call it on each tick. */
void accept_tick(void);
void accept_drain_backlog(void);
/* Closes the listeners; other processes may have them open too. */
void accept_close(void);
void accept_finish(void);
/* The handler of h2o (exchange.c), called with each request as soon as its head is complete. */
int exchange_begin(h2o_handler_t *self, h2o_req_t *req);
/* tls.c */
/* Creates the TLS contexts of the listener. Returns NULL with
 * *fault on failure. */
SSL_CTX *tls_open(const struct worker_listener *listener, struct fault *fault);
void tls_close(SSL_CTX *context);

#endif
