/* SPDX-License-Identifier: MIT */
/* Runs the SQL of one migration, statement by statement. Internal to lib/db. */
#ifndef LEAT_DB_MIGRATION_MIGRATION_SCRIPT_H
#define LEAT_DB_MIGRATION_MIGRATION_SCRIPT_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/db/sqlite/connection/conn.h"

/* Runs the script `key` ("up" or "down") of the migration. Returns false, with the statement's file
 * and line in `diags`, if one fails. Statements that end the transaction, attach
 * files, or read secrets fail. */
bool migration_run_script(struct conn *c, struct json_object *m, const char *key,
                          struct diags *diags);

#endif
