/* SPDX-License-Identifier: MIT */
/* Makes the folder of the database usable for `user` before the first migration: a service manager
 * creates it for root (StateDirectory=), and so does whoever mounts a new volume. */
#ifndef LEAT_WORKERS_COMMANDS_DATABASE_FOLDER_H
#define LEAT_WORKERS_COMMANDS_DATABASE_FOLDER_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* As root with a `user` configured, creates the folder if only it is missing, and gives it to that
 * user if it is empty and belongs to root. Any other folder stays as it is. On failure returns
 * false, with the reason in `diags`. */
bool database_folder_give(struct json_object *config, struct diags *diags);

#endif
