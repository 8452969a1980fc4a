/* SPDX-License-Identifier: MIT */
#include "lib/schema/pattern.h"

#include <string.h>
#include <threads.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

static struct pattern *pattern_of(const char *text)
{
    struct fault fault = {0};
    struct pattern *p = pattern_new(text, strlen(text), &fault);

    cr_assert(p, "%s: %s at %zu", text, fault.text, fault.offset);
    return p;
}

static bool matches(const char *pattern, const char *text, size_t len, bool *is_too_costly)
{
    struct pattern *p = pattern_of(pattern);
    bool is_match = pattern_matches(p, text, len, is_too_costly);

    pattern_free(&p);
    cr_expect(!p);
    return is_match;
}

struct row {
    const char *pattern, *text;
    bool is_match;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool is_too_costly = true;

        cr_expect(matches(rows[i].pattern, rows[i].text, strlen(rows[i].text), &is_too_costly) ==
                      rows[i].is_match,
                  "%s on \"%s\"", rows[i].pattern, rows[i].text);
        cr_expect(!is_too_costly, "%s on \"%s\"", rows[i].pattern, rows[i].text);
        cr_expect(pattern_is_valid(rows[i].pattern, strlen(rows[i].pattern)), "%s",
                  rows[i].pattern);
    }
}

Test(pattern, is_a_search)
{
    static const struct row rows[] = {
        {"", "", true},
        {"", "x", true},
        {"a+", "xxaayy", true},
        {"f.*o", "a foo", true},
        {"^a*$", "aaa", true},
        {"^a*$", "abc", false},
        {"b", "aba", true},
        {"^b", "aba", false},
        {"ab|cd", "xcdx", true},
        {"^a|b$", "xb", true},
        {"^(?:a|b)$", "x", false},
        {"[0-9]{2,}", "a1b22", true},
        {"[0-9]{2,}", "1a2", false},
    };

    expect_rows(rows, COUNT(rows));
}

/* What may be missing at either end of a search is cut off: that must not change the answer. */
Test(pattern, does_not_care_for_what_a_search_makes_superfluous)
{
    static const struct row rows[] = {
        {".*foo.*", "a foo b", true}, {".*foo.*", "fo", false},    {"a*", "", true},
        {"(a+)+$", "baa", true},      {"(a+)+$", "aab", false},    {"^a+b*", "ab", true},
        {"a+b*$", "ac", false},       {"(?:a|b+)*c", "c", true},   {"x{2,5}", "xx", true},
        {"x{2,5}", "xyx", false},     {"a(?:b|c*)", "a", true},    {"(?:a*|b)c", "c", true},
        {"(x*)y\\1$", "xyx", true},   {"(x+)y\\1$", "xxyx", true}, {"^(x+)y\\1$", "xxyx", false},
        {"a+?$", "ab", false},        {"\\ba*", " a", true},       {"a?b?c", "c", true},
    };

    expect_rows(rows, COUNT(rows));
}

Test(pattern, anchors_at_the_very_ends)
{
    static const struct row rows[] = {
        {"^a$", "a\n", false},      {"a$", "a\nb", false},        {"^b", "a\nb", false},
        {"^a\\n$", "a\n", true},    {"\\bfoo\\b", "a foo", true}, {"\\bfoo\\b", "food", false},
        {"\\b", "\xc3\xa9", false}, {"\\B", "\xc3\xa9", true},    {"a\\b", "a\xc3\xa9", true},
        {"a\\Bb", "ab", true},      {"x^a", "xa", false},         {"$^", "", true},
    };

    expect_rows(rows, COUNT(rows));
}

Test(pattern, knows_the_sets_of_ecma)
{
    static const struct row rows[] = {
        {"^\\d$", "7", true},
        {"^\\d$", "\xd9\xa3", false}, /* U+0663 */
        {"^\\w$", "_", true},
        {"^\\w$", "\xc3\xa9", false},
        {"^\\W$", "\xc3\xa9", true},
        {"^\\D$", "\xd9\xa3", true},
        {"^\\s$", "\v", true},
        {"^\\s$", "\xc2\xa0", true},
        {"^\\s$", "\xef\xbb\xbf", true},  /* U+FEFF */
        {"^\\s$", "\xe2\x80\xa8", true},  /* U+2028 */
        {"^\\s$", "\xe3\x80\x80", true},  /* U+3000 */
        {"^\\s$", "\xe1\x9a\x80", true},  /* U+1680 */
        {"^\\s$", "\xc2\x85", false},     /* U+0085 */
        {"^\\s$", "\xe1\xa0\x8e", false}, /* U+180E */
        {"^\\S$", "\xef\xbb\xbf", false},
        {"^\\S$", "\xc2\x85", true},
        {"^[\\s]$", "\xe2\x80\xa9", true},
        {"^[^\\s]$", "\xe2\x80\xa9", false},
        {"^[\\S]$", "\xef\xbb\xbf", false},
        {"^[\\S ]$", " ", true},
        {"^[^\\S]$", "\xc2\xa0", true},
        {"^[\\s\\S]$", "\xf0\x9f\x98\x80", true},
        {"^[\\W]$", "\xc3\xa9", true},
        {"^[^\\W]$", "\xc3\xa9", false},
        {"^.$", "\xf0\x9f\x98\x80", true},
        {"^.$", "\n", false},
        {"^.$", "\r", false},
        {"^.$", "\xe2\x80\xa8", false},
        {"^.$", "\xe2\x80\xa9", false},
        {"^.$", "\v", true},
        {"^.$", "\xc2\x85", true},
        {"[]", "a", false},
        {"a[]?", "a", true},
        {"^[^]$", "\n", true},
        {"^[^]{2}$", "\n\xf0\x9f\x98\x80", true},
        {"^..$", "\xf0\x9f\x98\x80", false},
    };

    expect_rows(rows, COUNT(rows));
}

Test(pattern, knows_the_classes_of_ecma)
{
    static const struct row rows[] = {
        {"^[-a]$", "-", true},         {"^[a-]$", "-", true},         {"^[a-c]$", "b", true},
        {"^[\\w-.]$", "-", true},      {"^[\\w-.]$", "+", false},     {"^[a-\\d]$", "-", true},
        {"^[\\b]$", "\b", true},       {"^[\\b]$", "b", false},       {"^[^^]$", "^", false},
        {"^[a^]$", "^", true},         {"^[\\]]$", "]", true},        {"^[[]$", "[", true},
        {"^[[:alpha:]]$", "a]", true}, {"^[[:alpha:]]$", "z", false}, {"^[[:alpha:]]$", ":]", true},
        {"^[\\-x]$", "-", true},       {"^[.*+?(){}|$]$", "|", true}, {"^[\\^-a]$", "_", true},
        {"^[&&]$", "&", true},         {"^[\\\\]$", "\\", true},      {"^[#-%]$", "$", true},
        {"^[!--]$", "-", true},        {"^[\\d\\D]$", "a", true},
    };

    expect_rows(rows, COUNT(rows));
}

Test(pattern, reads_escapes)
{
    static const struct row rows[] = {
        {"^\\u0041\\x42$", "AB", true},
        {"^\\u{1F600}$", "\xf0\x9f\x98\x80", true},
        {"^\\u{000041}$", "A", true},
        {"^\\uD83D\\uDE00$", "\xf0\x9f\x98\x80", true},
        {"^[\\uD83D\\uDE00-\\u{1F64F}]$", "\xf0\x9f\x98\x83", true},
        {"\\uD83D", "\xf0\x9f\x98\x80", false},
        {"^[\\uD800-\\uDFFF]", "\xf0\x9f\x98\x80", false},
        {"^[\\uD800-\\uFFFF]$", "\xef\xbf\xbd", true},
        {"^[a-\\uDBFF]$", "\xed\x9f\xbf", true},
        {"^[^\\uD800]$", "a", true},
        {"^\\cJ\\ca$", "\n\x01", true},
        {"^\\t\\n\\v\\f\\r$", "\t\n\v\f\r", true},
        {"^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/$", "^$\\.*+?()[]{}|/", true},
        {"^\\-\\@\\_\\\"\\ \\#\\'$", "-@_\" #'", true},
        {"^\\\xc3\xa9$", "\xc3\xa9", true},
        {"^a]b}c{d$", "a]b}c{d", true},
        {"^a{,3}$", "a{,3}", true},
        {"^a{1$", "a{1", true},
        {"^a{1,x}$", "a{1,x}", true},
        {"^# x$", "# x", true},
        {"^a{2}$", "aa", true},
        {"^a{2,}$", "a", false},
        {"^a{1,2}?$", "aa", true},
        {"^[ab]{100}$", "a", false},
    };

    expect_rows(rows, COUNT(rows));
    cr_expect(matches("^\\0[\\0]\\x00$", "\0\0\0", 3, NULL));
    cr_expect(!matches("^a$", "a\0", 2, NULL));
    cr_expect(matches("^a.b$", "a\0b", 3, NULL));
}

Test(pattern, knows_unicode_properties)
{
    static const struct row rows[] = {
        {"^\\p{Letter}+$", "\xcf\x80z", true},
        {"^\\p{L}$", "1", false},
        {"^\\P{L}$", "1", true},
        {"^\\p{Lu}\\p{Lowercase_Letter}$", "Aa", true},
        {"^\\p{gc=Nd}\\p{General_Category=Decimal_Number}$",
         "\xd9\xa3"
         "3",
         true},
        {"^\\p{LC}$", "a", true},
        {"^\\p{Cased_Letter}$", "\xd7\x90", false},
        {"^\\p{Script=Greek}$", "\xcf\x80", true},
        {"^\\p{sc=Grek}$", "p", false},
        {"^\\p{scx=Deva}\\p{Script_Extensions=Devanagari}$", "\xe0\xa5\xa4\xe0\xa5\xa4", true},
        {"^\\p{sc=Deva}$", "\xe0\xa5\xa4", false}, /* U+0964 is of many scripts */
        {"^\\p{Alphabetic}\\p{Alpha}$", "ab", true},
        {"^\\p{ASCII}$", "\xc3\xa9", false},
        {"^\\p{Any}$", "\n", true},
        {"^\\p{Assigned}$", "a", true},
        {"^\\p{Assigned}$", "\xcd\xb8", false}, /* U+0378 */
        {"^\\P{Assigned}$", "\xcd\xb8", true},
        {"^[^\\P{Assigned}]$", "a", true},
        {"^\\p{Emoji}$", "\xf0\x9f\x98\x80", true},
        {"^\\p{White_Space}$", "\xc2\x85", true},
        {"^[\\p{Lu}\\d_]+$", "A1_", true},
        {"^[^\\p{L}]$", "\xcf\x80", false},
        {"^\\p{L}{2,}$", "\xc3\xa9t", true},
    };

    expect_rows(rows, COUNT(rows));
}

Test(pattern, knows_groups_and_references)
{
    static const struct row rows[] = {
        {"^(a|b)\\1$", "aa", true},
        {"^(a|b)\\1$", "ab", false},
        {"^(?<q>[\"']).*\\k<q>$", "'x'", true},
        {"^(?<q>[\"']).*\\k<q>$", "'x\"", false},
        {"^(x)(?:y)(z)\\2\\1$", "xyzzx", true},
        {"^\\1(a)$", "a", true},       /* forward: empty */
        {"^(a\\1)$", "a", true},       /* within itself: empty */
        {"^(?:(a)|b)\\1$", "b", true}, /* took no part: empty */
        {"^(?:(a)|b)\\1$", "ab", false},
        {"^(?:\\1(a))+$", "aa", true}, /* forgotten when the round begins */
        {"^(?:(a)\\1)+$", "aaaa", true},
        {"^(a)+\\1$", "aaa", true},
        {"^(?!(a))\\1b", "b", true},
        {"(?=foo)f", "foo", true},
        {"a(?!b)", "ab", false},
        {"(?<=\\$)\\d", "$1", true},
        {"(?<!\\$)\\d", "$1", false},
        {"(?<=a|bc)d", "bcd", true},
        {"^(?=.*[a-z])(?=.*\\d).{4,}$", "ab12", true},
        {"^(?=.*[a-z])(?=.*\\d).{4,}$", "abcd", false},
        {"^(?:a{2}b){2}$", "aabaab", true},
    };

    expect_rows(rows, COUNT(rows));
}

static int match_elsewhere(void *arg)
{
    return pattern_matches(arg, "x-1", 3, NULL);
}

Test(pattern, is_shared_by_threads)
{
    struct pattern *p = pattern_of("^(?:x|y)-[0-9]+$");
    thrd_t thread;
    int is_match = 0;

    cr_expect(pattern_matches(p, "y-22", 4, NULL));
    cr_assert(thrd_create(&thread, match_elsewhere, p) == thrd_success);
    thrd_join(thread, &is_match);
    cr_expect(is_match);
    pattern_free(&p);
}
