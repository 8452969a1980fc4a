/* SPDX-License-Identifier: MIT */
/* One connection, from accept to close. It belongs to h2o's socket, and is freed with it. */
#ifndef LEAT_WORKERS_HTTP_CONNECTION_H
#define LEAT_WORKERS_HTTP_CONNECTION_H

#include "lib/core/queue/completion.h"
#include "workers/http/parse/body.h"
#include "workers/http/internal.h"

enum phase {
    PHASE_PROXY,  /* waits for its PROXY header */
    PHASE_LINGER, /* has sent its last answer; see linger.c */
    PHASE_IDLE,
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_HANDLE,
    PHASE_WRITE,
    PHASE_COUNT
};

/* The state that the connections of one client address share; see address.c. */
struct address {
    struct address *next;
    uint32_t count; /* connections */
    unsigned head;  /* index of its hash chain */
    size_t buffered;
    h2o_linklist_t waiting; /* connections, linked by `waiting_of_address` */
    char text[];
};

struct connection {
    h2o_linklist_t link;
    h2o_linklist_t resting;                     /* list node of capacity.c */
    h2o_linklist_t waiting, waiting_of_address; /* list nodes of buffered.c */
    h2o_socket_t *sock;
    const struct endpoint *endpoint;
    struct proxy *proxy;     /* NULL outside PHASE_PROXY */
    struct address *address; /* the client's, if it counts against limits.per-address */
    char *tls_subject;       /* owned; NULL: no verified client certificate */
    h2o_req_t *req;          /* while a request is being received or answered, else NULL */
    struct request *request; /* ours for `req`; NULL while only the rest of its body is awaited */
    struct body body;        /* decoder of the request's body, and the bytes; see receive.c */
    struct buf received;
    h2o_buffer_t *head; /* h2o's input, set aside while more is received; or NULL */
    size_t head_len, body_len;
    uint64_t since_ns;            /* when `phase` began, to the precision of the tick */
    uint64_t heard_ns;            /* when input was last discarded; see linger.c */
    uint64_t rested_ms;           /* when it last came to rest; see capacity.c */
    uint64_t progress_ms;         /* when the client last sent or took something, */
    uint64_t progress_bytes;      /* and how many bytes it had by then; see buffered.c */
    uint64_t served;              /* requests so far */
    uint64_t seen;                /* `served` at the last tick */
    size_t buffered;              /* bytes held for it */
    enum phase phase, seen_phase; /* seen_phase: at the last tick */
    int activity;                 /* index of its entry in shared memory, or -1 */
    int last_fd;                  /* duplicate of the socket that outlives h2o's, or -1 */
    enum expectation expectation;
    enum reason reason; /* why the server closes it; REASON_NONE: it does not, or for no fault */
    bool has_body;      /* the request has, or had, a body that is not empty */
    bool is_receiving;  /* the body is being received */
    bool is_answered;   /* the answer is being sent */
    bool is_trusted;
    bool is_counted; /* counts against limits.per-address */
    bool is_shaking; /* in the TLS handshake */
    bool is_lingering;
    bool closes_unread; /* after its answer, because the rest of the body is unwanted */
    bool is_cut;        /* cut before: end it now, without a farewell */
    char client[ADDRESS_TEXT];
};

/* Takes the accepted descriptor and serves it, after its PROXY header if the listener requires
 * one. */
void connection_accept(const struct endpoint *endpoint, int fd, const struct sockaddr *peer);
struct connection *connection_of(const h2o_req_t *req);
/* Creates a fresh h2o socket on the descriptor, and gives it ownership of that. */
void connection_set_socket(struct connection *c, int fd, int flags);
void connection_set_phase(struct connection *c, enum phase phase);
/* Returns the phase that it is in now; c->phase may lag behind until the next tick. */
enum phase connection_phase(const struct connection *c);
/* Returns the connection after `c`, or the first for NULL; NULL at the end. */
struct connection *connection_next(struct connection *c);
/* Counts, and logs at most once a second, that its PROXY header is refused. */
void connection_complain(struct connection *c, const char *what);
/* Returns whether its client has been answered, so that further input is discarded. */
static inline bool connection_is_discarding(const struct connection *c)
{
    return c->is_lingering || (c->req && !c->request);
}
/* Returns whether no byte of a request has arrived or waits in the socket. */
bool connection_is_quiet(const struct connection *c);
/* Records why the connection will be closed. The first reason counts. */
void connection_blame(struct connection *c, enum reason reason);
/* Closes, at once, a connection whose client does not wait for an answer. */
void connection_close(struct connection *c);
/* Ends a connection whose client is too slow. Sends a 408 if its request is still arriving. */
void connection_cut(struct connection *c);
/* Reads how long a connection may stay in each phase. */
void connection_open(struct json_object *config);
/* Cuts connections whose phase has lasted too long; call it on each tick. */
void connection_sweep(void);
/* Closes connections that wait for a request. */
void connection_close_idle(void);
/* Logs and ends all connections. */
void connection_cut_all(void);

/* Counts one more connection of the address (address.c); an IPv6 address counts as its /64 network.
 * Returns NULL if it has `limit` already. */
struct address *address_take(const char *text, uint32_t limit);
void address_release(struct address *address);

/* Prepares for a last answer: the connection is to stay open until the client has read it
 * (linger.c). */
void linger_prepare(struct connection *c);
/* Called when h2o has closed the connection. LATER: it lingers, and will be closed again. */
enum completion linger_begin(struct connection *c);
/* Returns whether input still arrives to be discarded, in a linger or after an answer. */
bool linger_is_busy(const struct connection *c);

#endif
