/* SPDX-License-Identifier: MIT */
/*
 * Receives the body of a request. libh2o never sees that there is one: h2o_override.c hides the
 * fields that say so. The layers see the head first, and ask for the body (http_receive() in
 * http.h) only if nothing in the head speaks against the request.
 */
#ifndef LEAT_WORKERS_HTTP_RECEIVE_H
#define LEAT_WORKERS_HTTP_RECEIVE_H

#include "workers/http/connection.h"

enum rest {
    REST_NONE, /* the body has ended, and the next request follows */
    REST_SKIP, /* little is still to come; call receive_skip() when the answer has been sent */
    REST_CLOSE /* the connection must end with the answer */
};

/* Begins a request whose head is the first `head_len` bytes of h2o's input. Sets the request's
 * fields if the part that came along is too large, or (r->head_err) malformed. */
void receive_begin(struct connection *c, struct request *r, const struct head *head,
                   size_t head_len);
/* Decides, before an answer, what becomes of a body that has not been received. */
enum rest receive_settle(struct connection *c);
/* Discards the rest of the body, then ends the exchange. */
void receive_skip(struct connection *c);
/* Ends a request whose client is too slow: answers 408, or closes if no answer can be sent any
 * more. */
void receive_give_up(struct connection *c);
/* Ends the exchange: leaves the head, which h2o removes itself, and the bytes that follow the body
 * in h2o's input. Frees what was received. */
void receive_end(struct connection *c);

#endif
