/* SPDX-License-Identifier: MIT */
/* Reads where the columns of tables stand (lib/db/sql/column_positions.h). */
#ifndef LEAT_DB_SQLITE_CONNECTION_POSITIONS_H
#define LEAT_DB_SQLITE_CONNECTION_POSITIONS_H

#include <json-c/json.h>

struct conn;

/* Returns the tables that the statement names as [table, column, …], each a list in the order of
 * its columns, or NULL if the statement does not go by position. The caller's. */
struct json_object *positions_read(struct conn *c, const char *sql);

#endif
