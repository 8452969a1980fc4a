/* SPDX-License-Identifier: MIT */
/* base32 in upper case without padding (RFC 4648, 6), strict: each value has exactly one
 * spelling. */
#ifndef LEAT_CORE_TEXT_BASE32_H
#define LEAT_CORE_TEXT_BASE32_H

#include <sys/types.h>

#include "lib/core/slice.h"

/* The characters for `len` bytes; usable as an array size. */
#define BASE32_SIZE(len) (((len)*8 + 4) / 5)

/* Writes BASE32_SIZE(len) characters without NUL and returns their number. */
size_t base32_encode(const void *data, size_t len, char *out);
/* Writes at most text.len * 5 / 8 bytes. Returns their number, or -1 if `text` is malformed. */
ssize_t base32_decode(struct slice text, void *out);

#endif
