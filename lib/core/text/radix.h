/* SPDX-License-Identifier: MIT */
/* Bits as characters of an alphabet (RFC 4648, 3.5), strictly: one spelling for each value. */
#ifndef LEAT_CORE_TEXT_RADIX_H
#define LEAT_CORE_TEXT_RADIX_H

#include <sys/types.h>

#include "lib/core/slice.h"

struct radix {
    int width;                 /* bits of a character */
    const char *alphabet;      /* 1 << width characters */
    unsigned char values[128]; /* of each character its value and 1; 0: it is none */
};

/* Writes ⌈len · 8 / width⌉ characters, no NUL, no padding; returns their number. */
size_t radix_encode(const struct radix *r, const void *data, size_t len, char *out);
/* Writes at most ⌊text.len · width / 8⌋ bytes; returns their number, -1 if `text` is malformed. */
ssize_t radix_decode(const struct radix *r, struct slice text, void *out);

#endif
