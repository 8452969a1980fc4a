/* SPDX-License-Identifier: MIT */
#include "lib/schema/decimal.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

Test(decimal, divides_what_people_mean)
{
    static const struct {
        double value, divisor;
        bool want;
    } rows[] = {
        {0, 0.01, true},          {0.07, 0.01, true},       {-19.99, 0.01, true},
        {0.075, 0.01, false},     {1e9 + 0.01, 0.01, true}, {123456789012.34, 0.01, true},
        {1e15, 0.01, true},       {1e15 + 0.5, 0.25, true}, {1e300, 0.01, true},
        {1e300, 3, false},        {0.1 + 0.2, 0.1, false},  {1.0 / 3, 0.01, false},
        {0.3, 0.1, true},         {1e-9, 1e-9, true},       {1.5e-9, 1e-9, false},
        {3e-12, 1e-12, true},     {7, 3.5, true},           {7.1, 3.5, false},
        {4.5, 1.5, true},         {DBL_MAX, 10, true},      {DBL_MIN, 0.01, false},
        {1.0 / 0.0, 0.01, false}, {100, 100, true},         {150, 100, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(decimal_is_multiple(rows[i].value, decimal_of(rows[i].divisor)) == rows[i].want,
                  "%.17g by %.17g", rows[i].value, rows[i].divisor);
}

/* The short way and the long way agree: hundredths, thousandths, and what is neither. */
Test(decimal, counts_as_it_divides)
{
    struct decimal cent = decimal_of(0.01);

    cr_expect(cent.digits == 1 && cent.exponent == -2);
    for (unsigned i = 1; i < 100000; i++) {
        char text[32];
        double value;

        snprintf(text, sizeof(text), "%u.%03u", i * 7919, i * 31 % 1000);
        value = strtod(text, NULL);
        cr_expect(decimal_is_multiple(value, cent) == (decimal_of(value).exponent >= -2), "%s",
                  text);
    }
}
