/* SPDX-License-Identifier: MIT */
#include "lib/core/jnumber.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

Test(jnumber, finds_the_end)
{
    static const struct {
        const char *text;
        int len; /* -1: no number */
        bool is_integer;
    } rows[] = {
        {"0", 1, true},     {"-0", 2, true},
        {"10,", 2, true},   {"1.5e+3]", 6, false},
        {"1E5", 3, false},  {"0.0", 3, false},
        {"1e-0", 4, false}, {"123456789012345678901234567890", 30, true},
        {"1-2", 1, true},   {"1a", 1, true},
        {"-", -1, true},    {"01", -1, true},
        {"-01", -1, true},  {"00", -1, true},
        {".5", -1, true},   {"1.", -1, true},
        {"1.e5", -1, true}, {"1e", -1, true},
        {"1e+", -1, true},  {"+1", -1, true},
        {"--1", -1, true},  {"Infinity", -1, true},
        {"1.-5", -1, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i].text);
        char *text = malloc(len); /* ends where its memory ends */
        bool is_integer;
        const char *end;

        memcpy(text, rows[i].text, len);
        end = jnumber_scan(text, text + len, &is_integer);
        cr_expect((end ? end - text : -1) == rows[i].len, "%s", rows[i].text);
        cr_expect(!end || is_integer == rows[i].is_integer, "%s", rows[i].text);
        free(text);
    }
}
