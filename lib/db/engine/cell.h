/* SPDX-License-Identifier: MIT */
/* One value of a row, in terms that all engines share. Its bytes are borrowed until the next row. */
#ifndef LEAT_DB_ENGINE_CELL_H
#define LEAT_DB_ENGINE_CELL_H

#include <stdint.h>

#include "lib/core/json/jwrite.h"
#include "lib/db/engine/plan.h"
#include "lib/schema/schema.h"

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

/* Does that for values that cell_put() leaves to it. */
bool cell_put_any(struct buf *out, const struct cell *c, int types);
/* Appends the value as JSON. Returns false, and may have written some of it, if it fits none of the
 * types, a mask of enum schema_type. What most values are takes no call. */
static inline bool cell_put(struct buf *out, const struct cell *c, int types)
{
    if (c->type == CELL_TEXT && (types & SCHEMA_STRING)) {
        jwrite_string(out, c->text.data, c->text.len);
        return true;
    }
    if (c->type == CELL_INTEGER && (types & SCHEMA_INTEGER)) {
        buf_put_int(out, c->integer);
        return true;
    }
    if (c->type == CELL_NULL) {
        buf_put(out, "null", 4);
        return (types & SCHEMA_NULL) != 0;
    }
    if ((c->type != CELL_INTEGER && c->type != CELL_BOOL) || !(types & SCHEMA_BOOLEAN))
        return cell_put_any(out, c, types);
    if (c->integer)
        buf_put(out, "true", 4);
    else
        buf_put(out, "false", 5);
    return true;
}
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
