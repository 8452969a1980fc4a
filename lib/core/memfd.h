/* SPDX-License-Identifier: MIT */
/* Sealed memory files: bytes that one process wrote and no process can change any more. */
#ifndef LEAT_CORE_MEMFD_H
#define LEAT_CORE_MEMFD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

/* A new empty file, close-on-exec, still writable; -1 and errno on failure. `name` is for /proc. */
int memfd_new(const char *name);
/* Writes all of `data`; false and errno on failure. */
bool memfd_write(int fd, const void *data, size_t len);
/* Seals against any change; false if someone still maps it writable. */
bool memfd_seal(int fd);
bool memfd_is_sealed(int fd);
/* Maps the whole file for reading; unmap with memfd_unmap(). data is NULL, with errno, on
 * failure, and where it is empty. */
struct slice memfd_map(int fd);
void memfd_unmap(struct slice map);

#endif
