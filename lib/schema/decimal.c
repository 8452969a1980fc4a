/* SPDX-License-Identifier: MIT */
#include "lib/schema/decimal.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/json/jnumber.h"

static struct decimal without_zeros(struct decimal d)
{
    for (; d.digits && d.digits % 10 == 0; d.exponent++)
        d.digits /= 10;
    return d;
}

/* Reads "12.5" or "1e-07". */
static struct decimal read_text(const char *text)
{
    struct decimal d = {0, 0};
    int fraction = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text == '.') {
            fraction = -1;
            continue;
        }
        d.digits = d.digits * 10 + (uint64_t)(*text - '0');
        d.exponent += fraction;
    }
    if (*text)
        d.exponent += atoi(text + 1);
    return without_zeros(d);
}

/* Converts a subnormal number, which has fewer digits than DBL_DIG. */
static struct decimal of_subnormal(double value)
{
    char text[40];

    for (int digits = 1; digits <= DBL_DIG; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return read_text(text);
}

struct decimal decimal_of(double value)
{
    char text[JNUMBER_TEXT];

    if (value < DBL_MIN)
        return of_subnormal(value);
    jnumber_write(value, text);
    return read_text(text);
}

static uint64_t multiply(uint64_t a, uint64_t b, uint64_t modulus)
{
    __extension__ typedef unsigned __int128 wide;

    return (uint64_t)((wide)a * b % modulus);
}

static uint64_t power_of_ten(unsigned exponent, uint64_t modulus)
{
    uint64_t result = 1 % modulus, base = 10 % modulus;

    for (; exponent; exponent >>= 1) {
        if (exponent & 1)
            result = multiply(result, base, modulus);
        base = multiply(base, base, modulus);
    }
    return result;
}

/* Handles most values: those with no digit below the divisor's last, as 12.34 has none below 0.01.
 * Then 1234 divided again gives the very same double, and only one decimal of 15 digits (DBL_DIG)
 * reads back as it. Returns false if that does not decide. */
static bool count_units(double value, int exponent, uint64_t *count)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    double units;

    if (exponent > 0 || -exponent >= (int)(sizeof(powers) / sizeof(*powers)))
        return false;
    units = value * powers[-exponent] + 0.5;
    if (units >= 1e15)
        return false;
    *count = (uint64_t)units;
    return (double)*count / powers[-exponent] == value;
}

/* Neither has trailing zeros, and a multiple of 10^n has no digit below it. */
static bool divides(struct decimal b, struct decimal a)
{
    assert(b.digits);
    return a.exponent >= b.exponent &&
           multiply(a.digits % b.digits,
                    power_of_ten((unsigned)(a.exponent - b.exponent), b.digits), b.digits) == 0;
}

bool decimal_is_multiple(double value, struct decimal divisor)
{
    uint64_t count;

    if (value == 0 || !isfinite(value))
        return value == 0;
    if (count_units(fabs(value), divisor.exponent, &count))
        return count % divisor.digits == 0;
    return divides(divisor, decimal_of(fabs(value)));
}

bool decimal_is_multiple_whole(int64_t value, struct decimal divisor)
{
    struct decimal d = {value < 0 ? -(uint64_t)value : (uint64_t)value, 0};

    return !value || divides(divisor, without_zeros(d));
}
