/* SPDX-License-Identifier: MIT */
#include "lib/core/text/utf8.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

Test(utf8, knows_what_is_valid)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {{"", true},
                {"a\x7f", true},
                {"\xc2\x80", true},
                {"\xdf\xbf", true},
                {"\xe0\xa0\x80", true},
                {"\xed\x9f\xbf", true},
                {"\xee\x80\x80", true},
                {"\xf0\x90\x80\x80", true},
                {"\xc1\xbf", false},
                {"\xe0\x9f\xbf", false},
                {"\xed\xbf\xbf", false},
                {"\xf0\x8f\xbf\xbf", false},
                {"\xf5\x80\x80\x80", false},
                {"\xe2\x28\xa1", false},
                {"a\xe2\x82", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(utf8_is_valid(rows[i].text, strlen(rows[i].text)) == rows[i].is_valid, "row %zu",
                  i);
}

/* Every code point goes out and comes back; every cut of it is refused, in memory that ends there.
 */
Test(utf8, writes_what_it_reads)
{
    struct buf b = {0};

    for (uint32_t c = 0; c <= 0x10ffff; c += c < 0x1000 ? 1 : 61) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        b.len = 0;
        utf8_put(&b, c);
        cr_assert(utf8_sequence(b.data, b.len) == b.len && utf8_is_valid(b.data, b.len), "%x", c);
        for (size_t cut = 1; cut < b.len; cut++) {
            char *part = malloc(cut);

            memcpy(part, b.data, cut);
            cr_assert(utf8_sequence(part, cut) == 0, "%x cut at %zu", c, cut);
            free(part);
        }
    }
    b.len = 0;
    utf8_put(&b, 0x10ffff);
    cr_expect(b.len == 4 && memcmp(b.data, "\xf4\x8f\xbf\xbf", 4) == 0);
    cr_expect(utf8_sequence("ab", 2) == 1 && utf8_is_valid(NULL, 0));
    buf_fini(&b);
}

/* Of all sequences of three bytes, exactly the code points from U+0800, less the surrogates. */
Test(utf8, knows_all_of_three_bytes)
{
    size_t count = 0;

    for (int a = 0x80; a < 0x100; a++)
        for (int m = 0; m < 0x100; m++)
            for (int z = 0; z < 0x100; z++) {
                char text[3] = {(char)a, (char)m, (char)z};

                count += utf8_sequence(text, 3) == 3;
            }
    cr_expect(count == 0x10000 - 0x800 - 0x800, "%zu", count);
}
