/* SPDX-License-Identifier: MIT */
/* The log files of `log.path` and `log.access-path`: the master opens them, and its workers inherit
 * them. */
#ifndef LEAT_SERVER_GENERATION_LOGS_H
#define LEAT_SERVER_GENERATION_LOGS_H

#include <stdbool.h>

#include "lib/core/diag.h"
#include "server/generation/fleet.h"

/* Opens the files, before any worker starts. On failure returns false; `diags` lists which
 * failed. */
bool logs_open(struct fleet *f, struct json_object *config, struct diags *diags);
/* Reopens the files, here and in the workers. On failure returns false; `diags` lists those that
 * are unchanged. */
bool logs_reopen(struct fleet *f, struct diags *diags);
/* Makes writes to the log files non-blocking again, which uv_spawn() undoes for the descriptors 1
 * and 2 of a child, and with them for all who share the open file. */
void logs_unblock(const struct fleet *f);
/* Sets the log level, here and in the workers, until the next reload. */
void logs_set_level(struct fleet *f, const char *name);
/* Adds the log lines that the master itself dropped to those of its workers. */
void logs_count_dropped(struct fleet *f);

#endif
