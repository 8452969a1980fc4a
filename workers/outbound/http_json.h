/* SPDX-License-Identifier: MIT */
/* JSON from others: what is asked of them, and what counts as an answer. */
#ifndef LEAT_WORKERS_OUTBOUND_HTTP_JSON_H
#define LEAT_WORKERS_OUTBOUND_HTTP_JSON_H

#include "workers/outbound/outbound.h"

/* Submits it with Accept: application/json, beside at most FETCH_HEADERS headers of its own. */
enum { FETCH_HEADERS = 3 };
bool fetch_submit(struct worker *w, struct outbound_request *o);
/* Why the answer is not JSON, whatever its status; NULL where it is. Lives as long as `o`. */
const char *fetch_media_fault(const struct outbound_request *o);
/* Why it is not 200 with JSON. */
const char *fetch_fault(const struct outbound_request *o);

#endif
