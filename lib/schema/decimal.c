/* SPDX-License-Identifier: MIT */
#include "lib/schema/decimal.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MIN = 15, DIGITS_MAX = 17 };

/* digits × 10^exponent, digits below 10^17. */
struct decimal {
    uint64_t digits;
    int exponent;
};

static struct decimal decimal_of(double value)
{
    struct decimal d = {0, 0};
    char text[40];
    const char *at;

    for (int n = DIGITS_MIN; n <= DIGITS_MAX; n++) {
        snprintf(text, sizeof(text), "%.*e", n - 1, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (at = text; *at != 'e'; at++) {
        if (*at == '.')
            continue;
        d.digits = d.digits * 10 + (uint64_t)(*at - '0');
        d.exponent--;
    }
    d.exponent += 1 + atoi(at + 1);
    for (; d.digits && d.digits % 10 == 0; d.exponent++)
        d.digits /= 10;
    return d;
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

bool decimal_is_multiple(double value, double divisor)
{
    struct decimal a, b;

    if (value == 0)
        return true;
    if (!isfinite(value))
        return false;
    a = decimal_of(fabs(value));
    b = decimal_of(divisor);
    /* Neither has trailing zeros, and a multiple of 10^n has no digit below it. */
    return a.exponent >= b.exponent &&
           multiply(a.digits % b.digits,
                    power_of_ten((unsigned)(a.exponent - b.exponent), b.digits), b.digits) == 0;
}
