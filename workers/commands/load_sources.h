/* SPDX-License-Identifier: MIT */
/* What a configuration names, for the commands that look at it without serving it. */
#ifndef LEAT_WORKERS_COMMANDS_LOAD_SOURCES_H
#define LEAT_WORKERS_COMMANDS_LOAD_SOURCES_H

#include <json-c/json.h>

#include "lib/core/diag.h"

struct conn;

/* The records of all documents that could be read (lib/api/document/document.h). The caller's. */
struct json_object *sources_documents(struct json_object *config, struct diags *diags);
/* A database in memory with all migrations applied, or the live one where the configuration has no
 * migrations; for prove_close(). NULL: `diags`, or there is neither. */
struct conn *sources_database(struct json_object *config, struct diags *diags);

#endif
