/* SPDX-License-Identifier: MIT */
/* Looks at who else may read or write the files that the configuration names. */
#ifndef LEAT_WORKERS_COMMANDS_EXPOSURE_H
#define LEAT_WORKERS_COMMANDS_EXPOSURE_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* `path` is the configuration's own. A secret or private key that everybody may write is an error;
 * one that everybody may read, and other files that everybody may write, are warnings. Each names
 * the file and the command that mends it. */
void exposure_check(const char *path, struct json_object *config, struct diags *diags);

#endif
