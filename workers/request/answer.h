/* SPDX-License-Identifier: MIT */
/* The success of an operation: what its document promises, in the media type that it names. */
#ifndef LEAT_WORKERS_REQUEST_ANSWER_H
#define LEAT_WORKERS_REQUEST_ANSWER_H

#include "workers/request/request.h"

/* Answers with JSON text, which outlives the request. Where it may hold what must not leave, that
 * is taken out; where responses are strict and it does not hold the schema, the answer is a 500. */
void answer_json(struct request *r, struct slice body);
/* The same of a value, which it takes; nothing but the status where that has no body. */
void answer_value(struct request *r, struct json_object *value);

/* What reading such an answer again may cost: steps by its size, for it is no client's. */
struct budget answer_budget(struct slice body);

#endif
