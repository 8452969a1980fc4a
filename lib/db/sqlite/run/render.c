/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/run/render.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/text/percent.h"
#include "lib/schema/schema.h"

enum { JSON_COLUMN_DEPTH = 64 };

/* A REAL from here on may exceed 64 bits. */
#define INTEGER_END 9.2e18

/* The values below are unprotected (sqlite.org/c3ref/value.html): one thread at a time uses a
 * connection. */
static struct slice value_text(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);

    return (struct slice){text ? text : "", (size_t)sqlite3_value_bytes(value)};
}

static struct slice column_text(struct statement *s, const char *name)
{
    return value_text(sqlite3_column_value(s->stmt, statement_column(s, name)));
}

static bool put_integer(struct buf *out, int64_t value, int types)
{
    if ((types & SCHEMA_BOOLEAN) && !(types & SCHEMA_INTEGER)) {
        buf_puts(out, value ? "true" : "false");
        return true;
    }
    if (types & (SCHEMA_INTEGER | SCHEMA_NUMBER)) {
        buf_put_int(out, value);
        return true;
    }
    if (!(types & SCHEMA_STRING))
        return false;
    buf_putc(out, '"');
    buf_put_int(out, value);
    buf_putc(out, '"');
    return true;
}

static bool put_real(struct buf *out, double value, int types)
{
    if ((types & SCHEMA_NUMBER) && isfinite(value)) {
        jwrite_double(out, value);
        return true;
    }
    if ((types & SCHEMA_INTEGER) && floor(value) == value && fabs(value) < INTEGER_END) {
        buf_put_int(out, (int64_t)value);
        return true;
    }
    return false;
}

static bool put_text(struct buf *out, struct slice text, int types)
{
    if (types & SCHEMA_STRING) { /* also for untyped columns: text stays text */
        jwrite_string(out, text.data, text.len);
        return true;
    }
    if (!((types & SCHEMA_ARRAY) && text.len && text.data[0] == '[') &&
        !((types & SCHEMA_OBJECT) && text.len && text.data[0] == '{'))
        return false;
    if (!jread_is_json(text.data, text.len, JSON_COLUMN_DEPTH))
        return false;
    buf_put(out, text.data, text.len);
    return true;
}

static bool put_value(struct buf *out, sqlite3_value *value, int types)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        buf_puts(out, "null");
        return (types & SCHEMA_NULL) != 0;
    case SQLITE_INTEGER:
        return put_integer(out, sqlite3_value_int64(value), types);
    case SQLITE_FLOAT:
        return put_real(out, sqlite3_value_double(value), types);
    default:
        return put_text(out, value_text(value), types);
    }
}

bool render_row(struct buf *out, struct statement *s, const char **column)
{
    buf_putc(out, '{');
    for (int i = 0; i < s->column_count; i++) {
        const struct statement_column *c = &s->columns[i];

        if (!c->key.len) /* hidden */
            continue;
        buf_put(out, c->key.data, c->key.len);
        if (!put_value(out, sqlite3_column_value(s->stmt, i), c->types)) {
            *column = sqlite3_column_name(s->stmt, i);
            return false;
        }
    }
    buf_putc(out, '}');
    return true;
}

/* Arithmetic on integers that exceeds 64 bits gives a REAL (sqlite.org: lang_expr.html). */
static bool is_overflow(double value, int types)
{
    bool is_whole = (types & SCHEMA_INTEGER) && !(types & SCHEMA_NUMBER);

    return isinf(value) || (is_whole && fabs(value) >= INTEGER_END);
}

bool render_has_overflow(struct statement *s)
{
    for (int i = 0; i < s->column_count; i++)
        if (s->columns[i].key.len && sqlite3_column_type(s->stmt, i) == SQLITE_FLOAT &&
            is_overflow(sqlite3_column_double(s->stmt, i), s->columns[i].types))
            return true;
    return false;
}

void render_key(struct buf *out, sqlite3_value *value)
{
    put_value(out, value, SCHEMA_NULL | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_STRING);
}

void render_text(struct buf *out, struct statement *s, const char *name)
{
    struct slice text = column_text(s, name);

    buf_put(out, text.data, text.len);
}

void render_location(struct buf *out, struct statement *s, const struct plan_location *parts,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_put(out, parts[i].literal.data, parts[i].literal.len);
        if (parts[i].column)
            percent_encode(out, column_text(s, parts[i].column));
    }
}
