/* SPDX-License-Identifier: MIT */
/* Tells where the configuration keeps the data, as prover.h has it. */
#ifndef LEAT_WORKERS_COMMANDS_DATABASE_URL_H
#define LEAT_WORKERS_COMMANDS_DATABASE_URL_H

#include <stdbool.h>

#include <json-c/json.h>

/* Returns the path of SQLite's file or the URL of PostgreSQL's database, or NULL. Borrowed. */
const char *database_url_of(struct json_object *config);
/* Returns true if it is reached by a connection. */
bool database_url_is_remote(struct json_object *config);

#endif
