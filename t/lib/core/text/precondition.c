/* SPDX-License-Identifier: MIT */
#include "lib/core/text/precondition.h"

#include <criterion/criterion.h>

static struct slice field(const char *text)
{
    return text ? slice_of(text) : (struct slice){NULL, 0};
}

Test(precondition, compares)
{
    static const struct {
        const char *if_match, *if_none_match, *tag;
        bool exists;
        enum precondition_result result;
    } rows[] = {
        {NULL, NULL, "\"1\"", true, PRECONDITION_HOLDS},
        {"\"1\"", NULL, "\"1\"", true, PRECONDITION_HOLDS},
        {" \"2\" ,\"1\"", NULL, "\"1\"", true, PRECONDITION_HOLDS},
        {"\"2\"", NULL, "\"1\"", true, PRECONDITION_NO_MATCH},
        {"W/\"1\"", NULL, "\"1\"", true, PRECONDITION_NO_MATCH},
        {"\"1\"", NULL, NULL, true, PRECONDITION_NO_MATCH},
        {"\"1\"", NULL, NULL, false, PRECONDITION_NO_MATCH},
        {"*", NULL, NULL, true, PRECONDITION_HOLDS},
        {"*", NULL, NULL, false, PRECONDITION_NO_MATCH},
        {"", NULL, "\"1\"", true, PRECONDITION_NO_MATCH},
        {NULL, "*", "\"1\"", true, PRECONDITION_MATCH},
        {NULL, "*", NULL, false, PRECONDITION_HOLDS},
        {NULL, "W/\"1\"", "\"1\"", true, PRECONDITION_MATCH},
        {NULL, "\"2\"", "\"1\"", true, PRECONDITION_HOLDS},
        {NULL, "\"1\"", NULL, true, PRECONDITION_HOLDS},
        {"\"1\"", "\"1\"", "\"1\"", true, PRECONDITION_MATCH},
        {"\"2\"", "\"1\"", "\"1\"", true, PRECONDITION_NO_MATCH},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct precondition p = {field(rows[i].if_match), field(rows[i].if_none_match)};

        cr_expect_eq(precondition_compare(&p, rows[i].exists, field(rows[i].tag)), rows[i].result,
                     "row %zu", i);
    }
}

Test(precondition, is_valid)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {
        {"*", true},         {"\"\"", true},      {"\"a\", W/\"b\"", true}, {"\"a\",", true},
        {"", false},         {"a", false},        {"\"a", false},           {"\"a\" \"b\"", false},
        {"\"a\", b", false}, {"*, \"a\"", false}, {"w/\"a\"", false},       {"\"a b\"", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct precondition p = {.if_match = slice_of(rows[i].text)};

        cr_expect_eq(precondition_is_valid(&p), rows[i].is_valid, "%s", rows[i].text);
    }
}
