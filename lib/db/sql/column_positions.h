/* SPDX-License-Identifier: MIT */
/*
 * Where the columns of tables stand. An INSERT without column names, and a * inside of a statement
 * whose columns get other names outside, go by position: after a table was built again with its
 * columns in another order, each value would come under its neighbour's name.
 *
 *     INSERT INTO users VALUES (:id, :name, :secret)
 *     WITH x (id, name, secret) AS (SELECT * FROM users) SELECT id, name FROM x
 */
#ifndef LEAT_DB_SQL_COLUMN_POSITIONS_H
#define LEAT_DB_SQL_COLUMN_POSITIONS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/db/sql/dialect.h"

/* Returns true if the statement goes by position. */
bool column_positions_matter(const char *sql, const struct dialect *dialect);
/* Returns true if the statement has the name of that table. */
bool column_positions_name(const char *sql, const struct dialect *dialect, const char *table);
/* Returns true if a column now stands where another one stood. Both are [table, column, …] of each
 * table, or NULL. Tables with more or fewer columns than before are left to the database, which
 * counts them. */
bool column_positions_moved(struct json_object *before, struct json_object *now);

#endif
