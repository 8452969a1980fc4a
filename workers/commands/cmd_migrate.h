/* SPDX-License-Identifier: MIT */
/* `leat-worker --migrate`: what `leat migrate` does, as the workers' user. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_MIGRATE_H
#define LEAT_WORKERS_COMMANDS_CMD_MIGRATE_H

/* `action` is "status", "up", "down" or "new", the last with a `name`. Reads the configuration at
 * `path`. Returns the exit code: 0; 1 after errors, which are printed; `status` gives 1 too where
 * something is edited or missing. */
int migrate_run(const char *path, const char *action, const char *name);

#endif
