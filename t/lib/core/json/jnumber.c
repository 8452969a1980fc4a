/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jnumber.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

Test(jnumber, finds_the_end)
{
    static const struct {
        const char *text;
        int len; /* -1: no number */
        bool is_integer;
    } rows[] = {
        {"0", 1, true},     {"-0", 2, true},
        {"10,", 2, true},   {"1.5e+3]", 6, false},
        {"1E5", 3, false},  {"0.0", 3, false},
        {"1e-0", 4, false}, {"123456789012345678901234567890", 30, true},
        {"1-2", 1, true},   {"1a", 1, true},
        {"-", -1, true},    {"01", -1, true},
        {"-01", -1, true},  {"00", -1, true},
        {".5", -1, true},   {"1.", -1, true},
        {"1.e5", -1, true}, {"1e", -1, true},
        {"1e+", -1, true},  {"+1", -1, true},
        {"--1", -1, true},  {"Infinity", -1, true},
        {"1.-5", -1, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i].text);
        char *text = malloc(len); /* ends where its memory ends */
        bool is_integer;
        const char *end;

        memcpy(text, rows[i].text, len);
        end = jnumber_scan(text, text + len, &is_integer);
        cr_expect((end ? end - text : -1) == rows[i].len, "%s", rows[i].text);
        cr_expect(!end || is_integer == rows[i].is_integer, "%s", rows[i].text);
        free(text);
    }
}

/* Finds the shortest text by trying printf() and strtod(). */
static void write_slowly(double value, char out[static JNUMBER_TEXT])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, JNUMBER_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (!strpbrk(out, ".e"))
        strcat(out, ".0");
}

static void expect_same_text(double value)
{
    char want[JNUMBER_TEXT], got[JNUMBER_TEXT];
    size_t len = jnumber_write(value, got);

    write_slowly(value, want);
    cr_expect_str_eq(got, want, "%.20g: %s", value, got);
    cr_expect(len == strlen(got));
}

static double random_double(uint64_t *state)
{
    uint64_t bits = *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double value;

    bits ^= bits >> 29;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

Test(jnumber, writes_what_printf_would)
{
    static const double rows[] = {0,
                                  -0.0,
                                  1,
                                  -1,
                                  0.1,
                                  0.0001,
                                  0.00009999999999999999,
                                  0.00010000000000000002,
                                  999999999999999.9,
                                  999999999999999.75,
                                  1e15,
                                  1e15 - 0.125,
                                  0.3,
                                  0.1 + 0.2,
                                  1.0 / 3,
                                  2.0 / 3,
                                  0.5,
                                  0.25,
                                  4503599627370496.5,
                                  281474976710656.06,
                                  9.999999999999999e14,
                                  9.999999999999998,
                                  0.99999999999999989,
                                  8.5,
                                  5e-324,
                                  DBL_MAX,
                                  DBL_MIN,
                                  1e22,
                                  123456789012345680.0};
    uint64_t state = 1;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_same_text(rows[i]);
    for (int i = -1000; i < 1000; i++) { /* powers of two, and of ten, and what lies beside */
        expect_same_text(ldexp(1, i % 60));
        expect_same_text(nextafter(ldexp(1, i % 60), 0));
        expect_same_text(nextafter(pow(10, i % 16), 1e300));
        expect_same_text(nextafter(pow(10, i % 16), 0));
    }
    for (int i = 0; i < 20000; i++) {
        double value = random_double(&state);

        if (!isfinite(value))
            continue;
        expect_same_text(value);
        expect_same_text(ldexp(frexp(value, &(int){0}), i % 64 - 13));
        expect_same_text(floor(ldexp(fabs(frexp(value, &(int){0})), 40)) / pow(10, i % 10));
    }
}

static void expect_same_value(const char *text)
{
    size_t len = strlen(text);
    struct jvalue value;
    bool is_integer;

    cr_assert(jnumber_scan(text, text + len, &is_integer) == text + len, "%s", text);
    if (!jnumber_read_easy((struct slice){text, len}, is_integer, &value))
        return;
    if (value.type == JINTEGER)
        cr_expect(is_integer && value.integer == strtoll(text, NULL, 10), "%s", text);
    else
        cr_expect(value.real == strtod(text, NULL) &&
                      !signbit(value.real) == !signbit(strtod(text, NULL)),
                  "%s: %.17g", text, value.real);
}

static bool is_easy(const char *text)
{
    const char *end = text + strlen(text);
    struct jvalue value;
    bool is_integer;

    jnumber_scan(text, end, &is_integer);
    return jnumber_read_easy(slice_of(text), is_integer, &value);
}

Test(jnumber, reads_what_strtod_would)
{
    static const char *const rows[] = {"0",
                                       "-0",
                                       "-0.0",
                                       "0e5",
                                       "1e22",
                                       "1e23",
                                       "1e-22",
                                       "1e-23",
                                       "123e-4",
                                       "9007199254740992",
                                       "9007199254740993.0",
                                       "9007199254740992.0",
                                       "9223372036854775807",
                                       "-9223372036854775808",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "1E+2",
                                       "1e0",
                                       "1e-0",
                                       "0.1",
                                       "0.000001",
                                       "1e99999999999999999999",
                                       "1e-99999999999999999999",
                                       "0.0000000000000000000000000001",
                                       "100000000000000000000000000.5",
                                       "3.141592653589793"};
    uint64_t state = 7;
    char text[64];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_same_value(rows[i]);
    for (int i = 0; i < 20000; i++) {
        double value = random_double(&state);

        if (!isfinite(value))
            continue;
        snprintf(text, sizeof(text), "%.*f", i % 20, ldexp(frexp(value, &(int){0}), i % 70));
        expect_same_value(text);
        snprintf(text, sizeof(text), "%.*e", i % 20, value);
        expect_same_value(text);
    }
    cr_expect(is_easy("0.006929283495992422") && is_easy("16.37208") && is_easy("-1e3"));
    cr_expect(!is_easy("1e300") && !is_easy("0.12345678901234567"));
}
