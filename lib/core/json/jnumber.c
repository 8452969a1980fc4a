/* SPDX-License-Identifier: MIT */
/*
 * Reading: a decimal of at most 2^53 × 10^±22 is one exact integer multiplied or divided by
 * another, rounded once (Clinger, 1990). Writing: a double between 10^-4 and 10^15 is m / 2^s, and
 * 128-bit integers give its first 15, 16 or 17 decimal digits, rounded as printf() does. The digits
 * suffice if they are closer to the double than halfway to its neighbours. All other numbers are
 * left to strtod() and printf().
 */
#include "lib/core/json/jnumber.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { EXACT_POWERS = 23, FRACTION_BITS = 52 };

static const uint64_t exact_max = UINT64_C(1) << 53;
static const double powers[EXACT_POWERS] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

const char *jnumber_scan(const char *text, const char *end, bool *is_integer)
{
    const char *at = text + (*text == '-'), *digits = at;

    *is_integer = true;
    at = skip_digits(at, end);
    if (at == digits || (at - digits > 1 && *digits == '0'))
        return NULL;
    if (at < end && *at == '.') {
        *is_integer = false;
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        *is_integer = false;
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        digits = at;
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    return at;
}

static bool read_integer(struct slice text, struct jvalue *out)
{
    bool is_negative = *text.data == '-';
    int64_t value = 0;

    for (size_t i = is_negative; i < text.len; i++) {
        int digit = text.data[i] - '0';

        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    /* Accumulates negatively, because there is one more negative integer than positive ones. */
    if (!is_negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    *out = (struct jvalue){.type = JINTEGER, .integer = value};
    return true;
}

/* Reads the digits as an integer of at most 2^53 and a power of ten. Returns false if there are
 * more digits or the exponent is large. */
static bool read_decimal(struct slice text, uint64_t *digits, int *exponent)
{
    const char *at = text.data, *end = at + text.len;
    int fraction = 0, sign = 1, power = 0;

    *digits = 0;
    *exponent = 0;
    for (; at < end && (*at | 32) != 'e'; at++) {
        if (*at == '.') {
            fraction = -1; /* from here on each digit lowers the exponent by one */
            continue;
        }
        *digits = *digits * 10 + (uint64_t)(*at - '0');
        *exponent += fraction;
        if (*digits > exact_max)
            return false;
    }
    for (; at < end; at++) { /* "e-12" */
        if (*at == '-')
            sign = -1;
        else if (*at <= '9' && *at >= '0' && (power = power * 10 + *at - '0') > 1000)
            return false;
    }
    *exponent += sign * power;
    return true;
}

bool jnumber_read_easy(struct slice text, bool is_integer, struct jvalue *out)
{
    size_t is_negative = *text.data == '-';
    uint64_t digits;
    int exponent;
    double value;

    if (is_integer && read_integer(text, out))
        return true;
    if (FLT_EVAL_METHOD != 0 ||
        !read_decimal((struct slice){text.data + is_negative, text.len - is_negative}, &digits,
                      &exponent) ||
        exponent <= -EXACT_POWERS || exponent >= EXACT_POWERS)
        return false;
    value = (double)digits;
    value = exponent < 0 ? value / powers[-exponent] : value * powers[exponent];
    *out = (struct jvalue){.type = JDOUBLE, .real = is_negative ? -value : value};
    return true;
}

bool jnumber_read_hard(const char *text, struct jvalue *out)
{
    *out = (struct jvalue){.type = JDOUBLE, .real = strtod(text, NULL)};
    return isfinite(out->real);
}

bool jnumber_is_hard(double value)
{
    return value != 0 && !(fabs(value) >= 1e-4 && fabs(value) < 1e15);
}

/* Returns 10^exponent, for exponents up to 38. */
static wide power_of_ten(int exponent)
{
    int half = exponent / 2;

    return (wide)(uint64_t)powers[half] * (uint64_t)powers[exponent - half];
}

/* Divides by 2^shift, rounding to nearest, ties to even. */
static uint64_t shift_rounded(wide value, int shift)
{
    wide half = (wide)1 << (shift - 1), rest = value & (2 * half - 1), quotient = value >> shift;

    return (uint64_t)quotient + (rest > half || (rest == half && (quotient & 1)));
}

/* Returns true if `digits` / power reads back as the double m / 2^shift. */
static bool reads_back(uint64_t digits, wide power, uint64_t m, int shift)
{
    wide there = (wide)digits << shift, here = m * power;
    bool is_below = there < here;
    wide twice = 2 * (is_below ? here - there : there - here);

    /* Below a power of two the neighbour is half as far away. */
    if (is_below && m == UINT64_C(1) << FRACTION_BITS)
        twice *= 2;
    return twice < power || (twice == power && !(m & 1));
}

/* Writes `digits`, the first of which stands for 10^exponent. */
static size_t put_digits(uint64_t digits, int exponent, bool is_negative, char *out)
{
    char text[20] = "", *at = out;
    int len = 0;

    while (digits % 10 == 0)
        digits /= 10;
    for (; digits; digits /= 10)
        text[len++] = (char)('0' + digits % 10); /* last digit first */
    if (is_negative)
        *at++ = '-';
    if (exponent < 0)
        *at++ = '0';
    for (int i = 0; i <= exponent; i++)
        *at++ = i < len ? text[len - 1 - i] : '0';
    *at++ = '.';
    for (int i = exponent; i < -1; i++)
        *at++ = '0';
    for (int i = exponent < 0 ? 0 : exponent + 1; i < len; i++)
        *at++ = text[len - 1 - i];
    if (at[-1] == '.')
        *at++ = '0';
    *at = '\0';
    return (size_t)(at - out);
}

static size_t write_easy(double value, char *out)
{
    double size = fabs(value);
    int binary, exponent = -4;
    uint64_t m = (uint64_t)ldexp(frexp(size, &binary), FRACTION_BITS + 1);
    int shift = FRACTION_BITS + 1 - binary;

    while (size >= (exponent < -1 ? 1 / powers[-exponent - 1] : powers[exponent + 1]))
        exponent++;
    for (int count = DBL_DIG;; count++) {
        wide power = power_of_ten(count - 1 - exponent);
        uint64_t digits = shift_rounded(m * power, shift);

        if (count < 17 && !reads_back(digits, power, m, shift))
            continue;
        if (digits >= power_of_ten(count)) /* rounding carried into one more digit */
            exponent++;
        return put_digits(digits, exponent, value < 0, out);
    }
}

static size_t write_hard(double value, char *out)
{
    size_t len = 0;

    for (int digits = DBL_DIG; digits <= 17; digits++) {
        len = (size_t)snprintf(out, JNUMBER_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    if (!strpbrk(out, ".e"))
        len += (size_t)snprintf(out + len, JNUMBER_TEXT - len, ".0");
    return len;
}

size_t jnumber_write(double value, char out[static JNUMBER_TEXT])
{
    if (value == 0)
        return (size_t)sprintf(out, "%s", signbit(value) ? "-0.0" : "0.0");
    return jnumber_is_hard(value) ? write_hard(value, out) : write_easy(value, out);
}
