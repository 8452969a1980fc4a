/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/count_text.h"

#include <criterion/criterion.h>

Test(count_text, reads_exact_and_capped_counts)
{
    static const struct {
        const char *text;
        int64_t count;
    } rows[] = {
        {"exact", INT64_MAX},
        {"capped(1)", 1},
        {"capped(0007)", 7},
        {"capped(1000000000)", COUNT_TEXT_MAX},
        {"capped(1000000001)", 0},
        {"capped(99999999999999999999)", 0},
        {"capped(0)", 0},
        {"capped()", 0},
        {"capped(", 0},
        {"capped(1", 0},
        {"capped(1))", 0},
        {"capped(-1)", 0},
        {"capped(1.5)", 0},
        {"capped", 0},
        {"CAPPED(1)", 0},
        {"exactly", 0},
        {"", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(count_text_read(slice_of(rows[i].text)) == rows[i].count, "%s", rows[i].text);
    cr_expect(count_text_read((struct slice){NULL, 0}) == 0);
}
