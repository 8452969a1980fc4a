/* SPDX-License-Identifier: MIT */
/* The layers, in the order of pipeline.c; one file each. */
#ifndef LEAT_WORKERS_LAYERS_LAYERS_H
#define LEAT_WORKERS_LAYERS_LAYERS_H

#include "workers/request/flow.h"

/* Takes a trusted peer's X-Request-Id, or makes a UUIDv7; takes the trace id. */
enum flow layer_request_id(struct request *r);
/* Finds who asks: the peer, or the client that it forwards for. */
enum flow layer_client(struct request *r);
/* Finds r->op, or in r->routed why there is none. */
enum flow layer_route(struct request *r);
/* Answers a browser's preflight; lets pages of the configured origins read all that follows. */
enum flow layer_cors(struct request *r);
/* Answers a refused head, what no operation answers, and OPTIONS. */
enum flow layer_refuse(struct request *r);
/* What the head says of a body that is to come: too large, 413; an unknown expectation, 417. */
enum flow layer_content(struct request *r);
/* Counts the request as in flight, or turns it away. */
enum flow layer_admit(struct request *r);
/* Whether the client takes what the operation answers. */
enum flow layer_negotiate(struct request *r);
/* The bans and rate limits whose key is known without credentials: 429. */
enum flow layer_limit(struct request *r);
/* Those that count by caller. */
enum flow layer_limit_caller(struct request *r);
/* Finds whom the credentials stand for; one in a header that is no good is 401. */
enum flow layer_identify(struct request *r);
/* Whether they may: 401, 403. Sets r->identity. */
enum flow layer_authorize(struct request *r);
/* Finds r->media, of the body that is to come: 400 if there must be one, 415. */
enum flow layer_media(struct request *r);
/* Receives the body into r->raw_body: 400, 408, 413, 503. */
enum flow layer_receive(struct request *r);
/* Reads it into r->body, by its media type. */
enum flow layer_read(struct request *r);
/* Reads r->parameters from path, query, header and cookie, and checks them and the body. */
enum flow layer_validate(struct request *r);

#endif
