/* SPDX-License-Identifier: MIT */
#include "lib/core/memory.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/log.h"

void memory_exhausted(size_t size)
{
    char message[32];

    snprintf(message, sizeof(message), "bytes=%zu", size);
    log_last("memory.exhausted", message);
    abort();
}

static void *checked(void *memory, size_t size)
{
    if (!memory)
        memory_exhausted(size);
    return memory;
}

/* Returns the size of an array; if that overflows, a size that no allocation can have. */
static size_t product(size_t count, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

/* The C library may return NULL for a size of 0, but these functions never return NULL. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *xmalloc(size_t size)
{
    return checked(malloc(at_least_one(size)), size);
}

void *xcalloc(size_t count, size_t size)
{
    size_t bytes = product(count, size);

    return checked(calloc(1, at_least_one(bytes)), bytes);
}

void *xrealloc(void *memory, size_t size)
{
    assert(size); /* realloc(memory, 0) would free it */
    return checked(realloc(memory, size), size);
}

void *xreallocarray(void *memory, size_t count, size_t size)
{
    return xrealloc(memory, product(count, size));
}

char *xstrdup(const char *text)
{
    return checked(strdup(text), strlen(text) + 1);
}

char *xstrndup(const char *text, size_t len)
{
    return checked(strndup(text, len), len + 1);
}

char *xvasprintf(const char *format, va_list args)
{
    char *text;

    return vasprintf(&text, format, args) < 0 ? checked(NULL, strlen(format)) : text;
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    return text;
}
