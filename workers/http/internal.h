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

#include "workers/http/http.h"

enum phase {
    PHASE_PROXY,  /* its PROXY header is awaited */
    PHASE_LINGER, /* it was answered for the last time */
    PHASE_IDLE,
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_HANDLE,
    PHASE_WRITE,
    PHASE_COUNT
};

/* A listener as h2o needs it. */
struct endpoint {
    const struct worker_listener *config;
    h2o_accept_ctx_t accept;
};

struct address;

struct connection {
    h2o_linklist_t link;
    h2o_socket_t *sock;
    const struct endpoint *endpoint;
    struct proxy *proxy;     /* in PHASE_PROXY, else NULL */
    struct address *address; /* of the client, where it counts; see address.c */
    char *tls_subject;       /* owned; NULL: no verified certificate */
    uint64_t since_ns;       /* when `phase` began, to the precision of the tick */
    uint64_t heard_ns;       /* when something was thrown away; see linger.c */
    uint64_t served;         /* requests */
    uint64_t seen;           /* `served` at the last tick */
    enum phase phase;
    int activity;     /* its entry in shared memory, or -1 */
    int last_fd;      /* a duplicate of the socket, which outlives h2o's; or -1 */
    bool is_active;   /* a request is being handled or answered */
    bool is_answered; /* its answer is on the way out */
    bool is_trusted;
    bool is_counted; /* against limits.per-address */
    bool is_shaking; /* the TLS handshake has begun, and is not done */
    bool is_lingering;
    bool is_cut; /* before: now without a farewell */
    char client[ADDRESS_TEXT];
};

struct http_state {
    struct worker *worker;
    h2o_globalconf_t config;
    h2o_context_t context;
    h2o_linklist_t connections;
    size_t connection_count;
    bool is_accepting; /* wanted; a shortage may pause it */
    bool is_paused;
};

extern struct http_state http;

/* accept.c */
bool accept_open(char **why);
void accept_start(void);
void accept_pause(void);
void accept_drain_backlog(void);
/* Closes the listeners, which other processes may have too. */
void accept_close(void);
void accept_finish(void);
/* address.c: connections by client address. */
/* Counts one more; NULL where the address has `limit` already. */
struct address *address_take(const char *text, uint32_t limit);
void address_release(struct address *address);
/* clock.c: makes libh2o's timers monotonic. False: it does not work. */
bool clock_guard_start(void);
/* connection.c */
/* Takes the accepted descriptor and serves it, after its PROXY header where one is due. */
void connection_accept(const struct endpoint *endpoint, int fd, const struct sockaddr *peer);
struct connection *connection_of(h2o_req_t *req);
/* A fresh socket of h2o on the descriptor, which it owns. */
void connection_set_socket(struct connection *c, int fd, int flags);
void connection_set_phase(struct connection *c, enum phase phase);
void connection_sweep(void);
/* Closes those that wait for a request. */
void connection_close_idle(void);
/* Logs and ends all. */
void connection_cut_all(void);
/* guard.c */
bool guard_start(size_t header_bytes, const char **why);
/* The error that a refused head stands for; OK for any other request. */
enum err guard_head_error(const h2o_req_t *req);
/* linger.c */
/* Before a last answer: the connection is to stay until the client has read it. */
void linger_prepare(struct connection *c);
/* h2o has closed the connection. True: it lingers, and is closed once more. */
bool linger_begin(struct connection *c);
/* Whether it lingers for a client that still sends. */
bool linger_is_busy(const struct connection *c);
/* server.c */
/* Answers `req` with an error that libh2o found. */
void server_answer_error(h2o_req_t *req, enum err err);
/* tls.c */
/* A context of the listener; NULL: *why is for free(). */
SSL_CTX *tls_open(const struct worker_listener *listener, char **why);
void tls_close(SSL_CTX *context);

#endif
