/* SPDX-License-Identifier: MIT */
/* The layers, each a file of its own; pipeline.c has their order. */
#ifndef LEAT_WORKERS_LAYERS_LAYERS_H
#define LEAT_WORKERS_LAYERS_LAYERS_H

#include "workers/request/flow.h"

/* Takes X-Request-Id from a trusted peer, or makes a UUIDv7; takes the trace id. */
enum flow layer_request_id(struct request *r);
/* Finds the client: the peer, or the one that it forwards for. */
enum flow layer_client(struct request *r);
/* Finds r->op, or sets r->routed to the reason why there is none. */
enum flow layer_route(struct request *r);
/* Answers a browser's preflight; lets pages of the configured origins read all answers that
 * follow. */
enum flow layer_cors(struct request *r);
/* Answers a refused head, requests that match no operation, and OPTIONS. */
enum flow layer_refuse(struct request *r);
/* Checks what the head announces about the body: too large, 413; an unknown expectation, 417. */
enum flow layer_content(struct request *r);
/* Counts the request as in flight, or rejects it: 503. Its operation must have a free place. */
enum flow layer_admit(struct request *r);
/* Checks that the client accepts a media type that the operation produces: 406. */
enum flow layer_negotiate(struct request *r);
/* Applies bans, and the rate limits whose key does not depend on credentials: 429. */
enum flow layer_limit(struct request *r);
/* Applies the rate limits that count by caller: 429. */
enum flow layer_limit_caller(struct request *r);
/* Finds the identities that the credentials belong to; an invalid credential in a header is 401. */
enum flow layer_identify(struct request *r);
/* Checks that the identities meet the operation's security: 401, 403. Sets r->identity. */
enum flow layer_authorize(struct request *r);
/* Reads r->parameters from path, query, header and cookie, and validates them: 400, 422. */
enum flow layer_parameters(struct request *r);
/* Checks the conditions that a write makes: 400, 412, 428; 501 if nothing compares them. */
enum flow layer_conditional(struct request *r);
/* Finds r->media for the body to come: 400 if one is required and missing, 415. */
enum flow layer_media(struct request *r);
/* Receives the body into r->raw_body: 400, 408, 413, 503. */
enum flow layer_receive(struct request *r);
/* Parses it into r->body, by its media type: 400, 413, 415. */
enum flow layer_read(struct request *r);
/* Validates the body: 422. */
enum flow layer_validate(struct request *r);

/* Takes one of the operation's places for requests that are handled at once: 503. */
enum flow layer_take_place(struct request *r);

#endif
