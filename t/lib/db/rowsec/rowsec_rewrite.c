/* SPDX-License-Identifier: MIT */
#include "lib/db/rowsec/rowsec_rewrite.h"

#include <stdio.h>

#include <criterion/criterion.h>

static const struct owned_table owned[] = {{"todos", "owner_id"}, {"a\"b", "o\"w"}};

#define OWNER "(main.todos.\"owner_id\" = leat_sub())"

static void expect(const char *sql, bool is_barrier, const char *want)
{
    struct rewrite r;

    cr_expect(rewrite_statement(sql, owned, 2, is_barrier, &r), "%s", sql);
    cr_expect_str_eq(r.sql.data, want, "%s\n  %s\n  %s", sql, r.sql.data, want);
    rewrite_fini(&r);
}

Test(rewrite, adds_the_owner_to_conditions)
{
    static const char *const rows[][2] = {
        {"DELETE FROM todos", "DELETE FROM main.todos WHERE " OWNER},
        {"DELETE FROM todos -- all", "DELETE FROM main.todos WHERE " OWNER " -- all"},
        {"DELETE FROM todos /* all", "DELETE FROM main.todos WHERE " OWNER " /* all"},
        {"DELETE FROM todos WHERE done", "DELETE FROM main.todos WHERE " OWNER " AND ( done)"},
        {"DELETE FROM todos WHERE done -- x",
         "DELETE FROM main.todos WHERE " OWNER " AND ( done) -- x"},
        {"DELETE FROM todos AS t WHERE t.n = (SELECT 1 WHERE 0) RETURNING id",
         "DELETE FROM main.todos AS t WHERE (t.\"owner_id\" = leat_sub()) AND ( t.n = (SELECT 1 "
         "WHERE"
         " 0)) RETURNING id"},
        {"DELETE FROM todos RETURNING (SELECT 1 WHERE 1)",
         "DELETE FROM main.todos WHERE " OWNER " RETURNING (SELECT 1 WHERE 1)"},
        {"DELETE FROM todos NOT INDEXED ORDER BY id LIMIT 1",
         "DELETE FROM main.todos NOT INDEXED WHERE " OWNER " ORDER BY id LIMIT 1"},
        {"delete from \"Todos\" where a or b",
         "delete from main.\"Todos\" where (main.\"Todos\".\"owner_id\" = leat_sub()) AND ( a or "
         "b)"},
        {"DELETE FROM 'A\"b'",
         "DELETE FROM main.'A\"b' WHERE (main.'A\"b'.\"o\"\"w\" = leat_sub())"},
        {"UPDATE todos SET n = 1", "UPDATE main.todos SET n = 1 WHERE " OWNER},
        {"UPDATE OR IGNORE todos SET n = (SELECT max(n) FROM todos) WHERE 1 OR 1",
         "UPDATE OR IGNORE main.todos SET n = (SELECT max(n) FROM todos) WHERE " OWNER
         " AND ( 1 OR 1)"},
        {"UPDATE todos SET n = 1 FROM a JOIN b ON a.x = b.x WHERE a.y",
         "UPDATE main.todos SET n = 1 FROM a JOIN b ON a.x = b.x WHERE " OWNER " AND ( a.y)"},
        {"UPDATE todos SET (a, b) = (SELECT 1, 2) FROM (SELECT 1 WHERE 1) AS x",
         "UPDATE main.todos SET (a, b) = (SELECT 1, 2) FROM (SELECT 1 WHERE 1) AS x WHERE " OWNER},
        {"WITH x AS (SELECT 1 WHERE 1) UPDATE todos AS \"t\" SET n = 1 WHERE n IN x",
         "WITH x AS (SELECT 1 WHERE 1) UPDATE main.todos AS \"t\" SET n = 1 WHERE "
         "(\"t\".\"owner_id\""
         " = leat_sub()) AND ( n IN x)"},
        {"UPDATE todos SET \"where\" = 'where' WHERE [returning]",
         "UPDATE main.todos SET \"where\" = 'where' WHERE " OWNER " AND ( [returning])"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(rows[i][0], false, rows[i][1]);
}

#define OWN "leat_own(main.todos.\"owner_id\", 'todos')"

Test(rewrite, asks_whose_row_stands_in_the_way)
{
    static const char *const rows[][2] = {
        {"INSERT INTO todos VALUES (1)", "INSERT INTO main.todos VALUES (1)"},
        {"REPLACE INTO todos DEFAULT VALUES", "REPLACE INTO main.todos DEFAULT VALUES"},
        {"INSERT INTO todos SELECT * FROM x WHERE 1 ON CONFLICT DO NOTHING",
         "INSERT INTO main.todos SELECT * FROM x WHERE 1 ON CONFLICT DO NOTHING"},
        {"INSERT INTO todos VALUES (1) ON CONFLICT (id) WHERE n DO UPDATE SET n = 1",
         "INSERT INTO main.todos VALUES (1) ON CONFLICT (id) WHERE n DO UPDATE SET n = 1 "
         "WHERE " OWN},
        {"INSERT INTO todos AS t VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE n < 2 RETURNING "
         "n",
         "INSERT INTO main.todos AS t VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE"
         " leat_own(t.\"owner_id\", 'todos') AND ( n < 2) RETURNING n"},
        {"INSERT INTO todos VALUES (1) ON CONFLICT (a) DO UPDATE SET n = 1 WHERE 2 ON CONFLICT (b) "
         "DO"
         " UPDATE SET n = (SELECT 3 WHERE 4) ON CONFLICT DO NOTHING",
         "INSERT INTO main.todos VALUES (1) ON CONFLICT (a) DO UPDATE SET n = 1 WHERE " OWN
         " AND ( 2) ON CONFLICT (b) DO UPDATE SET n = (SELECT 3 WHERE 4) WHERE " OWN
         " ON CONFLICT DO NOTHING"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(rows[i][0], false, rows[i][1]);
}

Test(rewrite, puts_conditions_behind_a_barrier)
{
    expect("DELETE FROM todos WHERE f(x)", true,
           "DELETE FROM main.todos WHERE " OWNER " AND CASE WHEN " OWNER " THEN ( f(x)) END");
    expect("INSERT INTO todos VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE f(x)", true,
           "INSERT INTO main.todos VALUES (1) ON CONFLICT DO UPDATE SET n = 1 WHERE " OWN
           " AND CASE WHEN " OWNER " THEN ( f(x)) END");
    expect("DELETE FROM todos", true, "DELETE FROM main.todos WHERE " OWNER);
}

Test(rewrite, leaves_the_rest_alone)
{
    static const char *const rows[] = {
        "SELECT * FROM todos",
        "WITH x AS (SELECT 1) SELECT replace('a', 'b', 'c') FROM todos",
        "WITH todos AS (SELECT 1) SELECT * FROM todos",
        "VALUES (1)",
        "UPDATE todo SET n = 1",
        "UPDATE \"todos \" SET n = 1",
        "UPDATE \"a\"\"\" SET n = 1",
        "UPDATE lists SET n = (SELECT 1 FROM todos WHERE 1)",
        "INSERT INTO lists SELECT * FROM todos",
        "UPDATE main.todos SET n = 1", /* refused before */
        "UPDATE todos.todos SET n = 1",
        "WITH x AS (SELECT 1",
        "UPDATE",
        "UPDATE OR",
        "INSERT INTO",
        "DELETE todos_",
        "",
        "\"",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(rows[i], false, rows[i]);
}

Test(rewrite, finds_places_again)
{
    const char *sql = "DELETE FROM todos WHERE a = b RETURNING c";
    struct rewrite r;

    cr_assert(rewrite_statement(sql, owned, 2, false, &r));
    for (const char *at = "Tabc"; *at; at++) {
        const char *here = strrchr(r.sql.data, *at), *there = strrchr(sql, *at);

        cr_expect(rewrite_origin(&r, (int)(here - r.sql.data)) == (int)(there - sql), "%c", *at);
    }
    cr_expect(rewrite_origin(&r, (int)(strstr(r.sql.data, "leat_sub") - r.sql.data)) ==
              (int)(strstr(sql, " a = b") - sql));
    cr_expect(rewrite_origin(&r, -1) == -1);
    rewrite_fini(&r);
}

Test(rewrite, takes_so_many_clauses)
{
    struct buf sql = {0};
    struct rewrite r;

    buf_puts(&sql, "INSERT INTO todos VALUES (1)");
    for (int i = 0; i < REWRITE_INSERTIONS_MAX - 1; i++)
        buf_puts(&sql, " ON CONFLICT (a) DO UPDATE SET n = 1");
    cr_expect(rewrite_statement(buf_text(&sql), owned, 2, false, &r));
    rewrite_fini(&r);
    buf_puts(&sql, " ON CONFLICT (a) DO UPDATE SET n = 1");
    cr_expect(!rewrite_statement(buf_text(&sql), owned, 2, false, &r));
    rewrite_fini(&r);
    buf_fini(&sql);
}

Test(rewrite, refuses_schemas_and_functions)
{
    static const struct {
        const char *sql;
        int at; /* -1: it is not refused */
    } rows[] = {
        {"SELECT * FROM main.todos", 14},
        {"SELECT * FROM MAIN . todos", 14},
        {"SELECT * FROM \"main\"./**/todos", 14},
        {"SELECT * FROM [temp].todos", 14},
        {"SELECT * FROM 'main'.todos", 14},
        {"SELECT * FROM `Temp`\n.todos", 14},
        {"SELECT leat_sub ()", 7},
        {"SELECT LEAT_own(1)", 7},
        {"SELECT \"leat_sub\"()", 7},
        {"SELECT [Leat_own] (1, NULL)", 7},
        {"SELECT `leat_own`/**/(1, NULL)", 7},
        {"SELECT main FROM maine.todos", -1},
        {"SELECT 'main.todos', \"main.\" -- main.todos", -1},
        {"SELECT /* main.x */ t.main, t.temp FROM t", -1},
        {"SELECT \"main\"\"\".x", -1},
        {"SELECT leat_sub, leaf(1) FROM t", -1},
        {"SELECT 'leat_sub' IN (1), \"leat_sub\", [lea]", -1},
        {"", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault;
        bool is_allowed = rewrite_allows(rows[i].sql, &fault);

        cr_expect((rows[i].at < 0) == is_allowed, "%s", rows[i].sql);
        cr_expect(is_allowed || (fault.has_offset && fault.offset == (size_t)rows[i].at), "%s: %s",
                  rows[i].sql, fault.text);
    }
}
