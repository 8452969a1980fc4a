/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/tables.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/db/proof/checks.h"
#include "lib/db/sqlite/connection/conn.h"

static struct conn conn;
static struct arena arena;
static struct table t;

static void set_up(void)
{
    struct fault fault = {0};

    cr_assert(conn_open(&conn, ":memory:", CONN_MEMORY, "off", &fault), "%s", fault.text);
}

static void tear_down(void)
{
    conn_close(&conn);
    arena_fini(&arena);
}

TestSuite(tables, .init = set_up, .fini = tear_down);

static void make(const char *sql)
{
    cr_assert(conn_exec(&conn, sql), "%s: %s", sql, sqlite3_errmsg(conn.db));
}

static const char *const kinds[] = {"any",  "boolean", "integer", "number", "text",
                                    "blob", "json",    "array",   "object"};

/* Everything that is said of a column, in one line. */
static const char *describe(const struct table_column *c)
{
    const struct column_bounds *b = &c->bounds;
    const char *out =
        arena_printf(&arena, "%s%s%s%s%s%s", kinds[c->kind], c->format ? " " : "",
                     c->format ? c->format : "", c->is_nullable ? " null" : "",
                     c->is_rowid ? " rowid" : "", c->is_generated ? " generated" : "");

    if (c->key)
        out = arena_printf(&arena, "%s key=%zu", out, c->key);
    if (c->has_default)
        out = arena_printf(&arena, "%s default=%s", out, c->fallback ? c->fallback : "?");
    if (c->target)
        out = arena_printf(&arena, "%s ->%s", out, c->target);
    if (strcmp(c->collation, "BINARY") != 0)
        out = arena_printf(&arena, "%s %s", out, c->collation);
    if (b->minimum)
        out = arena_printf(&arena, "%s %s%s", out, b->is_above ? ">" : ">=", b->minimum);
    if (b->maximum)
        out = arena_printf(&arena, "%s %s%s", out, b->is_below ? "<" : "<=", b->maximum);
    if (b->min_length >= 0)
        out = arena_printf(&arena, "%s len>=%lld", out, b->min_length);
    if (b->max_length >= 0)
        out = arena_printf(&arena, "%s len<=%lld", out, b->max_length);
    for (size_t i = 0; i < b->choice_count; i++)
        out = arena_printf(&arena, "%s%s%s%s", out, i ? "|" : " in ",
                           b->has_text_choices ? "'" : "", b->choices[i]);
    return out;
}

static const struct {
    const char *declared, *expected;
} column_rows[] = {
    {"INTEGER NOT NULL", "integer"},
    {"bigint", "integer null"},
    {"BOOLEAN NOT NULL DEFAULT FALSE", "boolean default=FALSE"},
    {"JSON", "json null"},
    {"UUID NOT NULL", "text uuid"},
    {"DATETIME", "text date-time null"},
    {"date", "text date null"},
    {"VARCHAR(20) NOT NULL", "text len<=20"},
    {"DECIMAL(10,2)", "number null"},
    {"double precision", "number null"},
    {"BLOB", "blob null"},
    {"", "any null"},
    {"ANY", "any null"},
    {"TEXT DEFAULT abc", "text null default='abc'"},
    {"TEXT DEFAULT \"a b\"", "text null default='a b'"},
    {"TEXT DEFAULT 'it''s'", "text null default='it''s'"},
    {"TEXT DEFAULT NULL", "text null"},
    {"INTEGER DEFAULT (1 + 2)", "integer null default=1 + 2"},
    {"INTEGER DEFAULT -3", "integer null default=-3"},
    {"TEXT NOT NULL DEFAULT '[]'", "array default='[]'"},
    {"TEXT NOT NULL DEFAULT '{}'", "object default='{}'"},
    {"TEXT COLLATE NOCASE", "text null NOCASE"},
    {"INTEGER REFERENCES other (id)", "integer null ->other"},
    {"TEXT AS (id || 'x')", "text null generated"},
    {"TEXT AS (id || 'x') STORED", "text null generated"},
    {"TEXT CHECK (length(c) <= 9)", "text null len<=9"},
    {"TEXT CHECK (length(c) < 9 AND length(c) > 1)", "text null len>=2 len<=8"},
    {"TEXT CHECK (LENGTH ( \"c\" ) between 2 and 4 AND c <> 'x')", "text null len>=2 len<=4"},
    {"TEXT CHECK (length(c) = 36)", "text null len>=36 len<=36"},
    {"TEXT CHECK (c <> '')", "text null len>=1"},
    {"TEXT CHECK (trim(c) != '' AND length(c) >= 3)", "text null len>=3"},
    {"TEXT CHECK (length(c) >= 3 AND trim(c) != '')", "text null len>=3"},
    {"TEXT CHECK (c IN ('a', 'it''s'))", "text null in 'a|'it's"},
    {"INTEGER CHECK (c IN (1, -2))", "integer null in 1|-2"},
    {"INTEGER NOT NULL CHECK (c IN (0, 1))", "boolean"},
    {"INTEGER NOT NULL CHECK (c IN (1, 0))", "boolean"},
    {"INTEGER CHECK (c IN (2, -1))", "integer null in 2|-1"},
    {"INTEGER CHECK (c BETWEEN 0 AND 9)", "integer null >=0 <=9"},
    {"INTEGER CHECK (c > 0 AND c < 1.5)", "integer null >0 <1.5"},
    {"INTEGER CHECK ((c >= -5) AND ((c) <= 5))", "integer null >=-5"},
    {"INTEGER CHECK (c IS NULL OR (c >= 1 AND c <= 5))", "integer null >=1 <=5"},
    {"INTEGER CHECK (c /* - */ >= -- 7\n 8)", "integer null >=8"},
    /* what is not certain says nothing */
    {"INTEGER CHECK (c > 0 OR c = -1)", "integer null"},
    {"INTEGER CHECK (c IS NULL OR c > 0 OR c = -1)", "integer null"},
    {"INTEGER CHECK (id IS NULL OR c > 0)", "integer null"},
    {"INTEGER CHECK (id IS NULL OR (c IS NULL OR c > 0))", "integer null"},
    {"INTEGER CHECK (NOT c > 0)", "integer null"},
    {"INTEGER CHECK (c > 0 + 1)", "integer null"},
    {"INTEGER CHECK (c > id)", "integer null"},
    {"INTEGER CHECK (abs(c) > 3)", "integer null"},
    {"INTEGER CHECK (c > 0x10)", "integer null"},
    {"INTEGER CHECK (c NOT IN (1, 2))", "integer null"},
    {"INTEGER CHECK (c NOT BETWEEN 1 AND 2)", "integer null"},
    {"TEXT CHECK (c IN ('a', 1))", "text null"},
    {"TEXT CHECK (c IN ('a' || 'b'))", "text null"},
    {"TEXT CHECK (c <> 'x')", "text null"},
    {"TEXT CHECK (trim(c, 'x') <> '')", "text null"},
    {"TEXT DEFAULT 'CHECK (length(c) < 3)'", "text null default='CHECK (length(c) < 3)'"},
};

Test(tables, reads_columns)
{
    for (size_t i = 0; i < sizeof(column_rows) / sizeof(*column_rows); i++) {
        make("CREATE TABLE other (id INTEGER PRIMARY KEY)");
        make(arena_printf(&arena, "CREATE TABLE a (id INTEGER PRIMARY KEY, c %s)",
                          column_rows[i].declared));
        cr_assert(tables_read(&conn, "a", &arena, &t));
        cr_expect_str_eq(describe(tables_column(&t, "C")), column_rows[i].expected, "%s: %s",
                         column_rows[i].declared, describe(tables_column(&t, "c")));
        make("DROP TABLE a; DROP TABLE other");
    }
}

/* Functions of JSON are refused in constraints by this SQLite with an untrusted schema. */
Test(tables, reads_checks_of_json)
{
    static const struct {
        const char *check;
        enum column_kind kind;
    } rows[] = {{"json_valid(a)", COLUMN_JSON},
                {"json_valid(a) = 1", COLUMN_JSON},
                {"json_valid(a) = 0", COLUMN_TEXT},
                {"json_valid(a) AND json_type(a) = 'array'", COLUMN_ARRAY},
                {"json_type(a) = 'object'", COLUMN_OBJECT},
                {"json_type(a) = 'text'", COLUMN_TEXT}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct table_column column = {.name = "a", .kind = COLUMN_TEXT};

        t = (struct table){.columns = &column, .column_count = 1};
        checks_read(arena_printf(&arena, "CREATE TABLE t (a TEXT CHECK (%s))", rows[i].check),
                    &arena, &t);
        cr_expect(column.kind == rows[i].kind, "%s: %s", rows[i].check, kinds[column.kind]);
    }
}

Test(tables, survives_any_text)
{
    static const char *const texts[] = {"",
                                        "CHECK",
                                        "CHECK (",
                                        "CHECK ()",
                                        "CHECK (a",
                                        "CHECK (a IN (",
                                        "CHECK (a IN ()",
                                        "'",
                                        "\"",
                                        "[",
                                        "/*",
                                        "CHECK (())",
                                        "CHECK (a BETWEEN 1 AND",
                                        "CHECK (a >= -",
                                        "CHECK (AND)",
                                        "CHECK (a IS NULL OR",
                                        ")))",
                                        "CHECK (length(a) <"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct table_column column = {.name = "a", .kind = COLUMN_INTEGER};

        t = (struct table){.columns = &column, .column_count = 1};
        checks_read(texts[i], &arena, &t);
        cr_expect(!column.bounds.minimum && !column.bounds.choice_count, "%s", texts[i]);
    }
}

Test(tables, reads_keys_and_constraints)
{
    make("CREATE TABLE other (x, y, PRIMARY KEY (x, y));"
         "CREATE TABLE \"odd one\" (a TEXT, b INTEGER, c TEXT UNIQUE, d, e,"
         " PRIMARY KEY (b, a), UNIQUE (c, d), FOREIGN KEY (d, e) REFERENCES other,"
         " CONSTRAINT both CHECK (a <> c), CHECK (a > ''),"
         " CONSTRAINT \"one (1)\" CHECK (length(a) + length(A) < 9)) WITHOUT ROWID;"
         "CREATE UNIQUE INDEX part ON \"odd one\" (d) WHERE d > 0;"
         "CREATE UNIQUE INDEX lowered ON \"odd one\" (lower(c));"
         "CREATE INDEX plain ON \"odd one\" (e)");
    cr_assert(tables_read(&conn, "ODD ONE", &arena, &t));
    cr_expect_str_eq(t.name, "odd one");
    cr_expect(t.key_count == 2 && !t.is_view && t.foreign_key_count == 1);
    cr_expect_str_eq(describe(tables_column(&t, "a")), "text key=2");
    cr_expect_str_eq(describe(tables_column(&t, "b")), "integer key=1", "no rowid to assign it");
    cr_expect_str_eq(describe(tables_column(&t, "d")), "any null ->other");
    cr_expect_str_eq(describe(tables_column(&t, "e")), "any null ->other");
    cr_assert(t.unique_count == 4, "%zu", t.unique_count);
    for (size_t i = 0; i < t.unique_count; i++) {
        const struct table_unique *u = &t.uniques[i];

        cr_expect(u->is_key == (strcmp(u->columns[0], "b") == 0));
        cr_expect(u->count == 1 || strcmp(u->columns[1], u->is_key ? "a" : "d") == 0);
    }
    cr_assert(t.check_count == 2);
    cr_expect_str_eq(t.checks[0].name, "both");
    cr_expect(!t.checks[0].column);
    cr_expect_str_eq(t.checks[1].name, "one (1)");
    cr_expect_str_eq(t.checks[1].column, "a");
    cr_expect(!tables_column(&t, "z"));
}

Test(tables, knows_which_keys_sqlite_assigns)
{
    static const struct {
        const char *sql, *expected;
    } rows[] = {
        {"CREATE TABLE a (id INTEGER PRIMARY KEY)", "integer rowid key=1"},
        {"CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT", "integer rowid key=1"},
        {"CREATE TABLE a (id integer, v, PRIMARY KEY (id))", "integer rowid key=1"},
        {"CREATE TABLE a (id INT PRIMARY KEY)", "integer null key=1"},
        {"CREATE TABLE a (id TEXT PRIMARY KEY)", "text null key=1"},
        {"CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL)", "text key=1"},
        {"CREATE TABLE a (id INTEGER PRIMARY KEY) WITHOUT ROWID", "integer key=1"},
        {"CREATE TABLE a (id INTEGER, v INTEGER, PRIMARY KEY (id, v))", "integer null key=1"},
        {"CREATE TABLE a (id INTEGER)", "integer null"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        make(rows[i].sql);
        cr_assert(tables_read(&conn, "a", &arena, &t));
        cr_expect_str_eq(describe(&t.columns[0]), rows[i].expected, "%s: %s", rows[i].sql,
                         describe(&t.columns[0]));
        make("DROP TABLE a");
    }
}

Test(tables, lists_what_there_is)
{
    struct buf list = {0};

    make("CREATE TABLE b (id INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE _leat_x (a);"
         "CREATE VIEW a AS SELECT id, 1 + 1 AS two FROM b; CREATE TABLE xleat_y (a);"
         "CREATE VIRTUAL TABLE words USING fts5(text)");
    tables_list(&conn, ", ", &list);
    cr_expect_str_eq(buf_text(&list), "a, b, words, xleat_y");
    buf_fini(&list);
    cr_assert(tables_read(&conn, "a", &arena, &t));
    cr_expect(t.is_view && t.column_count == 2 && !t.key_count);
    cr_expect_str_eq(describe(&t.columns[0]), "integer null");
    cr_expect_str_eq(describe(&t.columns[1]), "any null");
    cr_assert(tables_read(&conn, "words", &arena, &t));
    cr_expect(t.is_virtual);
    for (const char *const *name =
             (const char *const[]){"nope", "_leat_x", "sqlite_sequence", "words_data", "", NULL};
         *name; name++)
        cr_expect(!tables_read(&conn, *name, &arena, &t), "%s", *name);
}

Test(tables, quotes_what_needs_it)
{
    static const struct {
        const char *name, *quoted;
    } rows[] = {{"a_1", "a_1"},   {"order", "\"order\""},      {"Group", "\"Group\""},
                {"1a", "\"1a\""}, {"a b", "\"a b\""},          {"a\"b", "\"a\"\"b\""},
                {"", "\"\""},     {"\xc3\xa9", "\"\xc3\xa9\""}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(tables_quote(&arena, rows[i].name), rows[i].quoted);
}
