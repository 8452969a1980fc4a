/* SPDX-License-Identifier: MIT */
/*
 * Where the columns of tables stand. An INSERT without column names, and a * inside of a statement
 * whose columns get other names outside, go by position: after a table was built again with its
 * columns in another order, each value would come under its neighbour's name.
 *
 *     INSERT INTO users VALUES (:id, :name, :secret)
 *     WITH x (id, name, secret) AS (SELECT * FROM users) SELECT id, name FROM x
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_POSITIONS_H
#define LEAT_DB_SQLITE_CONNECTION_POSITIONS_H

#include <stdbool.h>

#include <json-c/json.h>

struct conn;

/* Returns the tables that the statement names as [table, column, …], each a list in the order of
 * its columns, or NULL if the statement does not go by position. The caller's. */
struct json_object *positions_read(struct conn *c, const char *sql);
/* Returns true if a column now stands where another one stood. Tables with more or fewer columns
 * than before are left to SQLite, which counts them. */
bool positions_have_moved(struct json_object *before, struct json_object *now);

#endif
