/* SPDX-License-Identifier: MIT */
/* Bits as characters of an alphabet (RFC 4648, 3.5), strict: each value has exactly one
 * spelling. Inline, so that the compiler knows the width and the alphabet. */
#ifndef LEAT_CORE_TEXT_RADIX_H
#define LEAT_CORE_TEXT_RADIX_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/core/slice.h"

struct radix {
    int width;                 /* bits per character */
    const char *alphabet;      /* 1 << width characters */
    unsigned char values[128]; /* a character's value plus 1; 0 if it is not in the alphabet */
};

static inline uint32_t radix_ones(int count)
{
    return (1u << count) - 1;
}

/* Writes ⌈len · 8 / width⌉ characters without NUL or padding and returns their number. */
static inline size_t radix_encode(const struct radix *r, const void *data, size_t len, char *out)
{
    const unsigned char *from = data;
    char *to = out;
    uint32_t bits = 0;
    int count = 0;

    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | from[i];
        for (count += 8; count >= r->width; count -= r->width)
            *to++ = r->alphabet[bits >> (count - r->width) & radix_ones(r->width)];
    }
    if (count)
        *to++ = r->alphabet[bits << (r->width - count) & radix_ones(r->width)];
    return (size_t)(to - out);
}

/* Writes at most ⌊text.len · width / 8⌋ bytes. Returns their number, or -1 if `text` is
 * malformed. */
static inline ssize_t radix_decode(const struct radix *r, struct slice text, void *out)
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
    return count < r->width && !(bits & radix_ones(count)) ? to - (unsigned char *)out : -1;
}

#endif
