/* SPDX-License-Identifier: MIT */
#include "t/lib/allocations.h"

#include <malloc.h>
#include <stdlib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

static size_t count, bytes, peak;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *memory);

/* Threads may tread on each other's peak: what is measured has the process to itself. */
static void *taken(void *memory)
{
    size_t now;

    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    now = __atomic_add_fetch(&bytes, malloc_usable_size(memory), __ATOMIC_RELAXED);
    if (now > __atomic_load_n(&peak, __ATOMIC_RELAXED))
        __atomic_store_n(&peak, now, __ATOMIC_RELAXED);
    return memory;
}

static void give(size_t size)
{
    __atomic_sub_fetch(&bytes, size, __ATOMIC_RELAXED);
}

/* What the executable defines, libraries call too. */
void *malloc(size_t size)
{
    return taken(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return taken(__libc_calloc(n, size));
}

void *realloc(void *old, size_t size)
{
    size_t before = malloc_usable_size(old);
    void *memory = __libc_realloc(old, size);

    if (memory || !size)
        give(before);
    return taken(memory);
}

void free(void *memory)
{
    give(malloc_usable_size(memory));
    __libc_free(memory);
}

bool allocations_are_counted(void)
{
    return true;
}

size_t allocations_count(void)
{
    return __atomic_load_n(&count, __ATOMIC_RELAXED);
}

size_t allocations_bytes(void)
{
    return __atomic_load_n(&bytes, __ATOMIC_RELAXED);
}

size_t allocations_peak(void)
{
    return __atomic_load_n(&peak, __ATOMIC_RELAXED);
}

void allocations_reset_peak(void)
{
    __atomic_store_n(&peak, allocations_bytes(), __ATOMIC_RELAXED);
}

#else

bool allocations_are_counted(void)
{
    return false;
}

size_t allocations_count(void)
{
    return 0;
}

size_t allocations_bytes(void)
{
    return 0;
}

size_t allocations_peak(void)
{
    return 0;
}

void allocations_reset_peak(void)
{
}

#endif
