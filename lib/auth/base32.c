/* SPDX-License-Identifier: MIT */
#include "lib/auth/base32.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

size_t base32_encode(const void *data, size_t len, char *out)
{
    const unsigned char *from = data;
    char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | from[i];
        for (count += 8; count >= 5; count -= 5)
            *to++ = alphabet[bits >> (count - 5) & 31];
    }
    if (count)
        *to++ = alphabet[bits << (5 - count) & 31];
    return (size_t)(to - out);
}

ssize_t base32_decode(struct slice text, void *out)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.data[i] ? strchr(alphabet, text.data[i]) : NULL;

        if (!at)
            return -1;
        bits = bits << 5 | (uint32_t)(at - alphabet);
        count += 5;
        if (count >= 8) {
            count -= 8;
            *to++ = (unsigned char)(bits >> count);
        }
    }
    if (count >= 5 || (bits & ((1u << count) - 1))) /* bits left over must be zero */
        return -1;
    return to - (unsigned char *)out;
}
