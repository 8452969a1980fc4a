/* SPDX-License-Identifier: MIT */
#include "lib/auth/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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
        const char *at = text.data[i] ? strchr(alphabet, text.data[i]) : NULL;

        if (!at)
            return -1;
        bits = bits << 6 | (uint32_t)(at - alphabet);
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
