/* SPDX-License-Identifier: MIT */
#include "lib/core/text/radix.h"

#include <stdint.h>

static uint32_t ones(int count)
{
    return (1u << count) - 1;
}

size_t radix_encode(const struct radix *r, const void *data, size_t len, char *out)
{
    const unsigned char *from = data;
    char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | from[i];
        for (count += 8; count >= r->width; count -= r->width)
            *to++ = r->alphabet[bits >> (count - r->width) & ones(r->width)];
    }
    if (count)
        *to++ = r->alphabet[bits << (r->width - count) & ones(r->width)];
    return (size_t)(to - out);
}

ssize_t radix_decode(const struct radix *r, struct slice text, void *out)
{
    unsigned char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c >= sizeof(r->values) || !r->values[c])
            return -1;
        bits = bits << r->width | (r->values[c] - 1u);
        count += r->width;
        if (count >= 8) {
            count -= 8;
            *to++ = (unsigned char)(bits >> count);
        }
    }
    /* Remaining bits must be zero and fewer than a character's. */
    return count < r->width && !(bits & ones(count)) ? to - (unsigned char *)out : -1;
}
