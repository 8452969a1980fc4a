/* SPDX-License-Identifier: MIT */
/* Requests JSON from other servers, and decides which answers are acceptable. */
#ifndef LEAT_WORKERS_OUTBOUND_HTTP_JSON_H
#define LEAT_WORKERS_OUTBOUND_HTTP_JSON_H

#include "lib/core/fault.h"
#include "workers/outbound/outbound.h"

/* Submits the request with Accept: application/json, and at most HTTP_JSON_HEADERS headers of its
 * own. Returns what outbound_submit() does. */
enum { HTTP_JSON_HEADERS = 3 };
enum completion http_json_submit(struct worker *w, struct outbound_request *o)
    __attribute__((warn_unused_result));
/* Returns whether the answer is JSON, whatever its status; false with *fault if not. */
bool http_json_check_media(const struct outbound_request *o, struct fault *fault);
/* Returns whether the answer is a 200 with JSON; false with *fault if not. */
bool http_json_check(const struct outbound_request *o, struct fault *fault);

#endif
