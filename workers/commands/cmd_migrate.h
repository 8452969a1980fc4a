/* SPDX-License-Identifier: MIT */
/* `leat-worker --migrate` does the work of `leat migrate`, as the workers' user. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_MIGRATE_H
#define LEAT_WORKERS_COMMANDS_CMD_MIGRATE_H

/* Runs `action`: "status", "up", "down" or "new", the last with a `name`, with the configuration at
 * `path`. Returns the exit code: 0, or 1 after errors, which are printed; "status" returns 1 also
 * if a migration was edited or is missing. */
int cmd_migrate(const char *path, const char *action, const char *name);

#endif
