/* SPDX-License-Identifier: MIT */
#include "t/lib/allocations.h"

#include <stdlib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

static size_t count;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

/* What the executable defines, libraries call too. */
void *malloc(size_t size)
{
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
    return __libc_realloc(old, size);
}

bool allocations_are_counted(void)
{
    return true;
}

size_t allocations_count(void)
{
    return __atomic_load_n(&count, __ATOMIC_RELAXED);
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

#endif
