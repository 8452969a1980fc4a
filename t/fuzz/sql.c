/* SPDX-License-Identifier: MIT */
/* The input is SQL, of either dialect. Its tokens must cover it but for blanks and comments, and each
 * must be the same by itself. What sqltext_parse() makes of it must have the same tokens, with a
 * number in place of each named parameter. */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/db/sql/sqlbound.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sql/sqltext.h"

static void check_alone(struct sql_token t)
{
    char *ended = strndup(t.at, t.len), *plain = malloc(t.len + 1);
    struct sql_token alone = sql_token_at(ended, t.dialect);

    assert(alone.at == ended && alone.len == t.len && alone.kind == t.kind);
    sql_token_text(t, plain);
    assert(strlen(plain) <= t.len);
    free(plain);
    free(ended);
}

/* Checks that there is no token between two. */
static void check_gap(const char *from, const char *to, const struct dialect *dialect)
{
    char *gap = strndup(from, (size_t)(to - from));

    assert(sql_token_at(gap, dialect).kind == SQL_END);
    free(gap);
}

static void check_tokens(const char *sql, const struct dialect *dialect)
{
    const char *end = sql;
    struct sql_token t = sql_token_at(sql, dialect);

    for (; t.len; t = sql_token_next(t)) {
        assert(t.at >= end && t.kind != SQL_END && t.dialect == dialect);
        check_gap(end, t.at, dialect);
        check_alone(t);
        end = t.at + t.len;
    }
    assert(t.kind == SQL_END && !*t.at);
    check_gap(end, t.at, dialect);
    assert(sql_token_skip(sql_token_at(sql, dialect)).at <= t.at);
}

/* Passes the parameter of the input that `t` stands for in the output. */
static struct sql_token pass_parameter(const struct sqltext *text, struct sql_token in,
                                       struct sql_token t)
{
    size_t number = strtoul(t.at + 1, NULL, 10), len;

    assert(*t.at == t.dialect->parameter && number >= 1 && number <= text->name_count);
    len = strlen(text->names[number - 1]);
    assert(*in.at == ':' && strncmp(in.at + 1, text->names[number - 1], len) == 0);
    return sql_token_at(in.at + 1 + len, in.dialect);
}

static void check_text(const char *sql, const struct dialect *dialect)
{
    struct sql_token in = sql_token_at(sql, dialect), t;
    struct sqltext text;
    struct fault fault;

    if (!sqltext_parse(sql, dialect, &text, &fault)) {
        assert(fault_is_set(&fault) && fault.offset <= strlen(sql));
        sqltext_fini(&text);
        return;
    }
    for (t = sql_token_at(text.sql.data, dialect); t.len; t = sql_token_next(t)) {
        if (t.kind == SQL_PARAMETER) {
            in = pass_parameter(&text, in, t);
            continue;
        }
        assert(in.kind == t.kind && memcmp(in.at, t.at, t.len) == 0);
        /* blanks at the end are cut, in an open string too */
        assert(in.len == t.len || (in.len > t.len && !in.at[in.len] && !t.at[t.len]));
        in = sql_token_next(in);
    }
    assert(!in.len || sql_token_is(in, ";"));
    sqltext_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *sql = strndup((const char *)data, size);

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        check_tokens(sql, dialects[i]);
        check_text(sql, dialects[i]);
        sql_head_of(sql, dialects[i]);
        sql_has_bound(sql, dialects[i]);
    }
    free(sql);
    return 0;
}
