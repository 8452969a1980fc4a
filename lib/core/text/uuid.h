/* SPDX-License-Identifier: MIT */
/* UUID version 7 (RFC 9562, 5.7): ordered by time, with random bits from the kernel. */
#ifndef LEAT_CORE_TEXT_UUID_H
#define LEAT_CORE_TEXT_UUID_H

#include <stddef.h>

enum { UUID_TEXT = 37 };

/* Writes a new UUID in lower case, NUL-terminated. Thread-safe. */
void uuid_v7(char out[static UUID_TEXT]);
/* Fills `out` with `len` random bytes from getrandom(2). Aborts if the kernel gives none. */
void random_bytes(void *out, size_t len);

#endif
