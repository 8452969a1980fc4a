/* SPDX-License-Identifier: MIT */
/* Requests JSON from other servers, and decides which answers are acceptable. */
#ifndef LEAT_WORKERS_OUTBOUND_HTTP_JSON_H
#define LEAT_WORKERS_OUTBOUND_HTTP_JSON_H

#include "workers/outbound/outbound.h"

/* Submits the request with Accept: application/json, and at most HTTP_JSON_HEADERS headers of its own.
 * Returns what outbound_submit() does. */
enum { HTTP_JSON_HEADERS = 3 };
enum completion http_json_submit(struct worker *w, struct outbound_request *o)
    __attribute__((warn_unused_result));
/* Returns why the answer is not JSON, whatever its status, or NULL if it is. Valid as long as
 * `o`. */
const char *http_json_media_fault(const struct outbound_request *o);
/* Returns why the answer is not a 200 with JSON, or NULL if it is. Valid as long as `o`. */
const char *http_json_fault(const struct outbound_request *o);

#endif
