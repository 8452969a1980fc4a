/* SPDX-License-Identifier: MIT */
/* Blocks double from 4 KiB to 64 KiB. A request of 16 KiB or more gets a block of its own, linked
 * after the one being filled, so that the free rest of that one is not lost:
 *
 *     blocks ──▶ [being filled ···free] ──▶ [large] ──▶ [older, full] ──▶ …
 *
 * Clean-ups and adopted memory are list nodes inside the arena, so recording them cannot fail on
 * its own. */
#include "lib/core/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/memory.h"

enum { ALIGN = 16, BLOCK_MIN = 4096, BLOCK_MAX = 65536, LARGE = BLOCK_MAX / 4 };

struct arena_block {
    struct arena_block *older;
    size_t size;
};

struct arena_cleanup {
    struct arena_cleanup *older;
    void (*fn)(void *arg);
    void *arg;
};

void arena_init(struct arena *a)
{
    memset(a, 0, sizeof(*a));
}

void arena_init_with(struct arena *a, void *memory, size_t size)
{
    assert(memory || !size);
    arena_init(a);
    a->next = memory;
    a->end = a->next + size;
}

void arena_fini(struct arena *a)
{
    for (struct arena_cleanup *c = a->cleanups; c; c = c->older)
        c->fn(c->arg);
    while (a->blocks) {
        struct arena_block *older = a->blocks->older;
        free(a->blocks);
        a->blocks = older;
    }
    arena_init(a);
}

static size_t padded_header(void)
{
    return (sizeof(struct arena_block) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Allocates a block with `need` usable bytes after its header and counts it. */
static struct arena_block *new_block(struct arena *a, size_t need)
{
    size_t size = need + padded_header();
    struct arena_block *block;

    if (need > SIZE_MAX / 2)
        memory_exhausted(need);
    block = xmalloc(size);
    block->size = size;
    a->size += size;
    return block;
}

static char *bytes_of(struct arena_block *block)
{
    return (char *)block + padded_header();
}

/* Adds a block of at least `need` bytes and makes it the one being filled. */
static void grow_arena(struct arena *a, size_t need)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
    struct arena_block *block;

    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < need + padded_header())
        size = need + padded_header();
    block = new_block(a, size - padded_header());
    block->older = a->blocks;
    a->blocks = block;
    a->next = bytes_of(block);
    a->end = (char *)block + size;
}

/* Allocates a block of its own and links it after the one being filled. */
static void *alloc_large(struct arena *a, size_t size)
{
    struct arena_block *block = new_block(a, size), **place = &a->blocks;

    if (*place)
        place = &(*place)->older;
    block->older = *place;
    *place = block;
    return bytes_of(block);
}

void *arena_alloc(struct arena *a, size_t size)
{
    uintptr_t at = ((uintptr_t)a->next + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);

    if (!a->next || at > (uintptr_t)a->end || size > (uintptr_t)a->end - at) {
        if (size >= LARGE && a->next)
            return alloc_large(a, size);
        grow_arena(a, size);
        at = (uintptr_t)a->next;
    }
    a->next = (char *)at + size;
    return (char *)at;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
    char *copy = arena_alloc(a, len + 1);

    assert(text || !len);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
    assert(text);
    return arena_strndup(a, text, strlen(text));
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;
    int len;
    char *text;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(len >= 0); /* the format is at fault */
    text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
    struct arena_cleanup *c = arena_alloc(a, sizeof(*c));

    assert(fn);
    c->older = a->cleanups;
    c->fn = fn;
    c->arg = arg;
    a->cleanups = c;
}

static void free_buf(void *buf)
{
    buf_fini(buf);
}

struct buf *arena_buf(struct arena *a)
{
    struct buf *b = arena_zalloc(a, sizeof(*b));

    arena_defer(a, free_buf, b);
    return b;
}

void arena_adopt(struct arena *a, void *memory, size_t size)
{
    assert(memory);
    arena_defer(a, free, memory);
    a->size += size;
}
