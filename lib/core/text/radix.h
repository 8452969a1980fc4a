/* SPDX-License-Identifier: MIT */
/* Bits as characters of an alphabet (RFC 4648, 3.5), strict: each value has exactly one
 * spelling. */
#ifndef LEAT_CORE_TEXT_RADIX_H
#define LEAT_CORE_TEXT_RADIX_H

#include <sys/types.h>

#include "lib/core/slice.h"

struct radix {
    int width;                 /* bits per character */
    const char *alphabet;      /* 1 << width characters */
    unsigned char values[128]; /* a character's value plus 1; 0 if it is not in the alphabet */
};

/* Writes ⌈len · 8 / width⌉ characters without NUL or padding and returns their number. */
size_t radix_encode(const struct radix *r, const void *data, size_t len, char *out);
/* Writes at most ⌊text.len · width / 8⌋ bytes. Returns their number, or -1 if `text` is
 * malformed. */
ssize_t radix_decode(const struct radix *r, struct slice text, void *out);

#endif
