/* SPDX-License-Identifier: MIT */
#include "lib/core/text/base32.h"

#include <stdlib.h>

#include <criterion/criterion.h>

/* RFC 4648, 10, without its padding. */
Test(base32, encodes)
{
    static const struct {
        const char *data;
        size_t len;
        const char *want;
    } rows[] = {{"", 0, ""},
                {"f", 1, "MY"},
                {"fo", 2, "MZXQ"},
                {"foo", 3, "MZXW6"},
                {"foob", 4, "MZXW6YQ"},
                {"fooba", 5, "MZXW6YTB"},
                {"foobar", 6, "MZXW6YTBOI"},
                {"\0\0", 2, "AAAA"},
                {"\xff\xff\xff\xff\xff", 5, "77777777"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[16], back[16];
        size_t n = base32_encode(rows[i].data, rows[i].len, out);

        cr_expect(n == BASE32_SIZE(rows[i].len) && n == strlen(rows[i].want));
        cr_expect(memcmp(out, rows[i].want, n) == 0, "%.*s", (int)n, out);
        cr_expect(base32_decode((struct slice){out, n}, back) == (ssize_t)rows[i].len);
        cr_expect(memcmp(back, rows[i].data, rows[i].len) == 0);
    }
}

Test(base32, refuses)
{
    static const char *const rows[] = {"A",        "MZX",       "MZXW6Y",   "MY======", "my",
                                       "MZXW6===", "MZ",        "M1",       "M0",       "M8",
                                       "M9",       "MZXW7",     " MY",      "MY ",      "MY\n",
                                       "M-",       "MZXW6YTB=", "\xc3\xa4", "MZXR"};
    char out[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(base32_decode(slice_of(rows[i]), out) == -1, "%s", rows[i]);
    cr_expect(base32_decode((struct slice){"M\0AA", 4}, out) == -1);
    cr_expect(base32_decode((struct slice){NULL, 0}, out) == 0);
}

/* One spelling for each value: of all texts of two characters, 256 decode, and encode back. */
Test(base32, has_one_spelling)
{
    int good = 0;

    for (int a = 0; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            char text[2] = {(char)a, (char)b}, back[2];
            unsigned char *byte = malloc(1);

            if (base32_decode((struct slice){text, 2}, byte) == 1) {
                good++;
                cr_expect(base32_encode(byte, 1, back) == 2 && memcmp(text, back, 2) == 0);
            }
            free(byte);
        }
    cr_expect(good == 256, "%d", good);
}
