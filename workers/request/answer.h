/* SPDX-License-Identifier: MIT */
/* Answers an operation's success as its document promises, in the media type that it names. */
#ifndef LEAT_WORKERS_REQUEST_ANSWER_H
#define LEAT_WORKERS_REQUEST_ANSWER_H

#include "workers/request/request.h"

/* Answers with JSON text, which must outlive the request. writeOnly members are removed. With
 * `responses: strict`, a body that violates the schema becomes a 500. */
void answer_json(struct request *r, struct slice body);
/* Does the same with a value, whose reference it takes. If the status has no body, the value is not
 * sent. */
void answer_value(struct request *r, struct json_object *value);

/* Returns the budget for parsing such an answer again: steps in proportion to its size, as it is no
 * client's input. */
struct budget answer_budget(struct slice body);

#endif
