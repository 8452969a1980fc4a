/* SPDX-License-Identifier: MIT */
/* base64url without padding (RFC 4648, 5), strict: each value has exactly one spelling. */
#ifndef LEAT_CORE_TEXT_BASE64_H
#define LEAT_CORE_TEXT_BASE64_H

#include <sys/types.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

/* Returns the number of characters for `len` bytes. */
static inline size_t base64_size(size_t len)
{
    return (len * 4 + 2) / 3;
}

/* Writes base64_size(len) characters without NUL and returns their number. */
size_t base64_encode(const void *data, size_t len, char *out);
/* Writes at most text.len * 3 / 4 bytes. Returns their number, or -1 if `text` is malformed. */
ssize_t base64_decode(struct slice text, void *out);

/* Appends the encoded bytes to `b`. */
static inline void base64_put(struct buf *b, const void *data, size_t len)
{
    b->len += base64_encode(data, len, buf_reserve(b, base64_size(len)));
}

#endif
