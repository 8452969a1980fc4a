/* SPDX-License-Identifier: MIT */
#include "lib/core/text/scope.h"

#include <criterion/criterion.h>

Test(scope, is_one_word_of_printable_ascii)
{
    static const struct {
        struct slice text;
        bool is;
    } rows[] = {
        {SLICE_LIT("a"), true},           {SLICE_LIT("todos:read"), true},
        {SLICE_LIT("!#[]^~"), true},      {SLICE_LIT(""), false},
        {SLICE_LIT(" "), false},          {SLICE_LIT("a b"), false},
        {SLICE_LIT("a\0"), false},        {SLICE_LIT("\0a"), false},
        {SLICE_LIT("a\t"), false},        {SLICE_LIT("a\n"), false},
        {SLICE_LIT("a\x7f"), false},      {SLICE_LIT("a\""), false},
        {SLICE_LIT("a\\"), false},        {SLICE_LIT("\xc3\xa9"), false},
        {(struct slice){NULL, 0}, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(scope_is_token(rows[i].text) == rows[i].is, "row %zu", i);
}

Test(scope, a_list_has_whole_words_only)
{
    static const struct {
        struct slice list, scope;
        bool has;
    } rows[] = {
        {SLICE_LIT("a b"), SLICE_LIT("a"), true},     {SLICE_LIT("a b"), SLICE_LIT("b"), true},
        {SLICE_LIT("a b"), SLICE_LIT("a b"), false},  {SLICE_LIT("aa b"), SLICE_LIT("a"), false},
        {SLICE_LIT("a\0x b"), SLICE_LIT("a"), false}, {SLICE_LIT("a  b"), SLICE_LIT(""), false},
        {SLICE_LIT(""), SLICE_LIT(""), false},        {SLICE_LIT("A"), SLICE_LIT("a"), false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(scope_list_has(rows[i].list, rows[i].scope) == rows[i].has, "row %zu", i);
}
