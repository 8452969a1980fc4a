/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqllex.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/db/sql/sqlbound.h"
#include "lib/db/sql/sqlhead.h"

/* Tokens as `kind:text|`. */
static const char *all(const char *sql, const struct dialect *dialect, struct buf *out)
{
    static const char kinds[] = "ewnsd?=";

    out->len = 0;
    for (struct sql_token t = sql_token_at(sql, dialect); t.len; t = sql_token_next(t))
        buf_printf(out, "%c:%.*s|", kinds[t.kind], (int)t.len, t.at);
    return buf_text(out);
}

Test(sqllex, tells_tokens_apart)
{
    static const char *const rows[][2] = {
        {"SELECT a_1,$b", "w:SELECT|w:a_1|=:,|?:$b|"},
        {"\"a\"\"b\" `c` [d]e 'f''g'", "n:\"a\"\"b\"|n:`c`|n:[d]|w:e|s:'f''g'|"},
        {"-- x\n1/* y */2 --z", "d:1|d:2|"},
        {"1.5e-3+0x1F .5 1e5", "d:1.5e-3|=:+|d:0x1F|d:.5|d:1e5|"},
        {"? ?1 :a @b :", "?:?|?:?1|?::a|?:@b|=::|"},
        {"a<=b||c->>'$'->d<>!=", "w:a|=:<=|w:b|=:|||w:c|=:->>|s:'$'|=:->|w:d|=:<>|=:!=|"},
        {"x'00' \xc3\xa4", "w:x|s:'00'|w:\xc3\xa4|"},
        {"\xef\xbb\xbf\xef\xbb\xbf"
         "a\xef\xbb\xbf",
         "w:a\xef\xbb\xbf|"},
        {"a \xef\xbb\xbf-- b\n \xef\xbb.", "w:a|w:\xef\xbb|=:.|"},
        {"?1a", "?:?1|w:a|"},
        {"'open", "s:'open|"},
        {"/* open", ""},
        {"", ""},
    };
    struct buf out = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(all(rows[i][0], &dialect_sqlite, &out), rows[i][1], "%s: %s", rows[i][0],
                         buf_text(&out));
    buf_fini(&out);
}

Test(sqllex, tells_tokens_of_postgresql_apart)
{
    static const char *const rows[][2] = {
        {"a::int[], b [1:2] :c :_d",
         "w:a|=:::|w:int|=:[|=:]|=:,|w:b|=:[|d:1|=::|d:2|=:]|?::c|?::_d|"},
        {"f(a := :b, c => 1)", "w:f|=:(|w:a|=::=|?::b|=:,|w:c|=:=|=:>|d:1|=:)|"},
        {"$$ it's :a -- $$ $1", "s:$$ it's :a -- $$|?:$1|"},
        {"$q$ $$ $Q$ $q$x", "s:$q$ $$ $Q$ $q$|w:x|"},
        {"a$b$c$b$ $ $1a$$b$$", "w:a$b$c$b$|=:$|?:$1|w:a$$b$$|"},
        {"$1$$ :a $$ $\xc3\xa4$'$\xc3\xa4$", "?:$1|s:$$ :a $$|s:$\xc3\xa4$'$\xc3\xa4$|"},
        {"$open$ :a $$ ", "s:$open$ :a $$ |"},
        {"E'\\'' e'a''\\\\' me'\\'", "s:E'\\''|s:e'a''\\\\'|w:me|s:'\\'|"},
        {"E'a' -- b\n 'c\\'' :d", "s:E'a' -- b\n 'c\\''|?::d|"},
        {"E'a' 'c\\' E'a'/*\n*/'\\'", "s:E'a'|s:'c\\'|s:E'a'|s:'\\'|"},
        {"E'open\\", "s:E'open\\|"},
        {"/* /* */ :a */ b /* /* */", "w:b|"},
        {"-- a\rb -- c\n:d", "w:b|?::d|"},
        {"`a` [b] j ? 'k' @> x", "=:`|w:a|=:`|=:[|w:b|=:]|w:j|=:?|s:'k'|=:@|=:>|w:x|"},
        {"1FROM 1.5e3e 1e 1.e+2 0x1F .5.5",
         "d:1|w:FROM|d:1.5e3|w:e|d:1|w:e|d:1.e+2|d:0|w:x1F|d:.5|d:.5|"},
        {"\xef\xbb\xbf"
         "a",
         "w:\xef\xbb\xbf"
         "a|"},
        {"U&'\\'':a 'b\\'", "w:U|=:&|s:'\\'':a '|w:b|=:\\|s:'|"},
    };
    struct buf out = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(all(rows[i][0], &dialect_postgresql, &out), rows[i][1], "%s: %s",
                         rows[i][0], buf_text(&out));
    buf_fini(&out);
}

Test(sqllex, folds_names_of_postgresql)
{
    static const struct {
        const char *sql, *name;
        bool is_same;
    } rows[] = {
        {"Todos", "todos", true},      {"\"todos\"", "todos", true},
        {"\"Todos\"", "todos", false}, {"\"To\"\"do\"", "To\"do", true},
        {"Todos", "Todos", false},     {"'todos'", "todos", false},
        {"$$todos$$", "todos", false}, {"\"\"", "", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(sql_token_names(sql_token_at(rows[i].sql, &dialect_postgresql), rows[i].name) ==
                      rows[i].is_same,
                  "%s", rows[i].sql);
}

Test(sqllex, compares_names)
{
    static const struct {
        const char *sql, *name;
        bool is_same;
    } rows[] = {
        {"todos", "Todos", true},   {"\"to\"\"do\"", "to\"do", true},
        {"[Todos]", "todos", true}, {"'todos'", "todos", true},
        {"`todos`", "todo", false}, {"\"todos", "todos", false},
        {"todos", "todo", false},   {"\"\"", "", true},
        {"=", "=", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(sql_token_names(sql_token_at(rows[i].sql, &dialect_sqlite), rows[i].name) ==
                      rows[i].is_same,
                  "%s", rows[i].sql);
}

Test(sqllex, unquotes)
{
    static const char *const rows[][2] = {{"\"a\"\"b\"", "a\"b"}, {"'it''s'", "it's"},
                                          {"[a b]", "a b"},       {"`a``b`", "a`b"},
                                          {"word", "word"},       {"'open", "open"}},
                             *const other[][2] = {{"E'\\''", "E'\\''"},
                                                  {"$a$b$a$", "$a$b$a$"},
                                                  {"\"a\"\"b\"", "a\"b"}};
    char out[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        sql_token_text(sql_token_at(rows[i][0], &dialect_sqlite), out);
        cr_expect_str_eq(out, rows[i][1]);
    }
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
        sql_token_text(sql_token_at(other[i][0], &dialect_postgresql), out);
        cr_expect_str_eq(out, other[i][1]);
    }
}

Test(sqllex, skips_parentheses)
{
    struct sql_token t = sql_token_skip(sql_token_at("(a, ')', (b) -- )\n) c", &dialect_sqlite));

    cr_expect(sql_token_is(t, "C"));
    cr_expect(sql_token_skip(sql_token_at("(open", &dialect_sqlite)).len == 0);
}

Test(sqlhead, knows_the_verb_and_the_table)
{
    static const struct {
        const char *sql;
        enum sql_verb verb;
        const char *target;
    } rows[] = {
        {"SELECT 1", SQL_SELECT, ""},
        {"VALUES (1)", SQL_SELECT, ""},
        {"WITH x AS (SELECT ')'), y (a) AS MATERIALIZED (SELECT (2)) DELETE FROM t", SQL_DELETE,
         "t"},
        {"WITH RECURSIVE \"update\" AS (SELECT 1) SELECT 1", SQL_SELECT, ""},
        {"insert or rollback into t values (1)", SQL_INSERT, "t"},
        {"REPLACE INTO \"t\" VALUES (1)", SQL_INSERT, "\"t\""},
        {"UPDATE OR FAIL t SET a = 1", SQL_UPDATE, "t"},
        {"  /* x */ UPDATE main.t SET a = 1", SQL_UPDATE, "main"},
        {"DROP TABLE t", SQL_OTHER, ""},
        {"EXPLAIN DELETE FROM t", SQL_OTHER, ""},
        {"(SELECT 1)", SQL_OTHER, ""},
        {"", SQL_OTHER, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sql_head head = sql_head_of(rows[i].sql, &dialect_sqlite);
        struct slice target = {head.target.at, head.target.len};

        cr_expect(head.verb == rows[i].verb, "%s: %d", rows[i].sql, head.verb);
        cr_expect(slice_is(target, rows[i].target) || (!target.len && !*rows[i].target), "%s",
                  rows[i].sql);
        cr_expect(sql_head_writes(head) == (rows[i].verb > SQL_SELECT));
    }
}

Test(sqlhead, finds_writes_in_a_with_clause)
{
    static const struct {
        const char *sql;
        bool writes;
    } rows[] = {
        {"WITH gone AS (DELETE FROM t RETURNING id) SELECT * FROM gone", true},
        {"WITH a AS (SELECT 1), b (c) AS NOT MATERIALIZED (INSERT INTO t VALUES (1)) SELECT * FROM "
         "b",
         true},
        {"WITH a AS (SELECT (SELECT 'DELETE FROM t')) SELECT * FROM a", false},
        {"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", true},
        {"SELECT 1", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(sql_head_writes(sql_head_of(rows[i].sql, &dialect_postgresql)) == rows[i].writes,
                  "%s", rows[i].sql);
}

Test(sqlbound, knows_the_words_of_the_dialect)
{
    static const struct {
        const char *sql;
        bool in_sqlite, in_postgresql;
    } rows[] = {
        {"SELECT a FROM t", false, false},
        {"SELECT a FROM t LIMIT 3", true, true},
        {"SELECT 1", true, true},
        {"SELECT a FROM t FETCH FIRST 3 ROWS ONLY", false, true},
        {"SELECT a FROM (SELECT a FROM t LIMIT 3) AS s", false, false},
        {"SELECT a FROM t WHERE a = $$ LIMIT $$", true, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(sql_has_bound(rows[i].sql, &dialect_sqlite) == rows[i].in_sqlite, "%s",
                  rows[i].sql);
        cr_expect(sql_has_bound(rows[i].sql, &dialect_postgresql) == rows[i].in_postgresql, "%s",
                  rows[i].sql);
    }
}

Test(dialect, is_found_by_name)
{
    cr_expect(dialect_find("sqlite") == &dialect_sqlite);
    cr_expect(dialect_find("postgresql") == &dialect_postgresql);
    cr_expect(!dialect_find("mysql") && !dialect_find(""));
}
