/* SPDX-License-Identifier: MIT */
/* Checks ranges of numbers. A whole number counts however it is written: 2, 2.0 and 2e0. */
#include "lib/schema/formats.h"

#include <math.h>

static const double INT64_END = 9223372036854775808.0; /* the first beyond */
/* From half a unit above FLT_MAX on, numbers round to infinity. */
static const double FLOAT_END = 340282356779733661637539395458142568448.0;

static double value_of(const struct jvalue *number)
{
    return number->type == JINTEGER ? (double)number->integer : number->real;
}

bool format_is_int32(const struct jvalue *number)
{
    double value = value_of(number);

    return value >= INT32_MIN && value <= INT32_MAX && trunc(value) == value;
}

bool format_is_int64(const struct jvalue *number)
{
    double value = number->real;

    if (number->type == JINTEGER)
        return true;
    return value >= -INT64_END && value < INT64_END && trunc(value) == value;
}

bool format_is_float(const struct jvalue *number)
{
    return fabs(value_of(number)) < FLOAT_END;
}

bool format_is_double(const struct jvalue *number)
{
    return isfinite(value_of(number));
}
