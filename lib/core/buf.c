/* SPDX-License-Identifier: MIT */
#include "lib/core/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/memory.h"

void buf_fini(struct buf *b)
{
    if (b->data) /* of a request's many buffers most are empty */
        free(b->data);
    *b = (struct buf){0};
}

static char *resize(struct buf *b, size_t cap)
{
    assert(cap && cap >= b->len);
    b->data = xrealloc(b->data, cap);
    b->cap = cap;
    return b->data + b->len;
}

char *buf_reserve_slow(struct buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap * 2 : 256;

    assert(b->len <= b->cap && (b->data || !b->cap));
    assert(more <= SIZE_MAX / 4 - b->len);
    while (cap - b->len < more)
        cap *= 2;
    return resize(b, cap);
}

char *buf_reserve_exact(struct buf *b, size_t more)
{
    assert(b->len <= b->cap);
    return b->data && b->cap - b->len >= more ? b->data + b->len : resize(b, b->len + more);
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(len >= 0); /* the format is at fault */
    vsnprintf(buf_reserve(b, (size_t)len + 1), (size_t)len + 1, format, args);
    b->len += (size_t)len;
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vprintf(b, format, args);
    va_end(args);
}

void buf_put_int(struct buf *b, int64_t value)
{
    char digits[20];
    size_t n = sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        digits[--n] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        digits[--n] = '-';
    buf_put(b, digits + n, sizeof(digits) - n);
}

const char *buf_text(struct buf *b)
{
    *buf_reserve(b, 1) = '\0';
    return b->data;
}
