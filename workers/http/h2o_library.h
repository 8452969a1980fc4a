/* SPDX-License-Identifier: MIT */
/* Tells libh2o's calls of a function that the executable defines from those of anybody else. It
 * includes no header of h2o, which would include too much for who overrides libc. */
#ifndef LEAT_WORKERS_HTTP_H2O_LIBRARY_H
#define LEAT_WORKERS_HTTP_H2O_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>

/* libh2o's code; private. */
extern struct library {
    uintptr_t start, end;
} library;

/* Finds libh2o's code. False: it is not there. Until then no caller is inside. */
bool library_find(void);

/* Whether a return address lies inside libh2o: pass __builtin_return_address(0). */
static inline bool library_has(const void *caller)
{
    return (uintptr_t)caller >= library.start && (uintptr_t)caller < library.end;
}

#endif
