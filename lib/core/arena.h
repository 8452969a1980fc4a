/* SPDX-License-Identifier: MIT */
/*
 * A bump allocator: everything that one request, one release or one check needs, freed at once.
 * Allocation never fails (out of memory aborts: a server without memory has nothing to say).
 * Not thread-safe; an arena belongs to one thread at a time.
 */
#ifndef LEAT_CORE_ARENA_H
#define LEAT_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena_cleanup;

struct arena {
    struct arena_block *blocks;     /* newest first */
    struct arena_cleanup *cleanups; /* run in reverse order of arena_defer() */
    char *next;
    char *end;
    size_t size; /* see arena_size() */
};

/* An empty arena that owns nothing yet; the zero value is as good. */
void arena_init(struct arena *a);
/* Like arena_init(), but takes its first bytes from `memory`, which the caller keeps. */
void arena_init_with(struct arena *a, void *memory, size_t size);
/* Runs the clean-ups, frees every block, leaves an empty arena. */
void arena_fini(struct arena *a);

/* `size` bytes, 16-byte aligned, not cleared. Valid until arena_fini(). */
void *arena_alloc(struct arena *a, size_t size);
/* The same, all zero. */
void *arena_zalloc(struct arena *a, size_t size);
/* A copy of `len` bytes with a NUL behind them. */
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Takes `size` bytes of malloc(), which go with the arena. */
void arena_adopt(struct arena *a, void *memory, size_t size);
/* Bytes of the heap that it holds: its blocks, used up or not, and what it has adopted. */
static inline size_t arena_size(const struct arena *a)
{
    return a->size;
}

/* Calls fn(arg) when the arena goes. */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

#endif
