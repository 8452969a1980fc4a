/* SPDX-License-Identifier: MIT */
/* Result rows as JSON text, each column typed by the response schema. */
#ifndef LEAT_DB_ENGINE_RENDER_H
#define LEAT_DB_ENGINE_RENDER_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/db/engine/statement.h"

/* Appends the current row as an object. False: a column holds what its types cannot say; *column
 * is its name. */
bool render_row(struct buf *out, struct statement *s, const char **column);
/* Appends the `count` named columns of the current row as an array: the keys of a cursor. */
void render_keys(struct buf *out, struct statement *s, const char *const *names, size_t count);
/* Appends the named column of the current row as it is. */
void render_text(struct buf *out, struct statement *s, const char *name);
/* Expands a location template from the current row, percent-encoding (RFC 3986, 2.1). */
void render_location(struct buf *out, struct statement *s, const struct plan_location *parts,
                     size_t count);
/* The column of that name, -1 if there is none. */
int render_column(struct statement *s, const char *name);

#endif
