/* SPDX-License-Identifier: MIT */
#include "lib/core/text/base32.h"

#include "lib/core/text/radix.h"

static const struct radix base32 = {
    /* clang-format off */
    .width = 5,
    .alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    .values = {
        ['2'] = 27, 28, 29, 30, 31, 32,
        ['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13,
               14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    },
    /* clang-format on */
};

size_t base32_encode(const void *data, size_t len, char *out)
{
    return radix_encode(&base32, data, len, out);
}

ssize_t base32_decode(struct slice text, void *out)
{
    return radix_decode(&base32, text, out);
}
