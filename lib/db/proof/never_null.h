/* SPDX-License-Identifier: MIT */
/* Tells which result columns can be NULL. The short form of a page's cursor relies on those that
 * never are (lib/db/engine/compose_cursor.c). */
#ifndef LEAT_DB_PROOF_NEVER_NULL_H
#define LEAT_DB_PROOF_NEVER_NULL_H

#include <stdbool.h>

#include <sqlite3.h>

enum column_nulls {
    NULLS_UNKNOWN, /* it is not taken directly from a table's column */
    NULLS_STORED,  /* from one that may be NULL */
    NULLS_NEVER,   /* from one that is NOT NULL, or the rowid */
};

/* Returns true if the statement is one SELECT without outer joins. If each view of the schema is
 * that too, a result column is NULL only if its table's column is. */
bool never_null_is_plain(const char *sql);
/* Returns what the table says of result column i. */
enum column_nulls never_null_column(sqlite3 *db, sqlite3_stmt *stmt, int i);

#endif
