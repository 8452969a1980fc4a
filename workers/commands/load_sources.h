/* SPDX-License-Identifier: MIT */
/* Loads what a configuration names, for commands that inspect it without serving. */
#ifndef LEAT_WORKERS_COMMANDS_LOAD_SOURCES_H
#define LEAT_WORKERS_COMMANDS_LOAD_SOURCES_H

#include <json-c/json.h>

#include "lib/api/document/document.h"
#include "lib/core/diag.h"

struct prover;

/* Returns the records of all documents that could be read, for that use. The caller's. */
struct json_object *load_documents(struct json_object *config, enum document_use use,
                                   struct diags *diags);
/* Opens an empty database with all migrations applied, or the live one if no migrations are
 * configured; close it with prover_close(). Returns NULL after errors in `diags`, or if neither is
 * configured. */
struct prover *load_database(struct json_object *config, struct diags *diags);

#endif
