/* SPDX-License-Identifier: MIT */
/* Renders result rows as JSON text, each column by its types in the response schema. */
#ifndef LEAT_DB_SQLITE_RUN_RENDER_H
#define LEAT_DB_SQLITE_RUN_RENDER_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/db/sqlite/connection/statement.h"

/* Appends the current row as an object. Returns false, with the column's name in *column, if a
 * value fits none of the column's types. */
bool render_row(struct buf *out, struct statement *s, const char **column);
/* Returns true if a column that is rendered holds an infinite number, which JSON does not have, or
 * one beyond the integers where its schema wants an integer. */
bool render_has_overflow(struct statement *s);
/* Appends a value of the current row, for a cursor. */
void render_key(struct buf *out, sqlite3_value *value);
/* Appends the named column's text unescaped. */
void render_text(struct buf *out, struct statement *s, const char *name);
/* Expands a location template with the current row, percent-encoded (RFC 3986, 2.1). */
void render_location(struct buf *out, struct statement *s, const struct plan_location *parts,
                     size_t count);

#endif
