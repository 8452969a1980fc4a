/* SPDX-License-Identifier: MIT */
/* Checks who else may read or write the files that the configuration names. */
#ifndef LEAT_WORKERS_COMMANDS_EXPOSURE_H
#define LEAT_WORKERS_COMMANDS_EXPOSURE_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* `path` is that of the configuration. A secret or private key that everybody may write is an
 * error; one that everybody may read, and other files that everybody may write, are warnings. Each
 * finding names the file and the command that fixes it. */
void exposure_check(const char *path, struct json_object *config, struct diags *diags);

#endif
