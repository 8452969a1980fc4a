/* SPDX-License-Identifier: MIT */
/* Reports the master's state as JSON for the control socket. */
#ifndef LEAT_SERVER_COMMANDS_REPORT_H
#define LEAT_SERVER_COMMANDS_REPORT_H

#include <stdbool.h>

#include "lib/core/buf.h"

struct master;

void report_status(struct master *m, struct buf *out);
void report_workers(struct master *m, struct buf *out);
/* Appends the operations of the current generation with their figures. */
void report_operations(struct master *m, struct buf *out);
/* Appends the running requests; with `draining` only those in workers that drain. */
void report_requests(struct master *m, bool draining, struct buf *out);
/* Appends the limits and their use. There must be a current generation. */
void report_limits(struct master *m, struct buf *out);
/* Appends the keys of the rate limit that are partly used up, the most used first. Returns false if
 * there is no such limit. */
bool report_limit_keys(struct master *m, const char *policy, struct buf *out);
void report_bans(struct master *m, struct buf *out);
/* Appends the Prometheus text, as a JSON string. */
void report_metrics(struct master *m, struct buf *out);

#endif
