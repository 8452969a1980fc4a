/* SPDX-License-Identifier: MIT */
#include "lib/core/text/percent.h"

#include <stdlib.h>

#include <criterion/criterion.h>

Test(percent, decodes)
{
    static const struct {
        const char *text;
        bool plus;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"", false, ""},
        {"abc", false, "abc"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%41%2B+", true, "A+ "},
        {"%2b", false, "+"},
        {"%c3%A4", false, "\xc3\xa4"},
        {"%25", false, "%"},
        {"%2525", false, "%25"},
        {"%ff", false, "\xff"},
        {"%", false, NULL},
        {"%4", false, NULL},
        {"a%4", false, NULL},
        {"%4g", false, NULL},
        {"%g4", false, NULL},
        {"%%41", false, NULL},
        {"%00", false, NULL},
        {"a%00b", true, NULL},
        {"%+1", true, NULL},
        {"% 1", false, NULL},
        {"%-1", false, NULL},
        {"%0x41", false, NULL},
        {"%4\x31", false, "A"},
        {"%\xb4\x31", false, NULL},
        {"a%41", false, "aA"},
        {"%7f", false, "\x7f"},
        {"%@1", false, NULL},
        {"%`1", false, NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i].text);
        char *text = malloc(len + !len); /* ends where its memory ends */
        struct arena arena = {0};
        struct slice out;
        bool ok;

        memcpy(text, rows[i].text, len);
        ok = percent_decode((struct slice){text, len}, rows[i].plus, &arena, &out);
        cr_expect(ok == (rows[i].want != NULL), "%s", rows[i].text);
        cr_expect(!ok || slice_is(out, rows[i].want), "%s", rows[i].text);
        arena_fini(&arena);
        free(text);
    }
}

Test(percent, returns_plain_text_as_it_is)
{
    struct arena arena = {0};
    struct slice text = SLICE_LIT("plain+"), out;

    cr_expect(percent_decode(text, false, &arena, &out) && out.data == text.data && out.len == 6);
    cr_expect(percent_decode((struct slice){NULL, 0}, true, &arena, &out) && out.len == 0);
    arena_fini(&arena);
}

Test(percent, encodes)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", ""},
        {"AZaz09-._~", "AZaz09-._~"},
        {" +&=/%:@", "%20%2B%26%3D%2F%25%3A%40"},
        {"\xc3\xa4\n", "%C3%A4%0A"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf b = {0};

        percent_encode(&b, slice_of(rows[i].text));
        cr_expect_str_eq(buf_text(&b), rows[i].want);
        buf_fini(&b);
    }
}
