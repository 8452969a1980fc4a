/* SPDX-License-Identifier: MIT */
/*
 * A bump allocator: what one request, one release or one check allocates is freed all at once.
 * Allocation never fails: it aborts when memory runs out, since a server without memory cannot
 * answer. Not thread-safe: only one thread may use an arena at a time.
 */
#ifndef LEAT_CORE_ARENA_H
#define LEAT_CORE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;
struct arena_cleanup;
struct buf;

struct arena {
    struct arena_block *blocks;     /* newest first */
    struct arena_cleanup *cleanups; /* run in reverse order of arena_defer() */
    char *next;
    char *end;
    size_t size; /* bytes held, see arena_size() */
};

/* Makes `a` an empty arena. A zeroed struct is one too. */
void arena_init(struct arena *a);
/* Like arena_init(), but allocates first from the `size` bytes at `memory`, which stay the
 * caller's. */
void arena_init_with(struct arena *a, void *memory, size_t size);
/* Runs the clean-ups, frees every block and leaves an empty arena. */
void arena_fini(struct arena *a);

/* Returns `size` bytes, 16-byte aligned, not cleared, valid until arena_fini(). */
void *arena_alloc(struct arena *a, size_t size);
/* Like arena_alloc(), but the bytes are zero. */
void *arena_zalloc(struct arena *a, size_t size);
/* Copies `len` bytes and puts a NUL after them. */
char *arena_strndup(struct arena *a, const char *text, size_t len);
char *arena_strdup(struct arena *a, const char *text);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args);

/* Returns an empty buffer whose bytes go with the arena. */
struct buf *arena_buf(struct arena *a);
/* Takes ownership of `size` bytes from malloc() and frees them with the arena. */
void arena_adopt(struct arena *a, void *memory, size_t size);
/* Returns the heap bytes that the arena holds: its blocks, full or not, and what it has adopted. */
static inline size_t arena_size(const struct arena *a)
{
    return a->size;
}

/* Has arena_fini() call fn(arg). */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

#endif
