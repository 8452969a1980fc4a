/* SPDX-License-Identifier: MIT */
/* The only place that writes responses. Each request is answered exactly once. */
#ifndef LEAT_WORKERS_REQUEST_REPLY_H
#define LEAT_WORKERS_REQUEST_REPLY_H

#include "workers/request/request.h"

/* Adds a header to the answer; `name` is static and lower case, `value` outlives the request.
 * Without a cache-control of its own an answer is not stored. */
void reply_header(struct request *r, const char *name, struct slice value);
/* Answers with JSON; `body` outlives the request (its arena, its job). */
void reply_json(struct request *r, int status, struct slice body);
/* Answers with text of the media type (static). */
void reply_text(struct request *r, int status, const char *type, struct slice body);
/* Answers without a body. */
void reply_empty(struct request *r, int status);
/* Answers with problem details (RFC 9457) of `err` and the violations so far. */
void reply_error(struct request *r, enum err err);
/* The same in the document's own words: status, code, pointer, message of `answer`. `keyword`
 * (static, may be NULL) is that of the entry in `errors` where `answer` has a pointer. */
void reply_problem(struct request *r, enum err err, const struct plan_else *answer,
                   const char *keyword);

#endif
