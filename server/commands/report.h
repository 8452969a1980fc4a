/* SPDX-License-Identifier: MIT */
/* Reports the master's state as JSON for the control socket. */
#ifndef LEAT_SERVER_COMMANDS_REPORT_H
#define LEAT_SERVER_COMMANDS_REPORT_H

#include <stdbool.h>

#include "lib/core/buf.h"

struct commands;
struct fleet;

void report_status(const struct commands *c, struct buf *out);
void report_workers(const struct fleet *f, struct buf *out);
/* Appends the operations of the current generation with their figures, in the order `by` (NULL:
 * "load"). Returns false, and appends nothing, if there is no such order. */
bool report_operations(const struct fleet *f, const char *by, struct buf *out);
/* Appends the running requests; with `draining` only those in workers that drain. */
void report_requests(const struct fleet *f, bool draining, struct buf *out);
/* Appends the limits and their use. There must be a current generation. */
void report_limits(const struct fleet *f, struct buf *out);
/* Appends the keys of the rate limit that are partly used up, the most used first. Returns false if
 * there is no such limit. */
bool report_limit_keys(const struct fleet *f, const char *policy, struct buf *out);
void report_bans(const struct fleet *f, struct buf *out);
/* Appends the Prometheus text, as a JSON string. */
void report_metrics(const struct fleet *f, struct buf *out);

#endif
