/* SPDX-License-Identifier: MIT */
/* What the master knows, as JSON for the control socket. */
#ifndef LEAT_SERVER_REPORT_H
#define LEAT_SERVER_REPORT_H

#include <stdbool.h>

#include "lib/core/buf.h"

struct master;

void report_status(struct master *m, struct buf *out);
void report_workers(struct master *m, struct buf *out);
/* The operations of the current generation with their figures. */
void report_operations(struct master *m, struct buf *out);
/* What runs now; with `draining` only in workers that drain. */
void report_requests(struct master *m, bool draining, struct buf *out);
/* There must be a current generation. */
void report_limits(struct master *m, struct buf *out);
/* The keys of the rate limit that are partly used up, the most first; false: there is no such
 * limit. */
bool report_limit_keys(struct master *m, const char *policy, struct buf *out);
void report_bans(struct master *m, struct buf *out);
/* Prometheus' text, as a JSON string. */
void report_metrics(struct master *m, struct buf *out);

#endif
