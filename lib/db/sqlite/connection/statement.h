/* SPDX-License-Identifier: MIT */
/* The prepared statements of a connection, made at first use and kept for its life. */
#ifndef LEAT_DB_SQLITE_CONNECTION_STATEMENT_H
#define LEAT_DB_SQLITE_CONNECTION_STATEMENT_H

#include "lib/core/buf.h"
#include "lib/db/sqlite/connection/conn.h"

/* The way in which a result column is rendered. */
struct statement_column {
    struct buf key; /* `"name":`, with a comma before all but the first; empty if hidden */
    int types;
};

struct statement {
    struct statement *next; /* other variants of the same step */
    unsigned variant;
    sqlite3_stmt *stmt;
    struct statement_column *columns;
    int column_count;
    int keys[PAGE_BY_MAX]; /* the columns of page.by; -1 for one that a count does not have */
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
/* Returns the index of the named column, or -1. */
int statement_column(struct statement *s, const char *name);
/* Ends a run of the statement. A write goes on to its last row: its changes are made before the first
 * (sqlite.org: lang_returning.html, 3), but SQLite undoes the whole transaction if it is reset at a
 * row after a trigger has written to an FTS5 table. */
void statement_reset(struct statement *s);
void statement_drop_all(struct conn *c);

#endif
