/* SPDX-License-Identifier: MIT */
/* The prepared statements of a connection, made at first use and kept for its life. */
#ifndef LEAT_DB_SQLITE_CONNECTION_STATEMENT_H
#define LEAT_DB_SQLITE_CONNECTION_STATEMENT_H

#include "lib/db/engine/row_shape.h"
#include "lib/db/sqlite/connection/conn.h"

struct statement {
    struct statement *next; /* other variants of the same step */
    unsigned variant;
    sqlite3_stmt *stmt;
    struct row_shape shape;
    struct cell *cells; /* of the current row */
};

struct prepared {
    size_t step_count;
    struct statement *steps[]; /* for each step a list of variants */
};

/* Returns the statement of `step` (and, for the result step, of `variant`). On failure returns
 * NULL, and the reason is c->refusal or, if that is NULL, sqlite3_errmsg(). Valid until the next
 * call for the same step. */
struct statement *statement_get(struct conn *c, const struct plan *plan, size_t step,
                                unsigned variant);
/* Ends a run of the statement. A write goes on to its last row: its changes are made before the first
 * (sqlite.org: lang_returning.html, 3), but SQLite undoes the whole transaction if it is reset at a
 * row after a trigger has written to an FTS5 table. */
void statement_reset(struct statement *s);
void statement_drop_all(struct conn *c);

#endif
