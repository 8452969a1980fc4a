/* SPDX-License-Identifier: MIT */
/* Doubles as the decimal numbers that people mean by them: 0.07 is a multiple of 0.01. */
#ifndef LEAT_SCHEMA_DECIMAL_H
#define LEAT_SCHEMA_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* digits × 10^exponent; digits are below 10^17 and without trailing zeros. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Returns the shortest decimal that reads back as `value`, which must be finite and not
 * negative. */
struct decimal decimal_of(double value);
/* Returns true if `value`, as such a decimal, is a whole multiple of `divisor`, which must be
 * positive. */
bool decimal_is_multiple(double value, struct decimal divisor);
/* Does the same for an integer, all of whose digits count. */
bool decimal_is_multiple_whole(int64_t value, struct decimal divisor);

#endif
