/* SPDX-License-Identifier: MIT */
/* The cost of a match, in terms of whether it is given up, and never of time. */
#include "lib/schema/pattern.h"

#include <string.h>

#include <criterion/criterion.h>

static bool matches(const char *pattern, const char *text, size_t len, bool *is_too_costly)
{
    struct fault fault = {0};
    struct pattern *p = pattern_new(pattern, strlen(pattern), &fault);
    bool is_match;

    cr_assert(p, "%s: %s at %zu", pattern, fault.text, fault.offset);
    is_match = pattern_matches(p, text, len, is_too_costly);
    pattern_free(&p);
    return is_match;
}

enum cost { NO, YES, TOO_COSTLY };

struct cost_row {
    const char *pattern;
    enum cost cost;
};

static void expect_costs(const struct cost_row *rows, size_t count, const char *text, size_t len)
{
    static const char *const names[] = {"no match", "a match", "too costly"};

    for (size_t i = 0; i < count; i++) {
        bool is_too_costly = false;
        bool is_match = matches(rows[i].pattern, text, len, &is_too_costly);
        enum cost cost = is_too_costly ? TOO_COSTLY : is_match ? YES : NO;

        cr_expect(!(is_too_costly && is_match), "%s", rows[i].pattern);
        cr_expect(cost == rows[i].cost, "%s on %zu bytes: %s", rows[i].pattern, len, names[cost]);
    }
}

/* Each takes at least quadratic time unless something stops it. */
Test(pattern_cost, gives_up_in_good_time)
{
    static const struct cost_row rows[] = {
        {"^(a+)+$", TOO_COSTLY},
        {"(a+)+$", NO},
        {"^(a|aa)+$", TOO_COSTLY},
        {"(a|aa)+$", NO},
        {"(.*)*!", YES},
        {"(.*)*[?]", NO},
        {"a.*[bc]", TOO_COSTLY},
        {"a[a-z]*[0-9]", TOO_COSTLY},
        {"(a+a+)+[bc]", TOO_COSTLY},
        {"(?=.*[bc])a", TOO_COSTLY},
        {"a(?!a*!)", TOO_COSTLY},
        {"^(?:(?=[a-z]*)[a-z])*$", TOO_COSTLY},
        {"^(a*)\\1[bc]$", TOO_COSTLY},
        {"(a+)(?=.*)\\1[bc]", TOO_COSTLY},
        {"[a-z]{1000}[0-9]", TOO_COSTLY},
        {"(?:[a-z]{31}){1000}[0-9]", TOO_COSTLY},
        {"(?<=[a-z]{30000})[ac][bc]", TOO_COSTLY},
        {"^[a-z]*[a-z]*[a-z]*[0-9]$", TOO_COSTLY},
        {"^([a-z]+)*-$", TOO_COSTLY},
    };
    static char text[1 << 16];
    static char large[1 << 20];

    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '!';
    expect_costs(rows, sizeof(rows) / sizeof(*rows), text, sizeof(text));
    memset(large, 'a', sizeof(large));
    large[sizeof(large) - 1] = '!';
    expect_costs(rows, 10, large, sizeof(large));
    expect_costs(rows, 1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 41);
}

Test(pattern_cost, never_gives_up_on_reasonable_patterns)
{
    static const struct cost_row rows[] = {
        {"[a-z]", YES},
        {"^(?:[a-z]|-)+", YES},
        {"[A-Z]", NO},
        {"foo$", YES},
        {"bar$", NO},
        {"^\\p{L}{2,}$", YES},
        {"^[a-z]+$", YES},
        {"^[a-z]+[0-9]$", NO},
        {"^.*foo.*$", YES},
        {".*bar.*", NO},
        {"[a-z]$", YES},
        {"[a-z]+[^a-z]", NO},
        {"^[^<>]*$", YES},
        {"^[^@]+@[^@]+$", NO},
        {"[0-9]{3}-[0-9]{4}", NO},
        {"[0-9a-f]{64}-", NO},
        {"(?:foo|bar)+$", YES},
        {"^(?!.*<).*$", YES},
        {"^(?=.*[a-z])(?=.*o).{8,}$", YES},
    };
    static const struct cost_row slugs[] = {
        {"^[a-z0-9]+(?:-[a-z0-9]+)*$", YES},
        {"^[a-z0-9]+(?:-[a-z0-9]+)*!$", NO},
        {"^(?:[a-z-]{4})*[a-z-]{1,4}$", YES},
        {"^(?:[a-z]+-)*[a-z]+$", YES},
    };
    static char text[1 << 20];

    memset(text, 'a', sizeof(text));
    memcpy(text + sizeof(text) - 3, "foo", 3);
    expect_costs(rows, sizeof(rows) / sizeof(*rows), text, sizeof(text));
    for (size_t i = 5; i < 1 << 16; i += 6)
        text[i] = '-';
    expect_costs(slugs, sizeof(slugs) / sizeof(*slugs), text, (1 << 16) - 1);
}
