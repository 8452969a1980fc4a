/* SPDX-License-Identifier: MIT */
/* Gives up what a command of leat-worker does not need, before it reads anything but the
 * configuration. */
#ifndef LEAT_WORKERS_COMMANDS_COMMAND_USER_H
#define LEAT_WORKERS_COMMANDS_COMMAND_USER_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Started as root with a `user` configured: becomes that user for good. Then enters the sandbox of
 * commands. False: `diags` says why not. */
bool drop_privileges(struct json_object *config, struct diags *diags);

#endif
