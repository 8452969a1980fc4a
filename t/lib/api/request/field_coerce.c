/* SPDX-License-Identifier: MIT */
#include "lib/api/request/field.h"

#include <stdlib.h>

#include <criterion/criterion.h>

enum {
    N = SCHEMA_NULL,
    B = SCHEMA_BOOLEAN,
    I = SCHEMA_INTEGER,
    D = SCHEMA_NUMBER | SCHEMA_INTEGER,
    S = SCHEMA_STRING,
    A = SCHEMA_ARRAY,
    O = SCHEMA_OBJECT
};

static void expect(struct slice text, int types, const char *want)
{
    char *copy = malloc(text.len + !text.len); /* exact size, for the sanitizer */
    struct budget budget = budget_endless();
    struct arena arena = {0};
    struct field_reader reader = {.in = "query", .arena = &arena, .budget = &budget};
    struct buf got = {0};
    struct jvalue value;
    bool ok;

    if (text.len)
        memcpy(copy, text.data, text.len);
    ok = field_coerce((struct slice){copy, text.len}, types, &reader, &value);
    cr_expect(ok == (want != NULL), "%.*s as %d", (int)text.len, text.data, types);
    cr_expect(ok || value.type == JNULL);
    jvalue_write(&got, &value, &budget);
    if (ok && want)
        cr_expect_str_eq(buf_text(&got), want);
    buf_fini(&got);
    arena_fini(&arena);
    free(copy);
}

struct row {
    const char *text;
    int types;
    const char *want; /* NULL: no type matches */
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(slice_of(rows[i].text), rows[i].types, rows[i].want);
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))

Test(field_coerce, reads_numbers_as_json_writes_them)
{
    static const struct row rows[] = {
        {"12", I, "12"},
        {"-0", I, "0"},
        {"-9223372036854775808", I, "-9223372036854775808"},
        {"9223372036854775807", I, "9223372036854775807"},
        {"9223372036854775808", I, NULL},
        {"9223372036854775808", D, "9.223372036854776e+18"},
        {"12", D, "12"},
        {"12", SCHEMA_NUMBER, "12"},
        {"-1.5e3", D, "-1500.0"},
        {"1e999", D, NULL},
        {"NaN", D, NULL},
        {"Infinity", D, NULL},
        {"1.0", I, NULL},
        {"1e3", I, NULL},
        {"+1", I, NULL},
        {"01", I, NULL},
        {"-01", D, NULL},
        {"0x1", D, NULL},
        {"1.", D, NULL},
        {".5", D, NULL},
        {"-", D, NULL},
        {"", D, NULL},
        {" 1", D, NULL},
        {"1 ", D, NULL},
        {"1\n", D, NULL},
        {"1,2", D, NULL},
    };

    RUN_ROWS(rows);
}

Test(field_coerce, reads_booleans_and_null)
{
    static const struct row rows[] = {
        {"true", B, "true"},     {"false", B, "false"},
        {"True", B, NULL},       {"true ", B, NULL},
        {"1", B, NULL},          {"", B, NULL},
        {"null", B, NULL},       {"null", N, "null"},
        {"", N, "null"},         {"nul", N, NULL},
        {"null", N | I, "null"}, {"", N | I, "null"},
        {"7", N | I, "7"},       {"null", N | S, "\"null\""},
        {"", N | S, "\"\""},     {"", N | I | S, "\"\""},
    };

    RUN_ROWS(rows);
}

Test(field_coerce, prefers_the_narrower_type)
{
    static const struct row rows[] = {
        {"12", I | S, "12"},
        {"1.0", I | S, "\"1.0\""},
        {"1.5", D | S, "1.5"},
        {"x", I | S, "\"x\""},
        {"true", B | S, "true"},
        {"true1", B | I | S, "\"true1\""},
        {"[1]", A | S, "[1]"},
        {"{}", A | S, "\"{}\""},
        {"[1", A | S, "\"[1\""},
        {"12", SCHEMA_ANY, "\"12\""},
        {"null", SCHEMA_ANY, "\"null\""},
        {"true", SCHEMA_ANY & ~N, "\"true\""},
        {"12", S, "\"12\""},
        {"a", 0, NULL},
    };

    RUN_ROWS(rows);
}

Test(field_coerce, reads_arrays_and_objects_as_json)
{
    static const struct row rows[] = {
        {"[1, {}]", A, "[1,{}]"},
        {"{\"a\":[null]}", O, "{\"a\":[null]}"},
        {"{}", A, NULL},
        {"[]", O, NULL},
        {"1", A | O, NULL},
        {"", A | O, NULL},
        {"{\"a\":1,\"a\":2}", O, NULL},
        {"['a']", A, NULL},
    };
    char deep[2 * (FIELD_DEPTH_MAX + 1)];
    RUN_ROWS(rows);
    memset(deep, '[', FIELD_DEPTH_MAX + 1);
    memset(deep + FIELD_DEPTH_MAX + 1, ']', FIELD_DEPTH_MAX + 1);
    expect((struct slice){deep, sizeof(deep)}, A, NULL);
    deep[sizeof(deep) - 1] = '\0';
    expect((struct slice){deep + 1, sizeof(deep) - 2}, A, deep + 1);
}

Test(field_coerce, stops_where_the_slice_ends)
{
    static const struct {
        const char *text;
        size_t len;
        int types;
        const char *want;
    } rows[] = {
        {"123", 2, I, "12"},        {"truex", 4, B, "true"},  {"nullx", 4, N, "null"},
        {"[1]]", 3, A, "[1]"},      {"ab", 1, S, "\"a\""},    {NULL, 0, S, "\"\""},
        {NULL, 0, A | I | B, NULL}, {"\xc3\xa4", 1, S, NULL}, {"\xff", 1, SCHEMA_ANY, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect((struct slice){rows[i].text, rows[i].len}, rows[i].types, rows[i].want);
}
