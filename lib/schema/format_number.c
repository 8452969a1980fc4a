/* SPDX-License-Identifier: MIT */
/* Ranges of numbers. A whole number is one however it is written: 2, 2.0 and 2e0. */
#include <math.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/schema/formats.h"

static const double INT64_END = 9223372036854775808.0; /* the first beyond */
/* From half a unit above FLT_MAX on, numbers are rounded to infinity. */
static const double FLOAT_END = 340282356779733661637539395458142568448.0;

bool format_is_int32(struct json_object *number)
{
    double value = json_object_get_double(number);

    return value >= INT32_MIN && value <= INT32_MAX && trunc(value) == value;
}

bool format_is_int64(struct json_object *number)
{
    double value;

    /* An int may be beyond int64: then json-c has it as uint64, and 0 as that for negative ones. */
    if (json_object_is_type(number, json_type_int))
        return json_object_get_uint64(number) <= INT64_MAX;
    value = json_object_get_double(number);
    return value >= -INT64_END && value < INT64_END && trunc(value) == value;
}

bool format_is_float(struct json_object *number)
{
    return fabs(json_object_get_double(number)) < FLOAT_END;
}

bool format_is_double(struct json_object *number)
{
    return isfinite(json_object_get_double(number));
}
