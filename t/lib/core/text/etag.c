/* SPDX-License-Identifier: MIT */
#include "lib/core/text/etag.h"

#include <criterion/criterion.h>

Test(etag, is_listed)
{
    static const struct {
        const char *list, *etag;
        bool is_listed;
    } rows[] = {
        {"\"a\"", "\"a\"", true},
        {"\"b\"", "\"a\"", false},
        {"W/\"a\"", "\"a\"", true},
        {"\"a\"", "W/\"a\"", true},
        {"w/\"a\"", "\"a\"", false},
        {"*", "\"a\"", true},
        {" * ", "\"a\"", true},
        {"\"b\", \"a\"", "\"a\"", true},
        {"\"b\",W/\"c\" ,\t\"a\" ", "\"a\"", true},
        {", ,\"a\"", "\"a\"", true},
        {"\"b,\\\"a\"", "\"a\"", false},
        {"\"b,\"", "\"b,\"", true},
        {"\"\"", "\"\"", true},
        {"a", "\"a\"", false},
        {"\"a", "\"a\"", false},
        {"\"ab\"", "\"a\"", false},
        {"\"", "\"\"", false},
        {"*, \"b\"", "\"a\"", false},
        {"x, \"a\"", "\"a\"", false},
        {"", "\"a\"", false},
        {NULL, "\"a\"", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(etag_is_listed(slice_of(rows[i].list), slice_of(rows[i].etag)) ==
                      rows[i].is_listed,
                  "%s in %s", rows[i].etag, rows[i].list);
}

Test(etag, tells_lists)
{
    static const struct {
        const char *text;
        bool is_list;
    } rows[] = {
        {"\"a\"", true},
        {"\"a\", W/\"b\"", true},
        {",\"a\",,", true},
        {"", false},
        {",", false},
        {"\"a\", \"b c\"", false},
        {"\"b c\", \"a\"", false},
        {"\"a\" x", false},
        {"\"a\" \"b\"", false},
        {"\"a\", b", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(etag_is_list(slice_of(rows[i].text)) == rows[i].is_list, "%s", rows[i].text);
}
