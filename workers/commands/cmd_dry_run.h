/* SPDX-License-Identifier: MIT */
/* What a reload would change, for `leatctl reload --dry-run`. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_DRY_RUN_H
#define LEAT_WORKERS_COMMANDS_CMD_DRY_RUN_H

#include <json-c/json.h>

/* Prints a line to standard output for each key, operation, schema and migration in which `new`
 * differs from `running`, and what it takes: "live", "new workers", "migration"; then one for each
 * break of clients (breaks.h). Keys that need a restart are the master's to compare: it knows what
 * is in force. */
void diff_print(struct json_object *running, struct json_object *new);

#endif
