/* SPDX-License-Identifier: MIT */
#include "lib/core/text/base64.h"

#include "lib/core/text/radix.h"

static const struct radix base64 = {
    /* clang-format off */
    .width = 6,
    .alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    .values = {
        ['-'] = 63,
        ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
        ['A'] =  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13,
                14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
        ['_'] = 64,
        ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
                40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
    },
    /* clang-format on */
};

size_t base64_encode(const void *data, size_t len, char *out)
{
    return radix_encode(&base64, data, len, out);
}

ssize_t base64_decode(struct slice text, void *out)
{
    return radix_decode(&base64, text, out);
}
