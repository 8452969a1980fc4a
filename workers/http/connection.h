/* SPDX-License-Identifier: MIT */
/* One connection, from accept to close. It belongs to h2o's socket, and goes with it. */
#ifndef LEAT_WORKERS_HTTP_CONNECTION_H
#define LEAT_WORKERS_HTTP_CONNECTION_H

#include "workers/http/body.h"
#include "workers/http/internal.h"

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

/* What the connections of one client address have in common; see address.c. */
struct address {
    struct address *next;
    uint32_t count; /* connections */
    unsigned head;  /* the list that it is in */
    size_t buffered;
    h2o_linklist_t waiting; /* connections, by `waiting_of_address` */
    char text[];
};

struct connection {
    h2o_linklist_t link;
    h2o_linklist_t resting;                     /* capacity.c */
    h2o_linklist_t waiting, waiting_of_address; /* buffered.c */
    h2o_socket_t *sock;
    const struct endpoint *endpoint;
    struct proxy *proxy;     /* in PHASE_PROXY, else NULL */
    struct address *address; /* of the client, where it counts */
    char *tls_subject;       /* owned; NULL: no verified certificate */
    h2o_req_t *req;          /* while a request is being received or answered, else NULL */
    struct request *request; /* ours for it; NULL once only the rest of its body is awaited */
    struct body body;        /* of that request, and its bytes: see receive.c */
    struct buf received;
    h2o_buffer_t *head; /* h2o's input, put aside while more is received; or NULL */
    size_t head_len, body_len;
    uint64_t since_ns;            /* when `phase` began, to the precision of the tick */
    uint64_t heard_ns;            /* when something was thrown away; see linger.c */
    uint64_t rested_ms;           /* when it last came to rest: see capacity.c */
    uint64_t progress_ms;         /* when the client last sent or took something, */
    uint64_t progress_bytes;      /* and how much it had then: see buffered.c */
    uint64_t served;              /* requests */
    uint64_t seen;                /* `served` at the last tick */
    size_t buffered;              /* bytes that are held for it */
    enum phase phase, seen_phase; /* the latter at the last tick */
    int activity;                 /* its entry in shared memory, or -1 */
    int last_fd;                  /* a duplicate of the socket, which outlives h2o's; or -1 */
    enum expectation expectation;
    bool has_body;     /* the request has, or had, one that is not empty */
    bool is_receiving; /* that body */
    bool is_answered;  /* the answer is on the way out */
    bool is_trusted;
    bool is_counted; /* against limits.per-address */
    bool is_shaking; /* the TLS handshake has begun, and is not done */
    bool is_lingering;
    bool is_cut; /* before: now without a farewell */
    char client[ADDRESS_TEXT];
};

/* Takes the accepted descriptor and serves it, after its PROXY header where one is due. */
void connection_accept(const struct endpoint *endpoint, int fd, const struct sockaddr *peer);
struct connection *connection_of(const h2o_req_t *req);
/* A fresh socket of h2o on the descriptor, which it owns. */
void connection_set_socket(struct connection *c, int fd, int flags);
void connection_set_phase(struct connection *c, enum phase phase);
/* Its client has been answered; what still comes is thrown away. */
static inline bool connection_is_discarding(const struct connection *c)
{
    return c->is_lingering || (c->req && !c->request);
}
/* Nothing of a request has come, or waits in the socket. */
bool connection_is_quiet(const struct connection *c);
/* Closes one whose client does not wait for an answer, at once. */
void connection_close(struct connection *c);
/* Ends it because its client is too slow, who is told so while it still sends its request. */
void connection_cut(struct connection *c);
/* Cuts those whose phase has lasted too long; call it each tick. */
void connection_sweep(void);
/* Closes those that wait for a request. */
void connection_close_idle(void);
/* Logs and ends all. */
void connection_cut_all(void);

/* address.c: counts one more connection of the address, of which IPv6 has a network of 64 bits;
 * NULL where it has `limit` already. */
struct address *address_take(const char *text, uint32_t limit);
void address_release(struct address *address);

/* linger.c: before a last answer: the connection is to stay until the client has read it. */
void linger_prepare(struct connection *c);
/* h2o has closed the connection. True: it lingers, and is closed once more. */
bool linger_begin(struct connection *c);
/* Whether what is thrown away, in a linger or behind an answer, still comes. */
bool linger_is_busy(const struct connection *c);

#endif
