/* SPDX-License-Identifier: MIT */
/*
 * The body of a request, on its way in. libh2o never sees that there is one: guard.c hides the
 * fields that say so. The layers see the head first, and ask for the body (http_receive() in
 * http.h) only when nothing in the head speaks against the request.
 */
#ifndef LEAT_WORKERS_HTTP_RECEIVE_H
#define LEAT_WORKERS_HTTP_RECEIVE_H

#include "workers/http/connection.h"

enum rest {
    REST_NONE, /* there is no more of the body: the next request follows */
    REST_SKIP, /* what is still to come is short: call receive_skip() when the answer is sent */
    REST_CLOSE /* the connection has to end with the answer */
};

/* A request begins, whose head is the first `head_len` bytes of h2o's input. Tells it whether what
 * came along is too large, or (as r->head_err) malformed. */
void receive_begin(struct connection *c, struct request *r, const struct head *head,
                   size_t head_len);
/* Before an answer: finds what becomes of a body that has not been received. */
enum rest receive_settle(struct connection *c);
/* Throws the rest of the body away, and then ends the exchange. */
void receive_skip(struct connection *c);
/* The client is too slow: answers 408, or closes where an answer cannot be sent any more. */
void receive_give_up(struct connection *c);
/* The exchange ends: leaves in h2o's input the head, which h2o takes off it, and what follows the
 * body. Frees what was received. */
void receive_end(struct connection *c);

#endif
