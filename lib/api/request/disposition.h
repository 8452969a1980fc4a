/* SPDX-License-Identifier: MIT */
/* Reads the Content-Disposition of a part of a form (RFC 7578, 4.2). */
#ifndef LEAT_API_REQUEST_DISPOSITION_H
#define LEAT_API_REQUEST_DISPOSITION_H

#include <stdbool.h>

#include "lib/core/arena.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

/* Decoded names, UTF-8 without NUL, in the arena or in the value. `filename` is filename* if there
 * is one; its data is NULL if there is neither. */
struct disposition {
    struct slice name, filename;
};

/* Returns false with *fault, and its place in the value, on failure. */
bool disposition_read(struct slice value, struct arena *arena, struct disposition *out,
                      struct fault *fault);

#endif
