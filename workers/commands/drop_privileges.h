/* SPDX-License-Identifier: MIT */
/* Drops privileges that a command of leat-worker does not need, before it reads anything but the
 * configuration. */
#ifndef LEAT_WORKERS_COMMANDS_DROP_PRIVILEGES_H
#define LEAT_WORKERS_COMMANDS_DROP_PRIVILEGES_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* If started as root with a `user` configured, becomes that user for good; then enters the sandbox
 * of commands. On failure returns false, with the reason in `diags`. */
bool drop_privileges(struct json_object *config, struct diags *diags);
/* The same for a command that also writes to `folder`. */
bool drop_privileges_to(struct json_object *config, const char *folder, struct diags *diags);

#endif
