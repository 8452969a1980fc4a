/* SPDX-License-Identifier: MIT */
/* Converts the configuration of a release to the structs that a worker reads in its hot path. */
#ifndef LEAT_WORKERS_OPTIONS_H
#define LEAT_WORKERS_OPTIONS_H

#include "workers/context.h"

void options_read_limits(struct json_object *config, struct worker_limits *out);
void options_read_timeouts(struct json_object *config, struct worker_timeouts *out);
enum access_format options_access_format(struct json_object *config);
/* Sets w->listeners; their descriptors start at CHANNEL_FD_LISTEN, in the configuration's order. */
void options_read_listeners(struct worker *w);

/* Sets w->protection. */
void options_read_protection(struct worker *w);

/* Returns whether a worker makes requests to other servers: for mail, keys or logins. */
bool options_is_outbound(struct json_object *config);

/* Returns the folder for uploads: as configured, beside the database, or /tmp. In the worker's
 * arena. */
const char *options_uploads(struct worker *w);

#endif
