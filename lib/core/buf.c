/* SPDX-License-Identifier: MIT */
#include "lib/core/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/memory.h"

/* The most characters of an integer of 64 bits. */
enum { INTEGER_TEXT = 20 };

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
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t len = 1 + (value < 0);
    char *first = buf_reserve(b, INTEGER_TEXT), *at;

    for (uint64_t power = 10; rest >= power; power *= 10) /* at most 10^19, which fits */
        len++;
    at = first + len;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *first = '-';
    b->len += len;
}

const char *buf_text(struct buf *b)
{
    *buf_reserve(b, 1) = '\0';
    return b->data;
}
