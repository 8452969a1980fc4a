/* SPDX-License-Identifier: MIT */
/* Rules for the keys of the database. Used by conf_rules.c only. */
#ifndef LEAT_CONF_DATABASE_KEYS_H
#define LEAT_CONF_DATABASE_KEYS_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Reports at their keys that `database.url` and `database.path` name different files, and what
 * applies to another engine only, unless it is the default. */
void database_keys_check(struct json_object *config, struct diags *diags);

#endif
