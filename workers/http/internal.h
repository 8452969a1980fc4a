/* SPDX-License-Identifier: MIT */
/* What the files of workers/http share; the only place that includes h2o. */
#ifndef LEAT_WORKERS_HTTP_INTERNAL_H
#define LEAT_WORKERS_HTTP_INTERNAL_H

/* h2o's headers are not clean under our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wcast-function-type"
#include <h2o.h>
#pragma GCC diagnostic pop

#include "lib/core/clock.h"
#include "workers/http/head.h"
#include "workers/http/http.h"

/* A listener as h2o needs it. */
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
    bool is_accepting; /* wanted; a shortage may pause a listener */
};

extern struct http_state http;

/* Takes the node out of the list that it is in, if it is in one. */
static inline void list_leave(h2o_linklist_t *node)
{
    if (h2o_linklist_is_linked(node))
        h2o_linklist_unlink(node);
}

/* Whether a second has passed since it last returned true: for lines of the log that clients could
 * fill it with. */
static inline bool is_second_later(uint64_t *last_ns)
{
    uint64_t now = clock_ns();
    bool is = now - *last_ns >= NS_PER_S;

    if (is)
        *last_ns = now;
    return is;
}

/* accept.c */
bool accept_open(char **why);
void accept_start(void);
/* Goes on where accepting was paused: a place or a descriptor may have come free. */
void accept_resume(void);
/* The same, and sees whether other workers have places; call it each tick. */
void accept_tick(void);
void accept_drain_backlog(void);
/* Closes the listeners, which other processes may have too. */
void accept_close(void);
void accept_finish(void);
/* exchange.c: h2o's handler, which is called with each request as soon as its head is whole. */
int exchange_begin(h2o_handler_t *self, h2o_req_t *req);
/* guard.c */
bool guard_start(size_t header_bytes, const char **why);
/* The head that h2o was given for `req`, and its length in bytes; once for each request. Valid
 * until the next head is parsed. */
const struct head *guard_take_head(const h2o_req_t *req, size_t *len);
/* tls.c */
/* A context of the listener; NULL: *why is for free(). */
SSL_CTX *tls_open(const struct worker_listener *listener, char **why);
void tls_close(SSL_CTX *context);

#endif
