/* SPDX-License-Identifier: MIT */
/* The code of libh2o in memory: which calls come from it, and which symbols it imports. */
#ifndef LEAT_WORKERS_HTTP_LIBH2O_H
#define LEAT_WORKERS_HTTP_LIBH2O_H

#include <stdbool.h>
#include <stdint.h>

/* The address range of the library's code; private. */
extern struct libh2o {
    uintptr_t start, end;
} libh2o;

/* Finds the library's code. Returns false if it is not loaded. Before this call, libh2o_has() is
 * false. */
bool libh2o_find(void);

/* Returns whether a return address lies inside the library; pass __builtin_return_address(0). */
static inline bool libh2o_has(const void *caller)
{
    return (uintptr_t)caller >= libh2o.start && (uintptr_t)caller < libh2o.end;
}

/* Returns whether the library calls the symbol by way of the dynamic linker, which binds it to the
 * executable's definition if there is one. Call libh2o_find() first. */
bool libh2o_imports(const char *symbol);

#endif
