/* SPDX-License-Identifier: MIT */
#include "lib/core/text/base64.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

Test(base64, encodes)
{
    static const struct {
        const char *data;
        size_t len;
        const char *want;
    } rows[] = {{"", 0, ""},
                {"f", 1, "Zg"},
                {"fo", 2, "Zm8"},
                {"foo", 3, "Zm9v"},
                {"foob", 4, "Zm9vYg"},
                {"foobar", 6, "Zm9vYmFy"},
                {"\xfb\xff\xfe", 3, "-__-"},
                {"\0\0", 2, "AAA"},
                {"\xff\xff\xff\xff", 4, "_____w"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[16], back[16];
        size_t n = base64_encode(rows[i].data, rows[i].len, out);

        cr_expect(n == base64_size(rows[i].len) && n == strlen(rows[i].want));
        cr_expect(memcmp(out, rows[i].want, n) == 0, "%.*s", (int)n, out);
        cr_expect(base64_decode((struct slice){out, n}, back) == (ssize_t)rows[i].len);
        cr_expect(memcmp(back, rows[i].data, rows[i].len) == 0);
    }
}

Test(base64, refuses)
{
    static const char *const rows[] = {
        "A",   "AAAAA", "Zg==", "Zh",   "Zm9",   "Z+8",   "Z/8",      "Zg\n",
        " Zg", "Z g",   "Zg=",  "====", "A\xff", "Zm9v.", "\xc3\xa4", "AB"};
    char out[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(base64_decode(slice_of(rows[i]), out) == -1, "%s", rows[i]);
    cr_expect(base64_decode((struct slice){"A\0AA", 4}, out) == -1);
    cr_expect(base64_decode((struct slice){NULL, 0}, out) == 0);
}

/* One spelling for each value: of all texts of two characters, 256 decode, and encode back. */
Test(base64, has_one_spelling)
{
    int good = 0;

    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            char text[2] = {(char)a, (char)b}, back[2];
            unsigned char *byte = malloc(1);

            if (base64_decode((struct slice){text, 2}, byte) == 1) {
                good++;
                cr_expect(base64_encode(byte, 1, back) == 2 && memcmp(text, back, 2) == 0);
            }
            free(byte);
        }
    cr_expect(good == 256, "%d", good);
}
