/* SPDX-License-Identifier: MIT */
/* `leat-worker --routes` lists the operations of all documents, one a line. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_ROUTES_H
#define LEAT_WORKERS_COMMANDS_CMD_ROUTES_H

#include <stdbool.h>

/* Prints the operations of the configuration at `path` in the order of their paths, as aligned
 * columns or as a JSON array. Findings go to standard error. Returns 0, or 1 if there were
 * errors. */
int cmd_routes(const char *path, bool is_json);

#endif
