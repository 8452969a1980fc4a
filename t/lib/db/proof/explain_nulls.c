/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/explain_nulls.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "lib/db/sqlite/connection/conn.h"

/* Finds the column that ?2 would leave NULL. */
Test(explain_nulls, finds_the_column)
{
    static const struct {
        const char *sql, *want;
    } rows[] = {
        {"INSERT INTO t (id, owner, title) VALUES (?1, ?2, ?3)", "t.owner"},
        {"INSERT INTO t (id, owner, title) VALUES (?1, ?2, ?3) RETURNING id", "t.owner"},
        {"INSERT INTO t (id, owner, title) VALUES (?1, ?2, ?3), (?1, ?2, ?3)", "t.owner"},
        {"INSERT INTO t (owner, title) SELECT ?2, ?3 WHERE ?1", "t.owner"},
        {"INSERT INTO t (owner, title) SELECT ?2, value FROM json_each(?1)", "t.owner"},
        {"INSERT INTO w (id, owner) VALUES (?1, 'x') ON CONFLICT (id) DO UPDATE SET owner = ?2",
         "w.owner"},
        {"UPDATE t SET owner = ?2 WHERE id = ?1", "t.owner"},
        {"REPLACE INTO w VALUES (?2, ?1)", "w.id"},
        {"INSERT INTO t (id, owner, title, free) VALUES (?1, ?3, ?4, ?2)", NULL},
        {"INSERT INTO t (owner, title) VALUES (coalesce(?2, 'x'), ?1)", NULL},
        {"INSERT INTO t (owner, title) VALUES (ifnull(?1, ?2), ?1)", NULL},
        {"INSERT INTO t (owner, title) VALUES (CASE WHEN ?2 IS NULL THEN 'x' ELSE ?2 END, ?1)",
         NULL},
        {"INSERT INTO t (owner, title) VALUES (iif(?2 IS NULL, 'x', ?2), ?1)", NULL},
        {"UPDATE t SET title = ?1 WHERE owner = ?2", NULL},
        {"DELETE FROM t WHERE owner = ?2", NULL},
        {"SELECT ?2", NULL},
        {"INSERT OR IGNORE INTO t (owner, title) VALUES (?2, ?1)", NULL},
        {"not a statement", NULL},
    };
    struct conn c;
    struct fault fault = {0};

    cr_assert(conn_open(&c, ":memory:", CONN_MEMORY, "off", &fault));
    cr_assert(conn_exec(&c, "CREATE TABLE t (id INTEGER PRIMARY KEY, owner TEXT NOT NULL,"
                            " title TEXT NOT NULL, free TEXT); CREATE TABLE w (id TEXT NOT NULL,"
                            " owner TEXT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *column = explain_nulls(&c, rows[i].sql, 2);

        if (rows[i].want)
            cr_expect_str_eq(column ? column : "", rows[i].want, "%s: %s", rows[i].sql, column);
        else
            cr_expect(!column, "%s: %s", rows[i].sql, column);
        free(column);
    }
    conn_close(&c);
}
