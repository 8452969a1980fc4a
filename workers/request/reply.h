/* SPDX-License-Identifier: MIT */
/* Writes responses, and is the only place that does. Each request is answered exactly once. */
#ifndef LEAT_WORKERS_REQUEST_REPLY_H
#define LEAT_WORKERS_REQUEST_REPLY_H

#include "workers/request/request.h"

/* The length of a body that is sent in parts, which is not known before. */
#define REPLY_LONG (SIZE_MAX - 1)

/* Adds a header to the answer; `name` is static and in lower case, `value` must outlive the
 * request. Without its own cache-control and etag an answer gets no-store. */
void reply_header(struct request *r, const char *name, struct slice value);
/* Answers with JSON; `body` must outlive the request (its arena, its job). */
void reply_json(struct request *r, int status, struct slice body);
/* Answers with text of the media type (static). */
void reply_text(struct request *r, int status, const char *type, struct slice body);
/* Returns the media type of the operation's answer (static). */
const char *reply_type(const struct request *r);
/* Answers without a body. */
void reply_empty(struct request *r, int status);
/* Answers 304 with the headers of the 200 that it stands for (RFC 9110, 15.4.5): `type` (static)
 * and `len` are those of that body, which decide whether caches have to know Accept-Encoding. */
void reply_not_modified(struct request *r, const char *type, size_t len);
/* Begins an answer of r->op whose body http_stream_send() sends in parts; r->stream is set. */
void reply_stream(struct request *r);
/* Answers with the error `err` in the document's form (problem.h), listing the violations so far. */
void reply_error(struct request *r, enum err err);
/* Does the same with the document's own status, code, pointer, name and message from `answer`. If that
 * has a pointer, `keyword` (static, may be NULL) is the keyword of its entry in `errors`. */
void reply_problem(struct request *r, enum err err, const struct plan_else *answer,
                   const char *keyword);

#endif
