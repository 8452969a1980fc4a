/* SPDX-License-Identifier: MIT */
/* Becoming the workers' user, for the commands that run before any worker does. */
#ifndef LEAT_WORKERS_DROP_H
#define LEAT_WORKERS_DROP_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Started as root with a `user` configured: becomes that user for good. Otherwise does nothing. */
bool drop_privileges(struct json_object *config, struct diags *diags);

#endif
