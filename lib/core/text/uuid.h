/* SPDX-License-Identifier: MIT */
/* UUID version 7 (RFC 9562, 5.7): time-ordered, from the kernel's random numbers. */
#ifndef LEAT_CORE_TEXT_UUID_H
#define LEAT_CORE_TEXT_UUID_H

#include <stddef.h>

enum { UUID_TEXT = 37 };

/* Writes a fresh one, lower case, NUL-terminated. Thread-safe. */
void uuid_v7(char out[static UUID_TEXT]);
/* `len` random bytes from getrandom(2); aborts where the kernel has none. */
void random_bytes(void *out, size_t len);

#endif
