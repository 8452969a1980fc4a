/* SPDX-License-Identifier: MIT */
/* Writes the access log: one line for each request, as text, as JSON, or in Apache's combined
 * format. */
#ifndef LEAT_WORKERS_REQUEST_ACCESS_H
#define LEAT_WORKERS_REQUEST_ACCESS_H

#include "workers/request/request.h"

/* Logs the request, which has been answered and took `us` microseconds. */
void access_log(const struct request *r, uint64_t us);

#endif
