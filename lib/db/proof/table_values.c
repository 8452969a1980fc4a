/* SPDX-License-Identifier: MIT */
/* SQLite types values and not columns, and its own functions write times in a form that is no
 * RFC 3339: DEFAULT CURRENT_TIMESTAMP gives "2026-01-31 10:00:00". A document that promised
 * `format: date-time` for such a column would refuse its own rows. So the default is evaluated and
 * the rows are read, and whatever they contradict is not promised. What cannot be looked at, the
 * work of a trigger or of an expression, is not promised either. */
#include "lib/db/proof/table_values.h"

#include <string.h>

#include "lib/core/json/jread.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/schema/format.h"

enum { JSON_DEPTH = 64 };

/* What the values of a column are. */
struct seen {
    bool text, integer, real, blob;
    bool other_format;  /* a value is not of the column's format */
    bool other_integer; /* neither 0 nor 1 */
    bool array, object, no_json;
};

static void see_text(struct seen *seen, const struct table_column *column, const char *text,
                     size_t len)
{
    const struct format *format = column->format ? format_find(column->format) : NULL;
    bool is_json = len && (*text == '[' || *text == '{') && jread_is_json(text, len, JSON_DEPTH);

    seen->text = true;
    seen->other_format |= format && format->is_text && !format->is_text(text, len);
    seen->array |= is_json && *text == '[';
    seen->object |= is_json && *text == '{';
    seen->no_json |= !is_json;
}

static void see_value(struct seen *seen, const struct table_column *column, sqlite3_stmt *stmt)
{
    switch (sqlite3_column_type(stmt, 0)) {
    case SQLITE_TEXT:
        see_text(seen, column, (const char *)sqlite3_column_text(stmt, 0),
                 (size_t)sqlite3_column_bytes(stmt, 0));
        break;
    case SQLITE_INTEGER:
        seen->integer = true;
        seen->other_integer |= sqlite3_column_int64(stmt, 0) >> 1 != 0;
        break;
    case SQLITE_FLOAT:
        seen->real = true;
        break;
    case SQLITE_BLOB:
        seen->blob = true;
        break;
    default:
        break; /* NULL */
    }
}

/* Takes the SQL, which is freed. */
static void see_all(struct conn *c, struct seen *seen, const struct table_column *column, char *sql)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK)
        while (sqlite3_step(stmt) == SQLITE_ROW)
            see_value(seen, column, stmt);
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
}

/* Returns true if SQLite converts numbers that are written to the column to text (datatype3.html,
 * 3.1). */
static bool has_text_affinity(const struct table_column *column)
{
    return !strcasestr(column->type, "INT") &&
           (strcasestr(column->type, "CHAR") || strcasestr(column->type, "CLOB") ||
            strcasestr(column->type, "TEXT"));
}

static struct seen look_at(struct conn *c, const struct table *t, const struct table_column *column)
{
    struct seen seen = {0};

    see_all(c, &seen, column,
            sqlite3_mprintf("SELECT \"%w\" FROM \"%w\" LIMIT 100000", column->name, t->name));
    if (!column->fallback || (column->kind != COLUMN_TEXT && column->kind != COLUMN_ANY))
        return seen; /* the kind is the default's own */
    see_all(c, &seen, column,
            sqlite3_mprintf(has_text_affinity(column) ? "SELECT CAST((%s) AS TEXT)" : "SELECT (%s)",
                            column->fallback));
    return seen;
}

/* Returns true if a trigger that changes the table may set the column. */
static bool is_triggered(struct conn *c, const struct table *t, const struct table_column *column)
{
    sqlite3_stmt *stmt = NULL;
    bool found = false;

    if (sqlite3_prepare_v2(c->db,
                           "SELECT 1 FROM sqlite_schema WHERE type = 'trigger'"
                           " AND instr(lower(sql), lower(?1)) AND instr(lower(sql), lower(?2))",
                           -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, column->name, -1, SQLITE_STATIC);
        found = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    return found;
}

static enum column_kind fit_text(const struct seen *seen)
{
    if (seen->text || seen->blob)
        return seen->integer || seen->real ? COLUMN_ANY : COLUMN_TEXT;
    return seen->real ? COLUMN_NUMBER : seen->integer ? COLUMN_INTEGER : COLUMN_TEXT;
}

static enum column_kind fit_number(const struct seen *seen, enum column_kind kind)
{
    if (seen->text || seen->blob || (kind == COLUMN_BOOLEAN && seen->real))
        return COLUMN_ANY;
    if (kind == COLUMN_BOOLEAN)
        return seen->other_integer ? COLUMN_INTEGER : kind;
    return seen->real ? COLUMN_NUMBER : kind;
}

static enum column_kind fit_json(const struct seen *seen, enum column_kind kind)
{
    if (seen->integer || seen->real)
        return COLUMN_ANY;
    if (seen->no_json)
        return COLUMN_TEXT;
    if ((kind == COLUMN_ARRAY && seen->object) || (kind == COLUMN_OBJECT && seen->array))
        return COLUMN_JSON;
    return kind;
}

static enum column_kind fit_kind(const struct seen *seen, enum column_kind kind)
{
    switch (kind) {
    case COLUMN_TEXT:
        return fit_text(seen);
    case COLUMN_BOOLEAN:
    case COLUMN_INTEGER:
    case COLUMN_NUMBER:
        return fit_number(seen, kind);
    case COLUMN_JSON:
    case COLUMN_ARRAY:
    case COLUMN_OBJECT:
        return fit_json(seen, kind);
    case COLUMN_ANY:
    case COLUMN_BLOB:
        break;
    }
    return kind;
}

void table_values_fit(struct conn *c, struct table *t)
{
    for (size_t i = 0; i < t->column_count; i++) {
        struct table_column *column = &t->columns[i];
        struct seen seen = look_at(c, t, column);
        bool is_computed = column->is_generated || t->is_view;

        column->kind = fit_kind(&seen, column->kind);
        if (column->kind != COLUMN_TEXT || seen.other_format || (is_computed && !seen.text) ||
            (column->format && is_triggered(c, t, column)))
            column->format = NULL;
    }
}
