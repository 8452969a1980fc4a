/* SPDX-License-Identifier: MIT */
/* One value of a row, in terms that all engines share. Its bytes are borrowed until the next row. */
#ifndef LEAT_DB_ENGINE_CELL_H
#define LEAT_DB_ENGINE_CELL_H

#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/db/engine/plan.h"

enum cell_type {
    CELL_NULL,
    CELL_BOOL, /* in `integer` */
    CELL_INTEGER,
    CELL_REAL,
    CELL_DIGITS, /* a decimal number of any size, in `text`, as the following */
    CELL_TEXT,
    CELL_JSON,
    CELL_BYTES, /* read as text */
    CELL_HEX    /* bytes as \x and hexadecimal digits, which clients see in base64 */
};

struct cell {
    enum cell_type type;
    union {
        int64_t integer;
        double real;
        struct slice text;
    };
};

/* Appends the value as JSON. Returns false, and may have written some of it, if it fits none of the
 * types, a mask of enum schema_type. */
bool cell_put(struct buf *out, const struct cell *c, int types);
/* Appends the value as JSON that a cursor can hold. The caller has asked cell_has_place(). */
void cell_put_key(struct buf *out, const struct cell *c);
/* Returns true if the value can come back from a client, in a cursor, as it is. */
bool cell_has_place(const struct cell *c);
/* Appends the value as text; nothing for NULL. */
void cell_put_text(struct buf *out, const struct cell *c);
/* Returns true if it is an infinite number, which JSON does not have, or one beyond the integers
 * where the types want an integer. */
bool cell_is_overflow(const struct cell *c, int types);
/* Returns the value as a statement's parameter. */
struct db_value cell_value(const struct cell *c);

#endif
