/* SPDX-License-Identifier: MIT */
/*
 * The one place that takes memory from the C library. What these functions return is never NULL and
 * is given back with free(). None of them fails: where there is no memory, they write one line to
 * the log (memory.exhausted, by write(2), without allocating) and abort the process.
 *
 * That is right for Leat. Linux overcommits, so that an allocation fails only where a limit is set
 * or an address space is full, and no path that handles it would ever have run. A worker that
 * aborts is replaced by the master within milliseconds; one that carried on would have lost part of
 * an answer or of its own state. What a client may cost is bounded before anything is allocated
 * (lib/core/budget.h, limits.*): a client cannot bring this about.
 */
#ifndef LEAT_CORE_MEMORY_H
#define LEAT_CORE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

/* Asserts stay on in production: a bug that ends one worker is better than one that goes on. */
#ifdef NDEBUG
#error "Leat is not built with NDEBUG"
#endif

/* Returns `size` bytes, not cleared. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
/* Returns `count` elements of `size` bytes each, all zero. A product that overflows aborts. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1, 2)));
/* Resizes `memory`, which may be NULL, to `size` bytes, of which there must be one at least. */
void *xrealloc(void *memory, size_t size)
    __attribute__((returns_nonnull, warn_unused_result, alloc_size(2)));
/* Does the same for `count` elements of `size` bytes each. A product that overflows aborts. */
void *xreallocarray(void *memory, size_t count, size_t size)
    __attribute__((returns_nonnull, warn_unused_result, alloc_size(2, 3)));

/* Copies a text, which must not be NULL; the second takes `len` bytes at most. */
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull, nonnull));
char *xstrndup(const char *text, size_t len) __attribute__((malloc, returns_nonnull, nonnull));

/* Prints into a text of its own. */
char *xasprintf(const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));
char *xvasprintf(const char *format, va_list args)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 0)));

/* Ends the process as above, where a library reports that it had no memory. */
_Noreturn void memory_exhausted(size_t size);

#endif
