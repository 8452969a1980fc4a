/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqllex.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/db/sql/sqlhead.h"

/* Tokens as `kind:text|`. */
static const char *all(const char *sql, struct buf *out)
{
    static const char kinds[] = "ewnsd?=";

    out->len = 0;
    for (struct sql_token t = sql_token_at(sql); t.len; t = sql_token_next(t))
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
        cr_expect_str_eq(all(rows[i][0], &out), rows[i][1], "%s: %s", rows[i][0], buf_text(&out));
    buf_fini(&out);
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
        cr_expect(sql_token_names(sql_token_at(rows[i].sql), rows[i].name) == rows[i].is_same, "%s",
                  rows[i].sql);
}

Test(sqllex, unquotes)
{
    static const char *const rows[][2] = {{"\"a\"\"b\"", "a\"b"}, {"'it''s'", "it's"},
                                          {"[a b]", "a b"},       {"`a``b`", "a`b"},
                                          {"word", "word"},       {"'open", "open"}};
    char out[32];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        sql_token_text(sql_token_at(rows[i][0]), out);
        cr_expect_str_eq(out, rows[i][1]);
    }
}

Test(sqllex, skips_parentheses)
{
    struct sql_token t = sql_token_skip(sql_token_at("(a, ')', (b) -- )\n) c"));

    cr_expect(sql_token_is(t, "C"));
    cr_expect(sql_token_skip(sql_token_at("(open")).len == 0);
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
        struct sql_head head = sql_head_of(rows[i].sql);
        struct slice target = {head.target.at, head.target.len};

        cr_expect(head.verb == rows[i].verb, "%s: %d", rows[i].sql, head.verb);
        cr_expect(slice_is(target, rows[i].target) || (!target.len && !*rows[i].target), "%s",
                  rows[i].sql);
        cr_expect(sql_head_writes(head) == (rows[i].verb > SQL_SELECT));
    }
}
