/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqltext.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

Test(sqltext, makes_names_positional)
{
    static const struct {
        const char *sql, *want, *names;
    } rows[] = {
        {"SELECT :id", "SELECT ?1", "id,"},
        {"SELECT :a, :b, :a", "SELECT ?1, ?2, ?1", "a,b,"},
        {"WHERE id = :id AND list = :to.id AND owner = :id",
         "WHERE id = ?1 AND list = ?2 AND owner = ?1", "id,to.id,"},
        {"SELECT :a+:ab+:A", "SELECT ?1+?2+?3", "a,ab,A,"},
        {"SELECT :_sub, :_claim_x", "SELECT ?1, ?2", "_sub,_claim_x,"},
        {"SELECT ':a', \":b\", `:c`, [:d], :e", "SELECT ':a', \":b\", `:c`, [:d], ?1", "e,"},
        {"SELECT 'it''s :a', :b", "SELECT 'it''s :a', ?1", "b,"},
        {"SELECT \"q\"\":a\", :b", "SELECT \"q\"\":a\", ?1", "b,"},
        {"SELECT 1 -- :a 'x\n, :b", "SELECT 1 -- :a 'x\n, ?1", "b,"},
        {"SELECT 1 /* :a ' */, :b", "SELECT 1 /* :a ' */, ?1", "b,"},
        {"SELECT 1 - - :a / :b * 2", "SELECT 1 - - ?1 / ?2 * 2", "a,b,"},
        {"SELECT 1;", "SELECT 1", ""},
        {"SELECT 1 ; -- done\n ; /* x */ \n", "SELECT 1", ""},
        {"\n\nSELECT\n:a\n\n", "\n\nSELECT\n?1", "a,"},
        {"SELECT ';', \";\", [;], /*;*/ 1 --;\n", "SELECT ';', \";\", [;], /*;*/ 1 --;", ""},
        {"SELECT j->'$.a', j->>'$[?]', 'a@b'", "SELECT j->'$.a', j->>'$[?]', 'a@b'", ""},
        {"SELECT :a.", "SELECT ?1.", "a,"},
        {"SELECT :a ,:b.c ,x.y", "SELECT ?1 ,?2 ,x.y", "a,b.c,"},
        {"SELECT 'unended :a", "SELECT 'unended :a", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sqltext t;
        struct fault fault = {0};
        char names[256] = "";

        cr_expect(sqltext_parse(rows[i].sql, &dialect_sqlite, &t, &fault), "%s: %s", rows[i].sql,
                  fault.text);
        cr_expect_str_eq(t.sql.data, rows[i].want, "%s: %s", rows[i].sql, t.sql.data);
        for (size_t k = 0; k < t.name_count; k++) {
            strcat(names, t.names[k]);
            strcat(names, ",");
        }
        cr_expect_str_eq(names, rows[i].names, "%s: %s", rows[i].sql, names);
        sqltext_fini(&t);
    }
}

Test(sqltext, makes_names_positional_for_postgresql)
{
    static const struct {
        const char *sql, *want, *names;
    } rows[] = {
        {"WHERE id = :id::bigint AND list = :to.id AND x = :id",
         "WHERE id = $1::bigint AND list = $2 AND x = $1", "id,to.id,"},
        {"SELECT $$:a$$, E'\\':b', (:c)[1:2]", "SELECT $$:a$$, E'\\':b', ($1)[1:2]", "c,"},
        {"SELECT a[1: :n], f(x => :m, y := :n)", "SELECT a[1: $1], f(x => $2, y := $1)", "n,m,"},
        {"SELECT /* /* ; */ :a */ :b -- :c\r;", "SELECT /* /* ; */ :a */ $1 -- :c", "b,"},
        {"SELECT j ? 'k', j @> :j", "SELECT j ? 'k', j @> $1", "j,"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sqltext t;
        struct fault fault = {0};
        char names[256] = "";

        cr_expect(sqltext_parse(rows[i].sql, &dialect_postgresql, &t, &fault), "%s: %s",
                  rows[i].sql, fault.text);
        cr_expect_str_eq(t.sql.data, rows[i].want, "%s: %s", rows[i].sql, t.sql.data);
        for (size_t k = 0; k < t.name_count; k++) {
            strcat(names, t.names[k]);
            strcat(names, ",");
        }
        cr_expect_str_eq(names, rows[i].names, "%s: %s", rows[i].sql, names);
        sqltext_fini(&t);
    }
}

/* The number would become a part of the word before it: i$1 is a name. */
Test(sqltext, refuses_what_joins_a_word_in_postgresql)
{
    static const char *const rows[] = {"SELECT a[i:j]", "LIMIT:n", "SELECT 1:a", "SELECT $1",
                                       "a$:b"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sqltext t;
        struct fault fault = {0};

        cr_expect(!sqltext_parse(rows[i], &dialect_postgresql, &t, &fault), "%s", rows[i]);
        sqltext_fini(&t);
    }
}

Test(sqltext, refuses)
{
    static const struct {
        const char *sql;
        size_t offset;
    } rows[] = {
        {"SELECT ?", 7},
        {"SELECT ?1", 7},
        {"SELECT $a", 7},
        {"SELECT @a", 7},
        {"SELECT 1; SELECT 2", 10},
        {"SELECT 1;;x", 10},
        {"SELECT 1; 'x'", 10},
        {"SELECT 1; [x]", 10},
        {"SELECT 1; -", 10},
        {"SELECT 1; /* a */ b", 18},
        {"SELECT 1; :a", 10},
        {"SELECT :a, ? , 1", 11},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sqltext t;
        struct fault fault = {0};

        cr_expect(!sqltext_parse(rows[i].sql, &dialect_sqlite, &t, &fault) && fault_is_set(&fault),
                  "%s", rows[i].sql);
        cr_expect(fault.offset == rows[i].offset, "%s: %zu", rows[i].sql, fault.offset);
        sqltext_fini(&t);
    }
}

Test(sqltext, wants_a_statement)
{
    static const char *const rows[] = {
        "", " \n\t", ";", " ; ; ", "-- nothing", "/* nothing */", "-- a\n/* b */ ;", "/* unended"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sqltext t;
        struct fault fault = {0};

        cr_expect(!sqltext_parse(rows[i], &dialect_sqlite, &t, &fault), "%s", rows[i]);
        sqltext_fini(&t);
    }
}

Test(sqltext, holds_so_many_names)
{
    struct buf sql = {0};
    struct sqltext t;
    struct fault fault = {0};

    buf_puts(&sql, "SELECT 0");
    for (int i = 0; i < SQLTEXT_NAMES_MAX; i++)
        buf_printf(&sql, ", :n%d", i);
    cr_expect(sqltext_parse(buf_text(&sql), &dialect_sqlite, &t, &fault), "%s", fault.text);
    cr_expect(t.name_count == SQLTEXT_NAMES_MAX);
    sqltext_fini(&t);
    buf_puts(&sql, ", :n0, :more");
    cr_expect(!sqltext_parse(buf_text(&sql), &dialect_sqlite, &t, &fault) && fault_is_set(&fault));
    sqltext_fini(&t);
    buf_fini(&sql);
}
