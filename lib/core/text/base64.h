/* SPDX-License-Identifier: MIT */
/* base64url without padding (RFC 4648, 5): strict, one spelling for each value. */
#ifndef LEAT_CORE_TEXT_BASE64_H
#define LEAT_CORE_TEXT_BASE64_H

#include <sys/types.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

/* Characters for `len` bytes. */
static inline size_t base64_size(size_t len)
{
    return (len * 4 + 2) / 3;
}

/* Writes base64_size(len) characters, no NUL; returns their number. */
size_t base64_encode(const void *data, size_t len, char *out);
/* Writes at most text.len * 3 / 4 bytes; returns their number, -1 if `text` is malformed. */
ssize_t base64_decode(struct slice text, void *out);

/* Adds them to `b`. */
static inline void base64_put(struct buf *b, const void *data, size_t len)
{
    b->len += base64_encode(data, len, buf_reserve(b, base64_size(len)));
}

#endif
