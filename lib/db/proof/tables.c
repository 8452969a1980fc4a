/* SPDX-License-Identifier: MIT */
/* Reads a table through SQLite's table-valued pragmas, which see it as it is after all migrations,
 * instead of parsing CREATE TABLE; only CHECKs need the text (checks.c). SQLite types values and
 * not columns, so what JSON makes of a column is inferred: from the declared type, by the same
 * substring rule as SQLite's affinities, then from the default ('[]', '{}') and from the name
 * (*_at). `fallback` and bounds are given only when certain, because scaffolded documents repeat
 * them as promises. */
#include "lib/db/proof/tables.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/db/proof/checks.h"
#include "lib/db/sqlite/connection/conn.h"

#define NOT_INTERNAL                                                                               \
    "schema = 'main' AND type IN ('table', 'view', 'virtual')"                                     \
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_leat\\_%' ESCAPE '\\'"

/* Prepares a statement with `text` as its only parameter. The SQL is ours, so this never fails. */
static sqlite3_stmt *query(struct conn *c, const char *sql, const char *text)
{
    sqlite3_stmt *stmt = NULL;

    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK && text)
        sqlite3_bind_text(stmt, 1, text, -1, SQLITE_TRANSIENT);
    return stmt;
}

static bool next_row(sqlite3_stmt *stmt)
{
    return sqlite3_step(stmt) == SQLITE_ROW;
}

/* Returns the column's text, or NULL for NULL. */
static const char *text_at(struct arena *arena, sqlite3_stmt *stmt, int i)
{
    const char *text = (const char *)sqlite3_column_text(stmt, i);

    return text ? arena_strdup(arena, text) : NULL;
}

struct table_column *tables_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (strcasecmp(t->columns[i].name, name) == 0)
            return &t->columns[i];
    return NULL;
}

const char *tables_quote(struct arena *arena, const char *name)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    size_t len = strlen(name);
    char *out, *at;

    if (len && strspn(name, word) == len && strspn(name, "0123456789") == 0 &&
        !sqlite3_keyword_check(name, (int)len))
        return arena_strdup(arena, name);
    at = out = arena_alloc(arena, 2 * len + 3);
    *at++ = '"';
    for (; *name; name++) {
        if (*name == '"')
            *at++ = '"';
        *at++ = *name;
    }
    *at++ = '"';
    *at = '\0';
    return out;
}

/* The first row whose part occurs in the declared type decides, as with SQLite's affinities. */
static const struct {
    const char *part;
    enum column_kind kind;
    const char *format;
} kinds[] = {
    {"BOOL", COLUMN_BOOLEAN, NULL},
    {"JSON", COLUMN_JSON, NULL},
    {"UUID", COLUMN_TEXT, "uuid"},
    {"DATETIME", COLUMN_TEXT, "date-time"},
    {"TIMESTAMP", COLUMN_TEXT, "date-time"},
    {"DATE", COLUMN_TEXT, "date"},
    {"INT", COLUMN_INTEGER, NULL},
    {"CHAR", COLUMN_TEXT, NULL},
    {"CLOB", COLUMN_TEXT, NULL},
    {"TEXT", COLUMN_TEXT, NULL},
    {"BLOB", COLUMN_BLOB, NULL},
    {"REAL", COLUMN_NUMBER, NULL},
    {"FLOA", COLUMN_NUMBER, NULL},
    {"DOUB", COLUMN_NUMBER, NULL},
    {"NUM", COLUMN_NUMBER, NULL},
    {"DEC", COLUMN_NUMBER, NULL},
};

static void guess_kind(struct table_column *column)
{
    const char *length = strpbrk(column->type, "(");
    size_t len = strlen(column->name);

    for (size_t i = 0; column->kind == COLUMN_ANY && i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (!strcasestr(column->type, kinds[i].part))
            continue;
        column->kind = kinds[i].kind;
        column->format = kinds[i].format;
    }
    if (column->kind == COLUMN_TEXT && !column->format && len > 3 &&
        strcasecmp(column->name + len - 3, "_at") == 0)
        column->format = "date-time";
    if (column->kind == COLUMN_TEXT && length && atoll(length + 1) > 0)
        column->bounds.max_length = atoll(length + 1); /* the n of VARCHAR(n) */
    if (column->kind == COLUMN_TEXT && column->fallback && strcmp(column->fallback, "'[]'") == 0)
        column->kind = COLUMN_ARRAY;
    if (column->kind == COLUMN_TEXT && column->fallback && strcmp(column->fallback, "'{}'") == 0)
        column->kind = COLUMN_OBJECT;
}

static bool is_expression(struct conn *c, const char *text)
{
    char *sql = sqlite3_mprintf("SELECT (%s)", text);
    sqlite3_stmt *stmt = query(c, sql, NULL);

    sqlite3_finalize(stmt);
    sqlite3_free(sql);
    return stmt != NULL;
}

/* Returns the default as an expression that is valid anywhere: DEFAULT alone also accepts abc and
 * "abc" as text. */
static const char *read_default(struct conn *c, struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *quoted;
    const char *out;

    if (is_expression(c, text))
        return text;
    if (len > 1 && text[0] == '"' && text[len - 1] == '"')
        text = arena_strndup(arena, text + 1, len - 2);
    quoted = sqlite3_mprintf("%Q", text);
    out = arena_strdup(arena, quoted);
    sqlite3_free(quoted);
    return strpbrk(text, "\"'\n()") ? NULL : out;
}

static void read_column(struct conn *c, struct arena *arena, struct table *t, sqlite3_stmt *row)
{
    struct table_column *column = &t->columns[t->column_count++];
    const char *text = text_at(arena, row, 3), *collation = NULL;

    column->name = text_at(arena, row, 0);
    column->type = text_at(arena, row, 1);
    column->is_nullable = !sqlite3_column_int(row, 2);
    column->has_default = text && strcasecmp(text, "NULL") != 0;
    column->fallback = column->has_default ? read_default(c, arena, text) : NULL;
    column->key = (size_t)sqlite3_column_int(row, 4);
    column->is_generated = sqlite3_column_int(row, 5) > 1;
    column->bounds.min_length = column->bounds.max_length = -1;
    if (sqlite3_table_column_metadata(c->db, "main", t->name, column->name, NULL, &collation, NULL,
                                      NULL, NULL) != SQLITE_OK)
        collation = "BINARY"; /* it belongs to a view */
    column->collation = arena_strdup(arena, collation);
    t->key_count += column->key > 0;
    guess_kind(column);
}

static void read_columns(struct conn *c, struct arena *arena, struct table *t, bool has_rowid)
{
    sqlite3_stmt *stmt =
        query(c,
              "SELECT name, type, \"notnull\", dflt_value, pk, hidden, count(*) OVER ()"
              " FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
              t->name);

    while (next_row(stmt)) {
        if (!t->columns)
            t->columns =
                arena_zalloc(arena, (size_t)sqlite3_column_int(stmt, 6) * sizeof(*t->columns));
        read_column(c, arena, t, stmt);
    }
    sqlite3_finalize(stmt);
    for (size_t i = 0; has_rowid && t->key_count == 1 && i < t->column_count; i++) {
        struct table_column *column = &t->columns[i];

        column->is_rowid = column->key && strcasecmp(column->type, "INTEGER") == 0;
        column->is_nullable &= !column->is_rowid;
    }
}

static void read_foreign_keys(struct conn *c, struct arena *arena, struct table *t)
{
    sqlite3_stmt *stmt =
        query(c,
              "SELECT \"from\", \"table\", seq = 0 AND lower(\"table\") <> '_leat_users'"
              " FROM pragma_foreign_key_list(?1)",
              t->name);

    while (next_row(stmt)) {
        struct table_column *column = tables_column(t, (const char *)sqlite3_column_text(stmt, 0));

        t->foreign_key_count += sqlite3_column_int(stmt, 2) != 0;
        if (column && !column->target)
            column->target = text_at(arena, stmt, 1);
    }
    sqlite3_finalize(stmt);
}

/* Marks the columns that hold an account's id. Foreign keys are followed, since a key of two
 * columns may take the account from the row that it refers to. */
static void read_accounts(struct conn *c, struct table *t)
{
    static const char sql[] =
        "WITH RECURSIVE keys AS (SELECT t.name AS \"table\", f.\"from\" AS \"column\","
        " f.\"table\" AS target, f.\"to\" AS other FROM pragma_table_list t"
        " JOIN pragma_foreign_key_list(t.name, 'main') f WHERE t.schema = 'main'),"
        " accounts AS (SELECT \"table\", \"column\" FROM keys WHERE lower(target) = '_leat_users'"
        " UNION SELECT k.\"table\", k.\"column\" FROM accounts a JOIN keys k"
        " ON lower(k.target) = lower(a.\"table\") AND lower(k.other) = lower(a.\"column\"))"
        "SELECT \"column\" FROM accounts WHERE \"table\" = ?1";
    sqlite3_stmt *stmt = query(c, sql, t->name);

    while (next_row(stmt)) {
        struct table_column *column = tables_column(t, (const char *)sqlite3_column_text(stmt, 0));

        if (column)
            column->is_account = true;
    }
    sqlite3_finalize(stmt);
}

/* Returns false if the index is on an expression. */
static bool read_unique(struct conn *c, struct arena *arena, const char *index,
                        struct table_unique *out)
{
    sqlite3_stmt *stmt =
        query(c, "SELECT name, count(*) OVER () FROM pragma_index_info(?1) ORDER BY seqno", index);
    bool ok = true;

    while (ok && next_row(stmt)) {
        if (!out->columns)
            out->columns =
                arena_zalloc(arena, (size_t)sqlite3_column_int(stmt, 1) * sizeof(*out->columns));
        out->columns[out->count] = text_at(arena, stmt, 0);
        ok = out->columns[out->count++] != NULL;
    }
    sqlite3_finalize(stmt);
    return ok;
}

static void read_uniques(struct conn *c, struct arena *arena, struct table *t)
{
    sqlite3_stmt *stmt = query(c,
                               "SELECT name, origin = 'pk', count(*) OVER ()"
                               " FROM pragma_index_list(?1) WHERE \"unique\" ORDER BY seq DESC",
                               t->name);

    while (next_row(stmt)) {
        struct table_unique *unique;

        if (!t->uniques)
            t->uniques =
                arena_zalloc(arena, (size_t)sqlite3_column_int(stmt, 2) * sizeof(*t->uniques));
        unique = &t->uniques[t->unique_count];
        unique->is_key = sqlite3_column_int(stmt, 1);
        if (read_unique(c, arena, (const char *)sqlite3_column_text(stmt, 0), unique))
            t->unique_count++;
        else
            *unique = (struct table_unique){0};
    }
    sqlite3_finalize(stmt);
}

static void read_checks(struct conn *c, struct arena *arena, struct table *t)
{
    sqlite3_stmt *stmt =
        query(c, "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1", t->name);

    if (next_row(stmt))
        checks_read(text_at(arena, stmt, 0), arena, t);
    sqlite3_finalize(stmt);
}

bool tables_read(struct conn *c, const char *name, struct arena *arena, struct table *out)
{
    sqlite3_stmt *stmt = query(c,
                               "SELECT name, type = 'view', type = 'virtual', wr"
                               " FROM pragma_table_list WHERE name = ?1 COLLATE NOCASE"
                               " AND " NOT_INTERNAL,
                               name);
    bool found = next_row(stmt), has_rowid = false;

    *out = (struct table){0};
    if (found) {
        out->name = text_at(arena, stmt, 0);
        out->is_view = sqlite3_column_int(stmt, 1);
        out->is_virtual = sqlite3_column_int(stmt, 2);
        has_rowid = !sqlite3_column_int(stmt, 3);
    }
    sqlite3_finalize(stmt);
    if (!found || out->is_virtual)
        return found;
    read_columns(c, arena, out, has_rowid);
    read_foreign_keys(c, arena, out);
    read_accounts(c, out);
    read_uniques(c, arena, out);
    if (!out->is_view)
        read_checks(c, arena, out);
    return true;
}

void tables_list(struct conn *c, const char *between, struct buf *out)
{
    sqlite3_stmt *stmt =
        query(c, "SELECT name FROM pragma_table_list WHERE " NOT_INTERNAL " ORDER BY name", NULL);

    while (next_row(stmt)) {
        if (out->len)
            buf_puts(out, between);
        buf_puts(out, (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
}
