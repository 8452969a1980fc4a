/* SPDX-License-Identifier: MIT */
/* Shows what a reload would change, for `leatctl reload --dry-run`. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_DRY_RUN_H
#define LEAT_WORKERS_COMMANDS_CMD_DRY_RUN_H

#include <json-c/json.h>

/* Prints a line to standard output for each key, operation, schema and migration in which `new`
 * differs from `running`, with what it takes: "live", "new workers", "migration"; then one for each
 * break for clients (cmd_diff.h). The master compares keys that need a restart, because it knows
 * which values are in force. */
void cmd_dry_run_print(struct json_object *running, struct json_object *new);

#endif
