/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/compose.h"

#include <string.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/db/engine/page_cursor.h"

static const char *const by[] = {"created", "odd\"name"};
static struct plan_filter filters[] = {{"done", 1, false}, {"list id", 2, true}};

static struct plan list_of(struct plan_step *step)
{
    return (struct plan){.steps = step,
                         .step_count = 1,
                         .filters = filters,
                         .filter_count = 2,
                         .page = {.by = by, .by_count = 2, .cursor = 3}};
}

/* The statement prepares, takes `count` parameters and gives rows. */
static void prove(const struct plan *plan, unsigned variant, int count)
{
    struct buf sql = {0};
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;

    compose_sql(&dialect_sqlite, plan, variant, &sql);
    cr_assert(sqlite3_open(":memory:", &db) == SQLITE_OK);
    cr_expect(sqlite3_prepare_v2(db, buf_text(&sql), -1, &stmt, NULL) == SQLITE_OK, "%x: %s: %s",
              variant, sql.data, sqlite3_errmsg(db));
    cr_expect(sqlite3_bind_parameter_count(stmt) == count, "%x: %s", variant, sql.data);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    buf_fini(&sql);
}

Test(compose, wraps_every_variant)
{
    static const char *const rows[] = {
        "SELECT 1 AS created, 2 AS \"odd\"\"name\", ?1 AS done, 4 AS \"list id\"",
        "SELECT 1 AS created, 2 AS \"odd\"\"name\", ?1 AS done, 4 AS \"list id\" -- all of them",
        "WITH x AS (SELECT 1 AS created, 2 AS \"odd\"\"name\", 3 AS done, 4 AS \"list id\") SELECT "
        "* "
        "FROM x WHERE created = ?1 ORDER BY 1 LIMIT 5",
        "SELECT 1 AS created, 2 AS \"odd\"\"name\", ?1 AS done, 4 AS \"list id\" UNION ALL SELECT "
        "1,2,3,4",
    };
    static const struct {
        unsigned variant;
        int count;
    } variants[] = {{0, 2},
                    {1, 3},
                    {2, 3},
                    {3, 4},
                    {COMPOSE_BACKWARD, 2},
                    {COMPOSE_CURSOR, 4},
                    {COMPOSE_CURSOR | 3, 6},
                    {COMPOSE_CURSOR | COMPOSE_BACKWARD, 4},
                    {COMPOSE_CURSOR | COMPOSE_NULL, 3},
                    {COMPOSE_CURSOR | COMPOSE_NULL | COMPOSE_NULL << 1 | COMPOSE_BACKWARD, 2}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t k = 0; k < sizeof(variants) / sizeof(*variants); k++) {
            struct plan_step step = {.sql = rows[i], .bind_count = 1};
            struct plan plan = list_of(&step);

            prove(&plan, variants[k].variant, variants[k].count);
            for (unsigned way = 0; way < 16; way++) {
                plan.page.descending = way & 3;
                plan.page.nullable = way >> 2;
                prove(&plan, variants[k].variant, variants[k].count);
            }
        }
}

Test(compose, leaves_other_statements_alone)
{
    struct plan_step step = {.sql = "DELETE FROM t WHERE id = ?1", .bind_count = 1};
    struct plan plan = {.steps = &step, .step_count = 1};
    struct db_value value = {.type = DB_NULL};
    struct buf sql = {0};

    compose_sql(&dialect_sqlite, &plan, compose_variant(&plan, &value), &sql);
    cr_expect_str_eq(buf_text(&sql), step.sql);
    buf_fini(&sql);
}

Test(compose, chooses_the_variant)
{
    struct plan_step step = {.sql = "SELECT 1"};
    struct plan plan = list_of(&step);
    struct db_value values[6] = {0};

    cr_expect(compose_variant(&plan, values) == 3, "null was sent, and must be found");
    values[1] = values[2] = (struct db_value){.type = DB_ABSENT};
    cr_expect(compose_variant(&plan, values) == 0);
    values[1] = (struct db_value){.type = DB_INTEGER};
    cr_expect(compose_variant(&plan, values) == 1, "a value of 0 was sent too");
    values[2] = (struct db_value){.type = DB_TEXT, .text = {"", 0}};
    values[3] = (struct db_value){.type = DB_INTEGER};
    values[4] = values[5] = (struct db_value){.type = DB_TEXT, .text = {"x", 1}};
    cr_expect(compose_variant(&plan, values) == (3 | COMPOSE_CURSOR));
    values[1] = values[2] = (struct db_value){.type = DB_ABSENT};
    cr_expect(compose_variant(&plan, values) == COMPOSE_CURSOR);
    values[3].integer = PAGE_BEFORE;
    values[5].type = DB_NULL;
    cr_expect(compose_variant(&plan, values) ==
              (COMPOSE_CURSOR | COMPOSE_BACKWARD | COMPOSE_NULL << 1));
    values[3].integer = PAGE_LAST;
    cr_expect(compose_variant(&plan, values) == COMPOSE_BACKWARD);
}

Test(compose, finds_null_where_it_may_be_sent)
{
    struct plan_step step = {.sql = "SELECT 1 AS done, 2 AS \"list id\""};
    struct plan plan = list_of(&step);
    struct buf sql = {0};

    plan.page.by = NULL;
    compose_sql(&dialect_sqlite, &plan, 3, &sql);
    cr_expect_str_eq(buf_text(&sql),
                     "SELECT * FROM (SELECT 1 AS done, 2 AS \"list id\"\n) AS \"_leat\" "
                     "WHERE \"_leat\".\"done\" = ?1 AND \"_leat\".\"list id\" IS ?2");
    buf_fini(&sql);
}

Test(compose, writes_the_same_order_for_postgresql)
{
    static const char *const columns[] = {"a", "b"};
    static const struct {
        unsigned descending, nullable, texts, variant;
        const char *want;
    } rows[] = {
        {0, 0, 0, 0, "%s ORDER BY \"_leat\".\"a\" ASC, \"_leat\".\"b\" ASC LIMIT $2"},
        {0, 1, 1, COMPOSE_CURSOR,
         "%s WHERE (\"_leat\".\"a\" COLLATE \"C\", \"_leat\".\"b\") > ($2, $3)"
         " ORDER BY \"_leat\".\"a\" COLLATE \"C\" ASC NULLS FIRST, \"_leat\".\"b\" ASC LIMIT $4"},
        {2, 2, 2, COMPOSE_CURSOR,
         "SELECT * FROM (%s WHERE \"_leat\".\"a\" > $2 UNION ALL %s WHERE \"_leat\".\"a\" = $2 AND"
         " \"_leat\".\"b\" COLLATE \"C\" < $3 UNION ALL %s WHERE \"_leat\".\"a\" = $2 AND"
         " \"_leat\".\"b\" IS NULL) AS \"_leat\" ORDER BY \"_leat\".\"a\" ASC,"
         " \"_leat\".\"b\" COLLATE \"C\" DESC NULLS LAST LIMIT $4"},
        {0, 1, 0, COMPOSE_CURSOR | COMPOSE_NULL,
         "SELECT * FROM (%s WHERE \"_leat\".\"a\" IS NOT NULL UNION ALL %s WHERE \"_leat\".\"a\""
         " IS NULL AND \"_leat\".\"b\" > $2) AS \"_leat\" ORDER BY \"_leat\".\"a\" ASC NULLS"
         " FIRST, \"_leat\".\"b\" ASC LIMIT $3"},
        {3, 3, 0, COMPOSE_CURSOR | COMPOSE_NULL | COMPOSE_NULL << 1,
         "%s WHERE false ORDER BY \"_leat\".\"a\" DESC NULLS LAST, \"_leat\".\"b\" DESC NULLS LAST"
         " LIMIT $2"},
        {0, 0, 0, COMPOSE_COUNT,
         "SELECT count(*) FROM (SELECT 1 FROM (SELECT a, b FROM t\n) AS \"_leat\" LIMIT $2) AS"
         " \"_leat_rows\""},
    };
    static const char select[] = "SELECT * FROM (SELECT a, b FROM t\n) AS \"_leat\"";
    struct plan_step step = {.sql = "SELECT a, b FROM t", .bind_count = 1};
    struct plan plan = {.steps = &step, .step_count = 1};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf sql = {0}, want = {0};

        plan.page = (struct plan_page){.by = columns,
                                       .by_count = 2,
                                       .descending = rows[i].descending,
                                       .nullable = rows[i].nullable,
                                       .texts = rows[i].texts};
        for (const char *at = rows[i].want; *at; at++)
            if (strncmp(at, "%s", 2) == 0)
                buf_puts(&want, select), at++;
            else
                buf_putc(&want, *at);
        compose_sql(&dialect_postgresql, &plan, rows[i].variant, &sql);
        cr_expect_str_eq(buf_text(&sql), buf_text(&want));
        buf_fini(&sql);
        buf_fini(&want);
    }
}

Test(compose, compares_null_in_each_dialect)
{
    struct plan_step step = {.sql = "SELECT 1 AS done, 2 AS \"list id\""};
    struct plan plan = list_of(&step);
    struct buf sql = {0};

    plan.page.by = NULL;
    compose_sql(&dialect_postgresql, &plan, 3, &sql);
    cr_expect_str_eq(buf_text(&sql), "SELECT * FROM (SELECT 1 AS done, 2 AS \"list id\"\n) AS"
                                     " \"_leat\" WHERE \"_leat\".\"done\" = $1 AND"
                                     " \"_leat\".\"list id\" IS NOT DISTINCT FROM $2");
    buf_fini(&sql);
}

/* The parameters that a variant has are those whose values are listed, and a limit. */
Test(compose, lists_the_values)
{
    static const struct {
        unsigned variant;
        size_t count, values[5];
    } rows[] = {
        {0, 0, {0}},
        {2, 1, {2}},
        {3 | COMPOSE_CURSOR, 4, {1, 2, 4, 5}},
        {1 | COMPOSE_CURSOR | COMPOSE_NULL, 2, {1, 5}},
        {COMPOSE_CURSOR | COMPOSE_NULL << 1, 1, {4}},
        {COMPOSE_BACKWARD, 0, {0}},
    };
    struct plan_step step = {.sql = "SELECT 1"};
    struct plan plan = list_of(&step);
    size_t values[COMPOSE_VALUES_MAX];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(compose_values(&plan, rows[i].variant, values) == rows[i].count);
        for (size_t k = 0; k < rows[i].count; k++)
            cr_expect(values[k] == rows[i].values[k]);
    }
}

/* Writes SQLite's plan for a page of the variant, its steps joined by "; ". */
static void explain(const struct plan *plan, unsigned variant, struct buf *out)
{
    static const char schema[] =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER NOT NULL);"
        "CREATE INDEX t_ab ON t (a, b); CREATE INDEX t_mixed ON t (a DESC, id);";
    struct buf sql = {0};
    sqlite3_stmt *stmt;
    sqlite3 *db;

    buf_puts(&sql, "EXPLAIN QUERY PLAN ");
    compose_sql(&dialect_sqlite, plan, variant, &sql);
    cr_assert(sqlite3_open(":memory:", &db) == SQLITE_OK);
    cr_assert(sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK);
    cr_assert(sqlite3_prepare_v2(db, buf_text(&sql), -1, &stmt, NULL) == SQLITE_OK, "%s", sql.data);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        buf_printf(out, "%s%s", out->len ? "; " : "", (const char *)sqlite3_column_text(stmt, 3));
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    buf_fini(&sql);
}

/* Wherever the first page needs no sort, the place of a cursor is searched in the same index. */
Test(compose, searches_the_place_of_a_cursor)
{
    static const char *const orders[][2] = {{"a", "b"}, {"a", "id"}};
    static const struct {
        size_t order;
        unsigned descending, nullable, variant;
        const char *index;
    } rows[] = {
        {0, 0, 0, 0, "(a,b)>(?,?)"},
        {0, 3, 0, 0, "(a,b)<(?,?)"},
        {0, 0, 1, 0, "(a,b)>(?,?)"},
        {0, 3, 1, 0, "t_ab (a=? AND b<?)"},
        {0, 0, 1, COMPOSE_NULL, "t_ab (a=? AND b>?)"},
        {1, 1, 0, 0, "(a=? AND id>?)"},
        {1, 1, 1, 0, "(a=? AND id>?)"},
        {1, 1, 1, COMPOSE_NULL, "(a=? AND id>?)"},
        {1, 1, 1, COMPOSE_BACKWARD, "(a=? AND id<?)"},
        {1, 1, 1, COMPOSE_BACKWARD | COMPOSE_NULL, "(a>?)"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan_step step = {.sql = "SELECT id, a, b FROM t"};
        struct plan plan = {.steps = &step,
                            .step_count = 1,
                            .page = {.by = orders[rows[i].order],
                                     .by_count = 2,
                                     .descending = rows[i].descending,
                                     .nullable = rows[i].nullable}};
        struct buf out = {0};

        explain(&plan, COMPOSE_CURSOR | rows[i].variant, &out);
        cr_expect(strstr(buf_text(&out), rows[i].index), "row %zu: %s", i, out.data);
        cr_expect(!strstr(out.data, "SCAN"), "row %zu: %s", i, out.data);
        cr_expect(!strstr(out.data, "TEMP B-TREE"), "row %zu: %s", i, out.data);
        buf_fini(&out);
    }
}
