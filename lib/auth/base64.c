/* SPDX-License-Identifier: MIT */
#include "lib/auth/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/* Of each character its value and 1; 0: it is none. */
static const unsigned char values[256] = {
    /* clang-format off */
    [' '] =
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 63,  0,  0,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62,  0,  0,  0,  0,  0,  0,
     0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,  0,  0,  0,  0, 64,
     0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,  0,  0,  0,  0,  0,
    /* clang-format on */
};

size_t base64_encode(const void *data, size_t len, char *out)
{
    const unsigned char *from = data;
    char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | from[i];
        for (count += 8; count >= 6; count -= 6)
            *to++ = alphabet[bits >> (count - 6) & 63];
    }
    if (count)
        *to++ = alphabet[bits << (6 - count) & 63];
    return (size_t)(to - out);
}

ssize_t base64_decode(struct slice text, void *out)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < text.len; i++) {
        uint32_t value = values[(unsigned char)text.data[i]];

        if (!value)
            return -1;
        bits = bits << 6 | (value - 1);
        count += 6;
        if (count >= 8) {
            count -= 8;
            *to++ = (unsigned char)(bits >> count);
        }
    }
    if (count == 6 || (bits & ((1u << count) - 1))) /* bits left over must be zero */
        return -1;
    return to - (unsigned char *)out;
}
