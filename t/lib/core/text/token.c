/* SPDX-License-Identifier: MIT */
#include "lib/core/text/token.h"

#include <stdlib.h>

#include <criterion/criterion.h>

Test(token, takes_tokens_and_media_types)
{
    static const struct {
        const char *text, *token, *media_type;
    } rows[] = {
        {"", "", ""},
        {"a", "a", ""},
        {"a/b", "a", "a/b"},
        {"a/b;c", "a", "a/b"},
        {"a/", "a", ""},
        {"/b", "", ""},
        {"a /b", "a", ""},
        {" a/b", "", ""},
        {"a+b/c.d", "a+b", "a+b/c.d"},
        {"!#$%&'*+-.^_`|~", "!#$%&'*+-.^_`|~", ""},
        {"\xc3\xa4/b", "", ""},
        {"a\tb/c", "a", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice rest = slice_of(rows[i].text), again = rest;

        cr_expect(slice_is(token_take(&rest), rows[i].token), "%s", rows[i].text);
        cr_expect_str_eq(rest.data, rows[i].text + strlen(rows[i].token));
        cr_expect(slice_is(token_take_media_type(&again), rows[i].media_type), "%s", rows[i].text);
        cr_expect_str_eq(again.data, rows[i].text + strlen(rows[i].media_type));
    }
}

/* Joins "name=value" of each parameter with '|'; NULL where one is malformed. Reads a copy whose
 * memory ends where the text ends, for the sanitizer. */
static const char *parameters(struct slice text, struct arena *arena)
{
    char *copy = malloc(text.len + !text.len);
    struct slice rest = {copy, text.len};
    struct token_parameter p;
    enum token_result result;
    const char *joined = "";

    memcpy(copy, text.data, text.len);
    while ((result = token_take_parameter(&rest, &p)) == TOKEN_PARAMETER) {
        struct slice value = token_value(&p, arena);

        joined = arena_printf(arena, "%s%.*s=%.*s|", joined, (int)p.name.len, p.name.data,
                              (int)value.len, value.data);
    }
    free(copy);
    return result == TOKEN_END ? joined : NULL;
}

Test(token, takes_parameters)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {" \t", ""},
        {";", ""},
        {" ; ;;\t", ""},
        {";a=b", "a=b|"},
        {" ; a=b ;\tc=d;", "a=b|c=d|"},
        {";a=\"\"", "a=|"},
        {";a=\"b c;d=e\";f=g", "a=b c;d=e|f=g|"},
        {";a=\"\\\"\\\\\\b\"", "a=\"\\b|"},
        {";a=\"\xc3\xa4\t\"", "a=\xc3\xa4\t|"},
        {"a=b", NULL},
        {";a", NULL},
        {";a=", NULL},
        {";=b", NULL},
        {";a =b", NULL},
        {";a= b", NULL},
        {";a=b c=d", NULL},
        {";a=\"b\"c", NULL},
        {";a=\"b\"c=d", NULL},
        {";a=b\"c\"", NULL},
        {";a=\"b", NULL},
        {";a=\"", NULL},
        {";a=\"b\\\"", NULL},
        {";a=\"b\\", NULL},
        {";a=\"\x01\"", NULL},
        {";a=\"\\\x7f\"", NULL},
        {";a=\"\r\n \"", NULL},
        {";a=b,", NULL},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *have = parameters(slice_of(rows[i].text), &arena);

        cr_expect(!have == !rows[i].want, "%s", rows[i].text);
        if (have && rows[i].want)
            cr_expect_str_eq(have, rows[i].want);
    }
    cr_expect_null(parameters((struct slice){";a=\"\0\"", 6}, &arena));
    arena_fini(&arena);
}

Test(token, cuts_outside_of_quoted_strings)
{
    static const char *const rows[][3] = {
        {"a, b", "a", " b"},
        {"a", "a", ""},
        {"", "", ""},
        {",b", "", "b"},
        {"a=\"b,c\", d", "a=\"b,c\"", " d"},
        {"a=\"\\\",c\", d", "a=\"\\\",c\"", " d"},
        {"a=\"\\\\\", d", "a=\"\\\\\"", " d"},
        {"a\\, d", "a\\", " d"},
        {"a=\"b, c", "a=\"b, c", ""},
        {"a=\"b\\", "a=\"b\\", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice rest = slice_of(rows[i][0]), head = token_cut(&rest, ',');

        cr_expect(slice_is(head, rows[i][1]), "%s", rows[i][0]);
        cr_expect(slice_is(rest, rows[i][2]), "%s", rows[i][0]);
    }
}
