/* SPDX-License-Identifier: MIT */
/* Invalid patterns, and patterns that cannot be run, with the position of the error. */
#include "lib/schema/pattern.h"

#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* Not patterns of ECMA-262. */
static const struct {
    const char *pattern;
    size_t offset;
} refusals[] = {
    {"a)", 1},
    {"x(a", 1},
    {"x[a", 1},
    {"a|*", 2},
    {"+", 0},
    {"a**", 2},
    {"a++", 2},
    {"a{1}{2}", 4},
    {"{1}", 0},
    {"^*", 1},
    {"\\b+", 2},
    {"(?=a)*", 5},
    {"a{2,1}", 1},
    {"[z-a]", 1},
    {"[a-bz-a]", 4},
    {"a\\", 1},
    {"\\a", 0},
    {"\\A", 0},
    {"\\Z", 0},
    {"\\z", 0},
    {"\\G", 0},
    {"\\Qa\\E", 0},
    {"x\\h", 1},
    {"\\R", 0},
    {"\\X", 0},
    {"\\K", 0},
    {"\\N", 0},
    {"\\C", 0},
    {"\\e", 0},
    {"[\\Q]", 1},
    {"[\\B]", 1},
    {"[\\1]", 1},
    {"\\c1", 0},
    {"\\u12", 0},
    {"\\u{110000}", 0},
    {"\\u{}", 0},
    {"\\x1", 0},
    {"\\01", 0},
    {"\\1", 0},
    {"(a)\\2", 3},
    {"\\k", 0},
    {"\\k<a>", 0},
    {"(?<a>x)\\k<b>", 7},
    {"(?<a>x)(?<a>y)", 7},
    {"(?<1>x)", 3},
    {"(?<>x)", 3},
    {"(?<a", 3},
    {"(?>a)", 0},
    {"(?i)a", 0},
    {"(?i:a)", 0},
    {"(?#a)", 0},
    {"(?|a)", 0},
    {"(?P<n>a)", 0},
    {"(?R)", 0},
    {"(?1)", 0},
    {"(?(1)a)", 0},
    {"(*ACCEPT)", 1},
    {"(*UTF)a", 1},
    {"a(?", 1},
    {"\\p", 0},
    {"\\pL", 0},
    {"\\p{}", 0},
    {"\\p{Foo}", 0},
    {"\\p{lu}", 0},
    {"\\p{Greek}", 0},
    {"\\p{sc=greek}", 0},
    {"\\p{sc=Foo}", 0},
    {"\\p{gc=Greek}", 0},
    {"\\p{ L}", 0},
    {"\\p{^L}", 0},
    {"x\\p{Xan}", 1},
    {"a\xff", 1},
};

Test(pattern_refusal, refuses_what_is_none)
{
    for (size_t i = 0; i < COUNT(refusals); i++) {
        struct fault fault = {0};
        struct pattern *p = pattern_new(refusals[i].pattern, strlen(refusals[i].pattern), &fault);

        cr_expect(!p && fault_is_set(&fault), "%s", refusals[i].pattern);
        cr_expect(fault.offset == refusals[i].offset, "%s: %zu: %s", refusals[i].pattern,
                  fault.offset, fault.text);
        cr_expect(!pattern_is_valid(refusals[i].pattern, strlen(refusals[i].pattern)), "%s",
                  refusals[i].pattern);
        pattern_free(&p);
    }
}

/* Patterns of ECMA-262 that PCRE2 lacks or interprets differently. */
Test(pattern_refusal, refuses_what_it_cannot_run)
{
    static const struct {
        const char *pattern;
        size_t offset;
    } rows[] = {
        {"x(?<=a*)b", 1},
        {"x(?<!a|b{1,2})", 1},
        {"(a)(?<=\\1)", 7},
        {"(?:(a)|b)*\\1", 10},
        {"(a*)*\\1", 5},
        {"(?:(?=(a)))?b\\1", 13},
        {"x\\p{Changes_When_NFKC_Casefolded}", 1},
        {"ab{70000}", 2},
        {"^(?:ab){1,70000}$", 7},
    };
    static const char *const large[] = {"((a{999}){999}){999}", "(?:(?:(?:a?){60}){60}){60}",
                                        "([a-z]{1000}-){60000}"};
    struct fault fault = {0};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pattern *p = pattern_new(rows[i].pattern, strlen(rows[i].pattern), &fault);

        cr_expect(!p && fault.offset == rows[i].offset, "%s: %zu: %s", rows[i].pattern,
                  fault.offset, fault.text);
        cr_expect(pattern_is_valid(rows[i].pattern, strlen(rows[i].pattern)), "%s",
                  rows[i].pattern);
        pattern_free(&p);
    }
    for (size_t i = 0; i < COUNT(large); i++)
        cr_expect(!pattern_new(large[i], strlen(large[i]), &fault) &&
                      fault.offset < strlen(large[i]) && fault_is_set(&fault),
                  "%s", large[i]);
}

Test(pattern_refusal, bounds_what_it_reads)
{
    enum { MORE = (1 << 16) + 1 };
    static char text[MORE];
    struct fault fault = {0};

    memset(text, 'a', MORE);
    cr_expect(!pattern_new(text, MORE, &fault) && fault.offset == MORE - 1);
    memset(text, '(', MORE);
    cr_expect(!pattern_new(text, 1000, &fault) && fault.offset == 200, "%zu", fault.offset);
    for (size_t i = 0; i < 4000; i++)
        text[i] = "()"[i % 2];
    cr_expect(!pattern_is_valid(text, 4000));
    cr_expect(pattern_is_valid(text, 2000));
}
