/* SPDX-License-Identifier: MIT */
/* Each statement that must be found fails on PostgreSQL 15 or has another meaning there; each one
 * that must not be found was understood by it. */
#include "lib/db/proof/portability.h"

#include <string.h>

#include <criterion/criterion.h>

struct findings {
    size_t count, offset;
    const char *what;
};

static void note(void *arg, size_t offset, const char *what, const char *instead)
{
    struct findings *f = arg;

    cr_expect(*what && *instead);
    if (!f->count++) {
        f->offset = offset;
        f->what = what;
    }
}

static const struct {
    const char *sql, *at; /* the text from which on it is not portable */
} foreign[] = {
    {"INSERT OR IGNORE INTO t VALUES (1)", "INSERT"},
    {"insert or replace into t values (1)", "insert"},
    {"WITH x AS (SELECT 1) INSERT OR FAIL INTO t SELECT * FROM x", "INSERT"},
    {"UPDATE OR IGNORE t SET a = 1", "UPDATE"},
    {"REPLACE INTO t VALUES (1)", "REPLACE"},
    {"SELECT rowid FROM t", "rowid"},
    {"SELECT t.rowid FROM t", "rowid"},
    {"DELETE FROM t WHERE _rowid_ = 1", "_rowid_"},
    {"SELECT last_insert_rowid()", "last_insert"},
    {"SELECT changes()", "changes"},
    {"SELECT 1 FROM t WHERE a IS ?1", "IS"},
    {"SELECT 1 FROM t WHERE a IS NOT ?1", "IS"},
    {"SELECT 1 FROM t WHERE a IS b", "IS"},
    {"SELECT 1 FROM t WHERE a IS coalesce(b, 1)", "IS"},
    {"SELECT `a` FROM t", "`a`"},
    {"SELECT [a] FROM t", "[a]"},
    {"SELECT a FROM `t`", "`t`"},
    {"SELECT a AS 'b' FROM t", "AS"},
    {"SELECT value FROM json_each(?1)", "json_each"},
    {"SELECT json_extract(a, '$.b') FROM t", "json_extract"},
    {"SELECT json_group_array(a) FROM t", "json_group"},
    {"SELECT json_object('a', 1)", "json_object"},
    {"SELECT a -> '$.b' FROM t", "->"},
    {"SELECT a ->> '$[0]' FROM t", "->>"},
    {"SELECT strftime('%Y', a) FROM t", "strftime"},
    {"SELECT datetime('now')", "datetime"},
    {"SELECT julianday(a) FROM t", "julianday"},
    {"SELECT unixepoch()", "unixepoch"},
    {"SELECT 1 FROM t WHERE a GLOB 'a*'", "GLOB"},
    {"SELECT 1 FROM t WHERE a NOT GLOB ?1", "GLOB"},
    {"SELECT 1 FROM t WHERE a REGEXP 'a'", "REGEXP"},
    {"SELECT 1 FROM t WHERE t MATCH ?1", "MATCH"},
    {"CREATE VIRTUAL TABLE f USING fts5 (a)", "CREATE"},
    {"CREATE VIRTUAL TABLE r USING rtree (a, b, c)", "CREATE"},
    {"CREATE TABLE c (a TEXT) STRICT", "STRICT"},
    {"CREATE TABLE c (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID", "STRICT"},
    {"CREATE TABLE c (a TEXT PRIMARY KEY) WITHOUT ROWID;", "WITHOUT"},
    {"CREATE TABLE c (id INTEGER PRIMARY KEY)", "INTEGER"},
    {"CREATE TABLE c (a BLOB)", "BLOB"},
    {"CREATE TABLE c (a DATETIME)", "DATETIME"},
    {"ALTER TABLE t ADD COLUMN z BLOB", "BLOB"},
    {"SELECT CAST(a AS BLOB) FROM t", "BLOB"},
    {"CREATE TABLE c (a TEXT COLLATE NOCASE)", "COLLATE"},
    {"SELECT a FROM t ORDER BY a COLLATE NOCASE", "COLLATE"},
    {"CREATE TABLE c (a TEXT UNIQUE ON CONFLICT IGNORE)", "UNIQUE"},
    {"PRAGMA user_version", "PRAGMA"},
    {"ATTACH 'a' AS b", "ATTACH"},
    {"SELECT group_concat(a) FROM t", "group_concat"},
    {"SELECT ifnull(a, 1) FROM t", "ifnull"},
    {"SELECT iif(a, 1, 2) FROM t", "iif"},
    {"SELECT instr(a, 'b') FROM t", "instr"},
    {"SELECT printf('%d', a) FROM t", "printf"},
    {"SELECT a FROM t ORDER BY random()", "random"},
    {"SELECT a FROM t LIMIT 1, 2", "LIMIT"},
    {"SELECT a FROM t LIMIT ?1, ?2", "LIMIT"},
    {"SELECT a FROM (SELECT a FROM t)", "(SELECT a FROM t)"},
    {"SELECT a FROM (SELECT a FROM t) WHERE a = 1", "(SELECT a FROM t)"},
    {"SELECT 1 FROM t JOIN (SELECT 1) ON 1 = 1", "(SELECT 1)"},
    {"SELECT typeof(a) FROM t", "typeof"},
    {"SELECT hex(a) FROM t", "hex"},
    {"SELECT zeroblob(4)", "zeroblob"},
    {"SELECT x'00ff' || a FROM t", "x'00ff'"},
    {"SELECT a FROM t WHERE TRUE = 1", "TRUE"},
    {"SELECT name FROM sqlite_schema", "sqlite_schema"},
    {"SELECT name FROM sqlite_master", "sqlite_master"},
    {"SELECT max(1, 2)", "max"},
    {"SELECT min(lower('a,b'), 'c') FROM t", "min"},
    {"SELECT a FROM t WHERE a == 1", "=="},
    {"SELECT 1; SELECT 2; PRAGMA user_version", "PRAGMA"},
    {"CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END", "CREATE"},
};

Test(portability, what_only_sqlite_understands_is_found_at_its_place)
{
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
        const char *at = strstr(foreign[i].sql, foreign[i].at);
        struct findings f = {0};

        portability_check(foreign[i].sql, note, &f);
        cr_expect(f.count, "missed: %s", foreign[i].sql);
        cr_expect(!f.count || f.offset == (size_t)(at - foreign[i].sql), "%s: at %zu: %s",
                  foreign[i].sql, f.offset, f.what);
    }
}

static const char *const shared[] = {
    "SELECT 'INSERT OR IGNORE', 'a GLOB ''b''', 'x -> $.a' FROM t",
    "SELECT a -- PRAGMA, GLOB 'x', ifnull(1, 2), `q`\n FROM t /* rowid LIMIT 1, 2 */",
    "SELECT \"rowid\", \"hex\", \"it's [a] `b`\" FROM n",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING",
    "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING a",
    "UPDATE t SET a = 1 WHERE a = 2 OR a = 3",
    "SELECT replace('a', 'b', 'c')",
    "SELECT 1 FROM t WHERE a IS NULL AND b IS NOT NULL",
    "SELECT 1 FROM t WHERE (a > 1) IS TRUE OR (a > 2) IS NOT FALSE",
    "SELECT 1 FROM t WHERE a IS DISTINCT FROM b",
    "SELECT 1 FROM t WHERE a IS NOT DISTINCT FROM (SELECT 1)",
    "SELECT coalesce(a, 1), substr('abc', 1, 2), lower('A') || 'b', abs(a) FROM t",
    "SELECT count(*), sum(a), min(a), max(a) FROM t",
    "SELECT max((SELECT a FROM t LIMIT 1)) FROM t",
    "SELECT a FROM t LIMIT 1 OFFSET 2",
    "SELECT (SELECT a FROM t LIMIT 1), 2",
    "SELECT a FROM (SELECT a FROM t) AS x",
    "SELECT a FROM (SELECT a FROM t) x WHERE a = 1",
    "SELECT 1 FROM t JOIN (SELECT 1 AS z) AS y ON y.z = t.a",
    "SELECT a FROM t WHERE a IN (SELECT a FROM t)",
    "WITH hex (a) AS (SELECT 1), instr (b) AS (SELECT 2) SELECT a, b FROM hex, instr",
    "CREATE TABLE format (id integer NOT NULL, strict text, blob text, glob text)",
    "CREATE TABLE hex (instr text)",
    "CREATE TABLE blob (datetime text)",
    "CREATE TABLE IF NOT EXISTS blob (a text)",
    "ALTER TABLE t ADD blob text",
    "CREATE INDEX IF NOT EXISTS i ON hex (instr)",
    "INSERT INTO hex (instr) VALUES ('a')",
    "SELECT strict, blob, glob FROM format",
    "SELECT j -> 'a', j ->> 'b', j -> 0 FROM n",
    "SELECT j #>> '{a,b}' FROM n",
    "SELECT a AS match FROM t ORDER BY match DESC",
    "SELECT CASE WHEN a = 1 THEN TRUE ELSE FALSE END FROM t",
    "SELECT a AS x FROM t",
    "SELECT CAST(a AS text) FROM t",
    "CREATE VIEW v AS SELECT a FROM t",
    "",
    ";;",
    "SELECT 'unterminated",
};

Test(portability, what_both_understand_is_not_found)
{
    for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        struct findings f = {0};

        portability_check(shared[i], note, &f);
        cr_expect(!f.count, "%s: %s", shared[i], f.what);
    }
}
