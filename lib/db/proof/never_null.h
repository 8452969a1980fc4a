/* SPDX-License-Identifier: MIT */
/* Tells which result columns can never be NULL, on which the short form of a page's cursor relies
 * (lib/db/engine/compose_cursor.c). */
#ifndef LEAT_DB_PROOF_NEVER_NULL_H
#define LEAT_DB_PROOF_NEVER_NULL_H

#include <stdbool.h>

#include <sqlite3.h>

/* Returns true if the statement is one SELECT without outer joins, and so is each view of the
 * schema: then a result column is NULL only if its table's column is. */
bool never_null_is_plain(sqlite3 *db, const char *sql);
/* Returns true if result column i of a plain statement is a table's column that is NOT NULL. */
bool never_null_column(sqlite3 *db, sqlite3_stmt *stmt, int i);

#endif
