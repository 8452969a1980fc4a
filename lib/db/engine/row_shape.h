/* SPDX-License-Identifier: MIT */
/* The columns of a statement's rows, and how a row becomes JSON: each value by the types that the
 * response schema allows for its column. */
#ifndef LEAT_DB_ENGINE_ROW_SHAPE_H
#define LEAT_DB_ENGINE_ROW_SHAPE_H

#include <stdbool.h>

#include "lib/core/buf.h"
#include "lib/db/engine/cell.h"
#include "lib/db/engine/plan.h"

struct row_shape_column {
    char *name;
    struct buf key; /* `"name":`, with a comma before all but the first; empty if hidden */
    int types;
};

struct row_shape {
    struct row_shape_column *columns;
    size_t count;
    size_t keys[PAGE_BY_MAX]; /* the columns of page.by; `count` for one that is not there */
    size_t etag;              /* the plan's column with the version, or `count` */
};

/* Sets the shape, for a plan, of rows with these columns. */
void row_shape_init(struct row_shape *s, const struct plan *plan, const char *const *names,
                    size_t count);
void row_shape_fini(struct row_shape *s);
/* Returns true if the columns are those of the step that were proved, in any order. After a table
 * has grown, `SELECT *` has others. */
bool row_shape_is_proved(const struct plan_step *step, const char *const *names, size_t count);
/* Returns the index of the named column, or `count`. */
size_t row_shape_find(const struct row_shape *s, const char *name);

/* Appends the row as an object. Returns false, with the column's name in *column, if a value fits
 * none of the column's types. */
bool row_put(struct buf *out, const struct row_shape *s, const struct cell *cells,
             const char **column);
/* Returns true if a column that is rendered holds a number that is too large (cell_is_overflow()). */
bool row_has_overflow(const struct row_shape *s, const struct cell *cells);
/* Appends the named column's text unescaped. */
void row_put_text(struct buf *out, const struct row_shape *s, const struct cell *cells,
                  const char *name);
/* Expands a location template, percent-encoded (RFC 3986, 2.1). */
void row_put_location(struct buf *out, const struct row_shape *s, const struct cell *cells,
                      const struct plan_location *parts, size_t count);

#endif
