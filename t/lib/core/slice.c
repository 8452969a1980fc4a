/* SPDX-License-Identifier: MIT */
#include "lib/core/slice.h"

#include <criterion/criterion.h>

Test(slice, compares)
{
    cr_expect(slice_is(SLICE_LIT("abc"), "abc") && !slice_is(SLICE_LIT("abc"), "ab"));
    cr_expect(!slice_is(SLICE_LIT("abc"), "abcd") && slice_is(slice_of(""), ""));
    cr_expect(slice_is_nocase(SLICE_LIT("ABc"), "abC") && !slice_is_nocase(SLICE_LIT("ab"), "abc"));
    cr_expect(slice_of(NULL).len == 0 && !slice_is(SLICE_LIT("a\0b"), "a"));
}

Test(slice, trims)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"", ""}, {" ", ""}, {" \t a b\t ", "a b"}, {"a", "a"}, {"\na ", "\na"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(slice_is(slice_trim(slice_of(rows[i].text)), rows[i].want), "%s", rows[i].text);
}

Test(slice, cuts)
{
    static const struct {
        const char *text, *head, *rest;
    } rows[] = {{"a,b,c", "a", "b,c"}, {"a", "a", ""},  {"", "", ""},
                {",", "", ""},         {"a,", "a", ""}, {",a", "", "a"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice rest = slice_of(rows[i].text);

        cr_expect(slice_is(slice_cut(&rest, ','), rows[i].head), "%s", rows[i].text);
        cr_expect(slice_is(rest, rows[i].rest), "%s", rows[i].text);
    }
}

Test(slice, cuts_nothing)
{
    struct slice nothing = {NULL, 0};

    cr_expect(!slice_cut(&nothing, ',').data && !nothing.data && !nothing.len);
}

Test(slice, chooses)
{
    static const struct {
        const char *choices, *text;
        bool is_one;
    } rows[] = {{"a|b|c", "a", true}, {"a|b|c", "c", true},   {"a|b|c", "a|b", false},
                {"a|b|c", "", false}, {"abc|d", "ab", false}, {"a", "a", true},
                {"", "a", false},     {"a|bc", "bc", true}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(slice_is_choice(rows[i].choices, rows[i].text) == rows[i].is_one, "%s",
                  rows[i].text);
}
