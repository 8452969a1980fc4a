/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/prove_unique.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/slice.h"
#include "lib/db/proof/catalog.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/rowsec/rowsec.h"

static const char schema[] =
    "CREATE TABLE u (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL COLLATE NOCASE, code TEXT NOT NULL COLLATE NOCASE UNIQUE);"
    "CREATE UNIQUE INDEX u_name ON u (name COLLATE BINARY);"
    "CREATE TABLE t (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, title TEXT NOT NULL,"
    " place INTEGER NOT NULL, at TEXT NOT NULL, UNIQUE (owner, place));"
    "CREATE INDEX t_title ON t (title);"
    "CREATE TABLE p (id INTEGER PRIMARY KEY, slug TEXT NOT NULL, gone TEXT, data TEXT NOT NULL);"
    "CREATE UNIQUE INDEX p_slug ON p (slug) WHERE gone IS NULL;"
    "CREATE TABLE e (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE UNIQUE INDEX e_name ON e (lower(name));"
    "CREATE TABLE tags (t_id INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (t_id, tag))"
    " WITHOUT ROWID;"
    "CREATE TABLE bare (n INTEGER NOT NULL);"
    "CREATE VIRTUAL TABLE f USING fts5(body);"
    "CREATE TABLE mine (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL,"
    " UNIQUE (owner_id, title));"
    "CREATE VIEW v AS SELECT id, title, place AS p FROM t WHERE owner = 1;"
    "CREATE VIEW w (number, name) AS SELECT t.id, u.email FROM t JOIN u ON u.id = t.owner;"
    "CREATE TABLE _leat_users (id TEXT PRIMARY KEY NOT NULL, email TEXT);"
    "CREATE VIEW twice AS SELECT a.id FROM t a, t b;";

struct row {
    enum unique want;
    const char *by, *sql;
};

static enum unique prove(struct catalog *catalog, const struct row *row, struct arena *arena,
                         struct unique_rows *rows)
{
    struct slice rest = slice_of(row->by);
    const char *names[8];
    size_t count = 0;

    while (rest.len) {
        struct slice name = slice_cut(&rest, ',');

        names[count++] = arena_strndup(arena, name.data, name.len);
    }
    return prove_unique(catalog, row->sql, names, count, arena, rows);
}

static void open_schema(struct conn *c, struct catalog *catalog)
{
    static const struct owned_table owned[] = {{"mine", "owner_id"}};
    struct fault fault = {0};

    cr_assert(conn_open(c, ":memory:", CONN_MEMORY, "off", &fault));
    cr_assert(conn_exec(c, schema), "%s", sqlite3_errmsg(c->db));
    cr_assert(rowsec_protect(c, owned, 1, true, &fault), "%s", fault.text);
    catalog_init(catalog, c);
}

static void expect_all(const struct row *rows, size_t count)
{
    struct catalog catalog;
    struct conn c;

    open_schema(&c, &catalog);
    for (size_t i = 0; i < count; i++) {
        struct arena arena = {0};
        struct unique_rows found;
        sqlite3_stmt *stmt = NULL;
        enum unique unique;

        cr_expect(sqlite3_prepare_v2(c.db, rows[i].sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s",
                  rows[i].sql, sqlite3_errmsg(c.db));
        sqlite3_finalize(stmt);
        unique = prove(&catalog, &rows[i], &arena, &found);
        cr_expect_eq((int)unique, (int)rows[i].want, "%d, not %d: by %s: %s", (int)unique,
                     (int)rows[i].want, rows[i].by, rows[i].sql);
        arena_fini(&arena);
    }
    catalog_fini(&catalog);
    conn_close(&c);
}

static const struct row tables[] = {
    {UNIQUE_PROVED, "id", "SELECT id, title FROM t"},
    {UNIQUE_PROVED, "id", "SELECT * FROM t"},
    {UNIQUE_PROVED, "id", "SELECT x.* FROM t x"},
    {UNIQUE_PROVED, "title,id", "SELECT id, title FROM t WHERE title > 'a' ORDER BY title"},
    {UNIQUE_PROVED, "key", "SELECT \"id\" AS key FROM \"t\""},
    {UNIQUE_PROVED, "key", "SELECT rowid key FROM bare -- which has no other ) key\n"},
    {UNIQUE_PROVED, "email", "SELECT email FROM u"},
    {UNIQUE_PROVED, "place,owner", "SELECT owner, place FROM t"},
    {UNIQUE_PROVED, "place", "SELECT place FROM t WHERE owner = ?1"},
    {UNIQUE_PROVED, "place", "SELECT place FROM t WHERE (1 = 1 AND (owner == abs(?1)))"},
    {UNIQUE_PROVED, "place", "SELECT place FROM t WHERE at BETWEEN ?1 AND ?2 AND -1 = owner"},
    {UNIQUE_PROVED, "tag,t_id", "SELECT t_id, tag FROM tags"},
    {UNIQUE_PROVED, "tag", "SELECT tag FROM tags WHERE t_id = ?1"},
    {UNIQUE_PROVED, "code", "SELECT code FROM u"},
    {UNIQUE_PROVED, "id", "SELECT rowid AS id, body FROM f WHERE f MATCH ?1"},
    {UNIQUE_PROVED, "title", "SELECT title FROM mine"},
    {UNIQUE_PROVED, "n", "SELECT 1 AS n"},
    {UNIQUE_REFUTED, "title", "SELECT id, title FROM t"},
    {UNIQUE_REFUTED, "at,title", "SELECT * FROM t"},
    {UNIQUE_REFUTED, "place", "SELECT place FROM t"},
    {UNIQUE_REFUTED, "place", "SELECT place FROM t WHERE owner = ?1 OR ?1 IS NULL"},
    {UNIQUE_REFUTED, "place", "SELECT place FROM t WHERE NOT owner = ?1"},
    {UNIQUE_REFUTED, "place", "SELECT place FROM t WHERE place = ?1 AND owner IN (1, 2)"},
    {UNIQUE_REFUTED, "place", "SELECT place FROM t WHERE at BETWEEN ?1 AND owner = ?2"},
    {UNIQUE_REFUTED, "title", "SELECT title FROM t WHERE CASE WHEN 1 THEN 1 AND id = ?1 AND 1 END"},
    {UNIQUE_REFUTED, "tag", "SELECT tag FROM tags"},
    {UNIQUE_REFUTED, "n", "SELECT n FROM bare"},
    {UNIQUE_REFUTED, "name", "SELECT name FROM u"}, /* 'a' and 'A' are equal in the order */
    {UNIQUE_REFUTED, "id", "SELECT title AS id, id AS title FROM t"},
    {UNIQUE_PROVED, "code", "SELECT code COLLATE BINARY AS code FROM u"},
    {UNIQUE_UNKNOWN, "name", "SELECT name COLLATE \"binary\" AS name FROM u"},
    {UNIQUE_UNKNOWN, "email", "SELECT email COLLATE NOCASE AS email FROM u"},
    {UNIQUE_UNKNOWN, "slug", "SELECT slug FROM p WHERE gone IS NULL"},
    {UNIQUE_UNKNOWN, "name", "SELECT name FROM e"},
    {UNIQUE_UNKNOWN, "k", "SELECT lower(title) AS k FROM t"},
    {UNIQUE_UNKNOWN, "title",
     "SELECT title FROM t WHERE id IN (SELECT max(id) FROM t GROUP BY title)"},
    {UNIQUE_UNKNOWN, "place", "SELECT place FROM t WHERE (owner, at) = (?1, ?2)"},
    {UNIQUE_UNKNOWN, "place", "SELECT place FROM t WHERE owner IS ?1"},
    {UNIQUE_UNKNOWN, "body", "SELECT body FROM f"},
    {UNIQUE_UNKNOWN, "value", "SELECT value FROM json_each(?1)"},
};

Test(prove_unique, tables)
{
    expect_all(tables, sizeof(tables) / sizeof(*tables));
}

static const struct row joins[] = {
    {UNIQUE_PROVED, "id", "SELECT t.id, u.name FROM t JOIN u ON u.id = t.owner"},
    {UNIQUE_PROVED, "id", "SELECT t.id, u.name FROM t LEFT JOIN u ON u.id = t.owner"},
    {UNIQUE_PROVED, "id", "SELECT t.id, u.name FROM t, u WHERE t.owner = u.id"},
    {UNIQUE_PROVED, "id", "SELECT t.id FROM u CROSS JOIN t INDEXED BY t_title ON t.owner = u.id"},
    {UNIQUE_PROVED, "t_id,tag", "SELECT t_id, tag, title FROM t JOIN tags ON tags.t_id = t.id"},
    {UNIQUE_PROVED, "tag", "SELECT tag FROM t JOIN tags ON t_id = t.id WHERE t.id = ?1"},
    {UNIQUE_PROVED, "id",
     "SELECT t.id FROM t JOIN u o ON o.id = t.owner JOIN u e ON e.email = o.email"},
    {UNIQUE_PROVED, "id", "SELECT id FROM t JOIN p USING (id)"},
    {UNIQUE_PROVED, "id,other", "SELECT a.id, b.id AS other FROM t a, t b"},
    {UNIQUE_REFUTED, "id", "SELECT a.id, b.id AS other FROM t a, t b"},
    {UNIQUE_REFUTED, "t_id", "SELECT t_id, tag FROM t JOIN tags ON tags.t_id = t.id"},
    {UNIQUE_REFUTED, "id", "SELECT t.id, u.id AS other FROM u JOIN t ON u.id > t.owner"},
    {UNIQUE_REFUTED, "id", "SELECT u.id FROM t LEFT JOIN u ON u.id = t.owner"},
    {UNIQUE_REFUTED, "id", "SELECT u.id FROM t LEFT JOIN u ON t.id = ?1 AND u.id = t.id"},
    {UNIQUE_REFUTED, "title", "SELECT t.title FROM t JOIN u ON u.id = t.owner"},
    {UNIQUE_REFUTED, "id", "SELECT t.id FROM t JOIN u ON u.name = t.title"},
    {UNIQUE_UNKNOWN, "id", "SELECT t.id FROM t JOIN u ON u.email = lower(t.title)"},
    {UNIQUE_UNKNOWN, "id", "SELECT t.id FROM t NATURAL JOIN p"},
    {UNIQUE_UNKNOWN, "id", "SELECT t.id FROM t JOIN tags ON t_id = t.id AND tag = (SELECT 'a')"},
};

Test(prove_unique, joins)
{
    expect_all(joins, sizeof(joins) / sizeof(*joins));
}

static const struct row nested[] = {
    {UNIQUE_PROVED, "id", "SELECT id FROM v"},
    {UNIQUE_PROVED, "p", "SELECT * FROM v"},
    {UNIQUE_REFUTED, "title", "SELECT * FROM v"},
    {UNIQUE_PROVED, "number", "SELECT number, name FROM w"},
    {UNIQUE_REFUTED, "name", "SELECT number, name FROM w"},
    {UNIQUE_REFUTED, "id", "SELECT id FROM twice"},
    {UNIQUE_PROVED, "k", "SELECT s.k FROM (SELECT id AS k FROM t) AS s"},
    {UNIQUE_PROVED, "k",
     "WITH x AS (SELECT id FROM t), y (k) AS (SELECT id FROM x) SELECT k FROM y"},
    {UNIQUE_PROVED, "k", "WITH t AS (SELECT id AS k FROM p) SELECT k FROM t"},
    {UNIQUE_PROVED, "owner", "SELECT owner, count(*) AS n FROM t GROUP BY owner"},
    {UNIQUE_PROVED, "day", "SELECT date(at) AS day, count(*) AS n FROM t GROUP BY 1"},
    {UNIQUE_PROVED, "day", "SELECT date(at) AS day, count(*) AS n FROM t GROUP BY day"},
    {UNIQUE_PROVED, "day", "SELECT date(at) AS day, count(*) AS n FROM t GROUP BY date( at )"},
    {UNIQUE_UNKNOWN, "title", "SELECT lower(title) AS title, count(*) AS n FROM t GROUP BY title"},
    {UNIQUE_REFUTED, "owner", "SELECT owner, title, count(*) AS n FROM t GROUP BY owner, title"},
    {UNIQUE_UNKNOWN, "n", "SELECT owner, count(*) AS n FROM t GROUP BY owner"},
    {UNIQUE_PROVED, "owner,title", "SELECT DISTINCT owner, title FROM t"},
    {UNIQUE_REFUTED, "title", "SELECT DISTINCT owner, title FROM t"},
    {UNIQUE_PROVED, "title", "SELECT DISTINCT owner, title FROM t WHERE owner = ?1"},
    {UNIQUE_PROVED, "id,title", "SELECT id, title FROM t UNION SELECT id, slug FROM p"},
    {UNIQUE_UNKNOWN, "id", "SELECT id, title FROM t UNION SELECT id, slug FROM p"},
    {UNIQUE_UNKNOWN, "id", "SELECT id FROM t UNION ALL SELECT id FROM p"},
    {UNIQUE_UNKNOWN, "n",
     "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9)"
     " SELECT n FROM r"},
    {UNIQUE_UNKNOWN, "column1", "SELECT column1 FROM (VALUES (1), (1))"},
    {UNIQUE_PROVED, "id", "SELECT id, title IS DISTINCT FROM 'x' AS other FROM t"},
    {UNIQUE_PROVED, "id", "SELECT id FROM t WHERE title IS NOT DISTINCT FROM ?1"},
    {UNIQUE_PROVED, "id", "SELECT id, row_number() OVER (ORDER BY title) AS n FROM t ORDER BY id"},
    {UNIQUE_PROVED, "id", "SELECT id FROM _leat_users"},
};

Test(prove_unique, nested)
{
    expect_all(nested, sizeof(nested) / sizeof(*nested));
}

/* What tells rows apart is named. */
Test(prove_unique, names_the_key)
{
    static const struct {
        struct row row;
        const char *table, *key;
    } rows[] = {
        {{UNIQUE_REFUTED, "title", "SELECT * FROM v"}, "t", "id"},
        {{UNIQUE_REFUTED, "tag", "SELECT tag FROM tags"}, "tags", "t_id, tag"},
        {{UNIQUE_REFUTED, "n", "SELECT n FROM bare"}, "bare", "rowid"},
        {{UNIQUE_REFUTED, "t_id", "SELECT t_id FROM t JOIN tags ON t_id = t.id"},
         "tags",
         "t_id, tag"},
    };
    struct catalog catalog;
    struct conn c;

    open_schema(&c, &catalog);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena arena = {0};
        struct unique_rows found;

        cr_assert_eq((int)prove(&catalog, &rows[i].row, &arena, &found), (int)UNIQUE_REFUTED);
        cr_expect_str_eq(found.table, rows[i].table);
        cr_expect_str_eq(found.key, rows[i].key);
        arena_fini(&arena);
    }
    catalog_fini(&catalog);
    conn_close(&c);
}

/* Statements that refer to others many times end. */
Test(prove_unique, is_bounded)
{
    struct arena arena = {0};
    struct unique_rows found;
    char *sql = arena_strdup(&arena, "WITH a0 AS (SELECT id FROM t)");
    struct row row = {.by = "id"};
    struct catalog catalog;
    struct conn c;

    open_schema(&c, &catalog);
    for (int i = 1; i < 100; i++)
        sql = arena_printf(&arena, "%s, a%d AS (SELECT x.id FROM a%d x, a%d y, a%d z)", sql, i,
                           i - 1, i - 1, i - 1);
    row.sql = arena_printf(&arena, "%s SELECT id FROM a99", sql);
    cr_expect_eq((int)prove(&catalog, &row, &arena, &found), (int)UNIQUE_UNKNOWN);
    catalog_fini(&catalog);
    conn_close(&c);
    arena_fini(&arena);
}
