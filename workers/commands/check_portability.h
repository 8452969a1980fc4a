/* SPDX-License-Identifier: MIT */
#ifndef LEAT_WORKERS_COMMANDS_CHECK_PORTABILITY_H
#define LEAT_WORKERS_COMMANDS_CHECK_PORTABILITY_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/db/sql/dialect.h"

/* Reports as errors the statements of the documents that have no text for that engine, and what
 * PostgreSQL 15 would refuse, or read otherwise, in the statements and migrations that are for all
 * engines: each at its own line and column. `migrations` are those for that engine, or NULL. */
void check_portability(struct json_object *documents, struct json_object *migrations,
                       const struct dialect *dialect, struct diags *diags);

#endif
