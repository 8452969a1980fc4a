/* SPDX-License-Identifier: MIT */
#include "lib/core/clock.h"

#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

Test(clock, writes_rfc3339)
{
    static const struct {
        uint64_t ms;
        const char *want;
    } rows[] = {{0, "1970-01-01T00:00:00.000Z"},
                {1, "1970-01-01T00:00:00.001Z"},
                {951782399999, "2000-02-28T23:59:59.999Z"},
                {951868799000, "2000-02-29T23:59:59.000Z"},
                {1795363115123, "2026-11-22T15:58:35.123Z"},
                {253402300799999, "9999-12-31T23:59:59.999Z"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[CLOCK_TEXT];

        clock_rfc3339(rows[i].ms, text);
        cr_expect_str_eq(text, rows[i].want, "%s", text);
    }
}

Test(clock, goes_on)
{
    uint64_t a = clock_ns(), b = clock_ns();
    uint64_t real = clock_real_ms() / 1000, now = (uint64_t)time(NULL);

    cr_expect(b >= a && a > 0);
    cr_expect(real <= now + 1 && real + 1 >= now);
}
