/* SPDX-License-Identifier: MIT */
#include "lib/db/dml.h"

#include <criterion/criterion.h>

static const struct owned_table owned[] = {{"todos", "owner_id"}, {"a\"b", "owner_id"}};

/* `#` marks where `main.` belongs. */
Test(dml, names_the_table_itself)
{
    static const char *const rows[] = {
        "UPDATE #todos SET n = 1",
        "update or ignore #Todos as t set n = (select max(n) from todos)",
        "UPDATE OR REPLACE #todos SET todos = 1",
        "INSERT INTO #todos (id) SELECT id FROM todos",
        "insert or rollback into #todos default values",
        "REPLACE INTO #todos VALUES (1)",
        "DELETE FROM #todos WHERE id IN (SELECT id FROM todos)",
        "DELETE FROM #todos",
        "  -- UPDATE todos\n /* x */ UPDATE/**/#todos/**/SET n = 1",
        "DELETE FROM #\"todos\"",
        "DELETE FROM #[TODOS] WHERE 1",
        "DELETE FROM #`todos`",
        "DELETE FROM #'todos'",
        "DELETE FROM #\"a\"\"b\"",
        "DELETE FROM #'A\"b'",
        "WITH x AS (SELECT 1) UPDATE #todos SET n = 1",
        "WITH RECURSIVE x (a, b) AS MATERIALIZED (SELECT 1, ')'), y AS NOT MATERIALIZED (SELECT"
        " (2)) DELETE FROM #todos",
        "WITH \"update\" AS (SELECT ')' AS \")\"), replace (n) AS (VALUES (1)) INSERT INTO #todos"
        " SELECT n FROM replace",
        "SELECT * FROM todos",
        "WITH x AS (SELECT 1) SELECT replace('a', 'b', 'c') FROM todos",
        "WITH todos AS (SELECT 1) SELECT * FROM todos",
        "VALUES (1)",
        "UPDATE todo SET n = 1",
        "UPDATE todoss SET n = 1",
        "UPDATE \"todos \" SET n = 1",
        "UPDATE \"a\" SET n = 1",
        "UPDATE \"a\"\"\" SET n = 1",
        "UPDATE lists SET n = (SELECT 1 FROM todos)",
        "INSERT INTO lists SELECT * FROM todos",
        "UPDATE main.todos SET n = 1",
        "UPDATE main . todos SET n = 1",
        "UPDATE todos.todos SET n = 1",
        "WITH x AS (SELECT 1",
        "UPDATE",
        "UPDATE OR",
        "INSERT INTO",
        "DELETE todos_",
        "",
        "\"",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf sql = {0}, want = {0}, got = {0};
        bool is_changed = false;

        for (const char *at = rows[i]; *at; at++) {
            is_changed |= *at == '#';
            buf_puts(&want, *at == '#' ? "main." : "");
            if (*at != '#')
                buf_putc(&want, *at), buf_putc(&sql, *at);
        }
        cr_expect(dml_splice(buf_text(&sql), owned, 2, &got) == is_changed, "%s", rows[i]);
        cr_expect_str_eq(buf_text(&got), buf_text(&want), "%s: %s", rows[i], buf_text(&got));
        buf_fini(&sql);
        buf_fini(&want);
        buf_fini(&got);
    }
}

Test(dml, sees_the_schema_named)
{
    static const struct {
        const char *sql;
        int at;
    } rows[] = {
        {"SELECT * FROM main.todos", 14},
        {"SELECT * FROM MAIN . todos", 14},
        {"SELECT * FROM \"main\"./**/todos", 14},
        {"SELECT * FROM [temp].todos", 14},
        {"SELECT * FROM 'main'.todos", 14},
        {"SELECT * FROM `Temp`\n.todos", 14},
        {"SELECT main FROM maine.todos", -1},
        {"SELECT 'main.todos', \"main.\" -- main.todos", -1},
        {"SELECT /* main.x */ t.main, t.temp FROM t", -1},
        {"SELECT \"main\"\"\".x", -1},
        {"", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(dml_find_schema(rows[i].sql) == rows[i].at, "%s: %d", rows[i].sql,
                  dml_find_schema(rows[i].sql));
}
