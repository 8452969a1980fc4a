/* SPDX-License-Identifier: MIT */
#include "lib/schema/decimal.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

Test(decimal, divides_what_people_wrote)
{
    static const struct {
        double value, divisor;
        bool is_multiple;
    } rows[] = {
        {0, 0.01, true},
        {-0.0, 5e-324, true},
        {0.07, 0.01, true},
        {-0.07, 0.01, true},
        {0.075, 0.01, false},
        {19.99, 0.01, true},
        {1.1, 0.1, true},
        {0.3, 0.1, true},
        {0.1 + 0.2, 0.1, false}, /* 0.30000000000000004 is what it reads as */
        {0.1 + 0.2, 0.00000000000000001, true},
        {4.35, 0.01, true},
        {1.005, 0.01, false},
        {1e308, 0.5, true},
        {1e308, 0.01, true},
        {1e308, 3, false},
        {3e307, 3, true},
        {DBL_MAX, 1e292, true},
        {DBL_MAX, 1e293, false},
        {1, 1e308, false},
        {1e-308, 1e-308, true},
        {5e-324, 5e-324, true},
        {1e-323, 5e-324, true}, /* subnormal: as written, not as 15 digits */
        {1.5e-323, 5e-324, true},
        {1e-320, 3e-320, false},
        {9e-320, 3e-320, true},
        {DBL_MIN, 5e-324, false},
        {1e22, 7, false},
        {7e22, 7, true},
        {123456789.123, 0.001, true},
        {123456789.1234, 0.001, false},
        {0.5, 0.25, true},
        {0.25, 0.5, false},
        {1e300 * 1e300, 1, false}, /* infinite */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(decimal_is_multiple(rows[i].value, decimal_of(rows[i].divisor)) ==
                      rows[i].is_multiple,
                  "%.17g of %.17g", rows[i].value, rows[i].divisor);
}

/* Every amount of money is a multiple of a cent, and none between two is. */
Test(decimal, knows_cents)
{
    char text[32];
    struct decimal cent = decimal_of(0.01);
    int wrong = 0;

    for (long cents = 0; cents < 2000000; cents += 7) {
        snprintf(text, sizeof(text), "%ld.%02ld", cents / 100, cents % 100);
        wrong += !decimal_is_multiple(strtod(text, NULL), cent);
        snprintf(text, sizeof(text), "%ld.%02ld5", cents / 100, cents % 100);
        wrong += decimal_is_multiple(strtod(text, NULL), cent);
    }
    cr_expect(wrong == 0, "%d", wrong);
}

/* All digits of an integer count, also those that a double has no room for. */
Test(decimal, divides_integers_exactly)
{
    static const struct {
        int64_t value;
        double divisor;
        bool is_multiple;
    } rows[] = {
        {0, 0.3, true},
        {9007199254740993, 0.3, true}, /* 3 × 3002399751580331 */
        {9007199254740992, 0.3, false},
        {INT64_MAX, 0.5, true},
        {INT64_MAX, 1.5, false},
        {INT64_MAX, 4.9, true}, /* 49 divides it */
        {INT64_MIN, 0.5, true},
        {INT64_MIN, 1.5, false},
        {1000000000000000000, 1e18, true},
        {1000000000000000000, 1e19, false},
        {-15, 2.5, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(decimal_is_multiple_whole(rows[i].value, decimal_of(rows[i].divisor)) ==
                      rows[i].is_multiple,
                  "%ld of %g", (long)rows[i].value, rows[i].divisor);
}
