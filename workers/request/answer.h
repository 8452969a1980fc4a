/* SPDX-License-Identifier: MIT */
/* Answers an operation's success as its document promises, in the media type that it names. */
#ifndef LEAT_WORKERS_REQUEST_ANSWER_H
#define LEAT_WORKERS_REQUEST_ANSWER_H

#include "workers/request/request.h"

/* Returns true if answer_accept() has anything to do. */
bool answer_is_judged(const struct request *r);
/* Removes writeOnly members from the JSON text. Returns false, after logging why, if the text must
 * not be sent: with `responses: strict`, if it violates the schema. Only reads the request, so any
 * thread may call it. */
bool answer_accept(const struct request *r, struct buf *body);
/* Answers with JSON text that was accepted and outlives the request. */
void answer_json(struct request *r, struct slice body);
/* Answers 500, because the text was not accepted. */
void answer_refused(struct request *r);
/* Answers with a value, whose reference it takes, if it is accepted. If the status has no body, the
 * value is not sent. */
void answer_value(struct request *r, struct json_object *value);
/* The same in two parts, for what must not be committed if the answer is refused: writes the value
 * into *text (the request's), and returns whether it was accepted; then answers with it. */
bool answer_prepare(struct request *r, struct json_object *value, struct slice *text);
void answer_prepared(struct request *r, struct slice text);

/* Returns the budget for parsing such an answer again: steps in proportion to its size, as it is no
 * client's input. */
struct budget answer_budget(struct slice body);

#endif
