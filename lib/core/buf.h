/* SPDX-License-Identifier: MIT */
/* A growing byte buffer on the heap. A zeroed struct is an empty buffer. Growth aborts rather than
 * fail. */
#ifndef LEAT_CORE_BUF_H
#define LEAT_CORE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/core/slice.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
};

/* Frees the bytes and leaves an empty buffer. */
void buf_fini(struct buf *b);
/* Makes room for `more` bytes and returns where to write them; the caller then advances `len`. */
char *buf_reserve_slow(struct buf *b, size_t more);
/* Like buf_reserve_slow(), but grows to exactly that size, for callers whose memory is limited. */
char *buf_reserve_exact(struct buf *b, size_t more);

static inline char *buf_reserve(struct buf *b, size_t more)
{
    return b->cap - b->len >= more && b->data ? b->data + b->len : buf_reserve_slow(b, more);
}

static inline void buf_put(struct buf *b, const void *data, size_t len)
{
    if (len)
        memcpy(buf_reserve(b, len), data, len);
    b->len += len;
}

static inline void buf_putc(struct buf *b, char c)
{
    *buf_reserve(b, 1) = c;
    b->len++;
}

static inline void buf_puts(struct buf *b, const char *text)
{
    buf_put(b, text, strlen(text));
}

/* These append formatted text. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args);
void buf_put_int(struct buf *b, int64_t value);
/* Puts a NUL after the bytes (not counted in `len`) and returns them, valid until the next
 * change. */
const char *buf_text(struct buf *b);

static inline struct slice buf_slice(const struct buf *b)
{
    return (struct slice){b->data, b->len};
}

#endif
