/* SPDX-License-Identifier: MIT */
/* positions.h: which statements go by position, and when columns have moved. */
#include "lib/db/sql/column_positions.h"
#include "lib/db/sqlite/connection/positions.h"

#include <criterion/criterion.h>

#include "lib/db/sqlite/connection/conn.h"

static struct conn conn;

static void set_up(void)
{
    struct fault fault = {0};

    cr_assert(conn_open(&conn, ":memory:", CONN_MEMORY, "off", &fault), "%s", fault.text);
    cr_assert(conn_exec(&conn, "CREATE TABLE t (a, b, c); CREATE TABLE \"u v\" (d);"
                               "CREATE VIEW w AS SELECT b, a FROM t"));
}

static void tear_down(void)
{
    conn_close(&conn);
}

TestSuite(positions, .init = set_up, .fini = tear_down);

Test(positions, are_those_of_the_tables_that_a_statement_names)
{
    static const struct {
        const char *sql, *want; /* NULL: it goes by names */
    } rows[] = {
        {"SELECT * FROM t", NULL},
        {"SELECT count(*), 2 * a FROM t WHERE a IN (SELECT b * 2 FROM t)", NULL},
        {"UPDATE t SET a = 1 RETURNING *", NULL},
        {"DELETE FROM t RETURNING *", NULL},
        {"INSERT INTO t (a) VALUES (1) RETURNING *", NULL},
        {"INSERT INTO main.t AS x (a) SELECT a FROM t", NULL},
        {"INSERT INTO t DEFAULT VALUES", NULL},
        {"INSERT INTO t VALUES (1, 2, 3)", "[[\"t\",\"a\",\"b\",\"c\"]]"},
        {"REPLACE INTO \"u v\" AS x VALUES (1)", "[[\"u v\",\"d\"]]"},
        {"INSERT OR IGNORE INTO t SELECT 1, d, 3 FROM [u v]",
         "[[\"t\",\"a\",\"b\",\"c\"],[\"u v\",\"d\"]]"},
        {"INSERT INTO t (a, b, c) SELECT * FROM t", "[[\"t\",\"a\",\"b\",\"c\"]]"},
        {"WITH x (a) AS (SELECT DISTINCT * FROM \"u v\") SELECT a FROM x", "[[\"u v\",\"d\"]]"},
        {"SELECT a, b FROM t UNION SELECT w.* FROM w",
         "[[\"t\",\"a\",\"b\",\"c\"],[\"w\",\"b\",\"a\"]]"},
        {"UPDATE t SET (a, b) = (SELECT 1, * FROM \"u v\")",
         "[[\"t\",\"a\",\"b\",\"c\"],[\"u v\",\"d\"]]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *got = positions_read(&conn, rows[i].sql);

        if (rows[i].want)
            cr_expect_str_eq(json_object_to_json_string_ext(got, JSON_C_TO_STRING_PLAIN),
                             rows[i].want, "%s", rows[i].sql);
        else
            cr_expect_null(got, "%s", rows[i].sql);
        json_object_put(got);
    }
}

Test(positions, have_moved_if_a_column_stands_where_another_stood)
{
    static const struct {
        const char *before, *now;
        bool have_moved;
    } rows[] = {
        {"[['t','a','b']]", "[['t','a','b']]", false},
        {"[['t','a','b']]", "[['t','b','a']]", true},
        {"[['t','a','b']]", "[['t','b','c']]", true},
        {"[['t','a','b']]", "[['t','a','c']]", false}, /* renamed */
        {"[['t','a','b']]", "[['t','b']]", false},     /* SQLite counts them */
        {"[['t','a','b']]", "[['t','c','a','b']]", false},
        {"[['u','a'],['t','a','b']]", "[['t','b','a']]", true},
        {"[['u','a']]", "[['t','b','a']]", false},
        {"[]", "[['t','b','a']]", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *before = json_tokener_parse(rows[i].before);
        struct json_object *now = json_tokener_parse(rows[i].now);

        cr_expect_eq(column_positions_moved(before, now), rows[i].have_moved, "%s %s",
                     rows[i].before, rows[i].now);
        json_object_put(before);
        json_object_put(now);
    }
    cr_expect(!column_positions_moved(NULL, NULL));
}
