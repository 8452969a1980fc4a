/* SPDX-License-Identifier: MIT */
/* Tells whether a function that the executable overrides was called by libh2o or by other code. It
 * includes no header of h2o, which would pull in too much for a file that overrides libc. */
#ifndef LEAT_WORKERS_HTTP_H2O_LIBRARY_H
#define LEAT_WORKERS_HTTP_H2O_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

/* The address range of libh2o's code; private. */
extern struct library {
    uintptr_t start, end;
} library;

/* Finds libh2o's code. Returns false if it is not loaded. Before this call, h2o_library_has() is
 * false. */
bool h2o_library_find(void);

/* Returns whether a return address lies inside libh2o; pass __builtin_return_address(0). */
static inline bool h2o_library_has(const void *caller)
{
    return (uintptr_t)caller >= library.start && (uintptr_t)caller < library.end;
}

#endif
