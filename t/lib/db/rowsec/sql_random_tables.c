/* SPDX-License-Identifier: MIT */
/* The tables that random statements are about, and their rows. */
#include "t/lib/db/rowsec/sql_random.h"

const char sql_random_schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, name TEXT NOT NULL, n "
    "INTEGER);"
    "CREATE INDEX lists_by_owner ON lists (owner_id);"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, title TEXT NOT NULL,"
    " n INTEGER, meta TEXT, list_id INTEGER, UNIQUE (owner_id, title));"
    "CREATE INDEX notes_by_owner ON notes (owner_id, id);"
    "CREATE INDEX notes_by_meta ON notes (meta, n); CREATE INDEX notes_by_n ON notes (n, title);"
    "CREATE TABLE tags (owner_id TEXT NOT NULL, tag TEXT, n INTEGER, PRIMARY KEY (owner_id, tag))"
    " WITHOUT ROWID; CREATE INDEX tags_by_tag ON tags (tag);"
    "CREATE TABLE free (id INTEGER PRIMARY KEY, n INTEGER, title TEXT);"
    "CREATE VIEW big AS SELECT id, title, n, meta FROM notes WHERE n > 2;"
    "CREATE VIEW parsed AS SELECT id, n, json_extract(meta, '$.a') AS title FROM notes;"
    "CREATE VIEW full AS SELECT n, title, l.id FROM lists l FULL JOIN notes USING (n);"
    "CREATE VIEW pairs AS SELECT a.id, b.title, a.n FROM main.notes a NATURAL LEFT JOIN big b;"
    "INSERT INTO free VALUES (1, 1, 'a'), (2, 3, 'secret'), (3, NULL, 'b7')";

/* u1's keys are even, u2's odd; titles are unique per owner. */
#define FIRST(n)                                                                                   \
    " FROM (WITH RECURSIVE s (value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM s"             \
    " WHERE value < " n ") SELECT value FROM s)"
const char sql_random_rows_u1[] =
    "INSERT INTO lists SELECT 2 * value, 'u1', 'l' || value, value % 4" FIRST(
        "4") ";"
             "INSERT INTO notes SELECT 2 * value, 'u1', 'b' || value, value % 7, json_object('a', "
             "value % 5),"
             " 2 * (value % 5)" FIRST(
                 "14") ";"
                       "INSERT INTO tags SELECT 'u1', char(96 + value), value" FIRST("5");
const char sql_random_rows_u2[] =
    "INSERT INTO lists SELECT 2 * value + 1, 'u2', 'l' || value, value % 4" FIRST(
        "4") ";"
             "INSERT INTO notes SELECT 2 * value + 1, 'u2', 'b' || value,"
             " CASE value % 3 WHEN 0 THEN -9223372036854775808 ELSE value % 7 END,"
             " CASE value % 2 WHEN 0 THEN '{broken' ELSE json_object('a', 'secret') END, 2 * "
             "(value % 5)" FIRST(
                 "14") ";"
                       "INSERT INTO tags SELECT 'u2', char(97 + value), -9223372036854775808" FIRST(
                           "5");
