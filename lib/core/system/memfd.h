/* SPDX-License-Identifier: MIT */
/* Sealed memory files: bytes written by one process that no process can change afterwards. */
#ifndef LEAT_CORE_SYSTEM_MEMFD_H
#define LEAT_CORE_SYSTEM_MEMFD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

/* Creates an empty file, close-on-exec and writable. Returns -1 with errno on failure. `name` shows
 * in /proc. */
int memfd_new(const char *name);
/* Writes all of `data`. Returns false with errno on failure. */
bool memfd_write(int fd, const void *data, size_t len);
/* Seals the file against any change. Returns false if a writable mapping still exists. */
bool memfd_seal(int fd);
bool memfd_is_sealed(int fd);
/* Maps the whole file for reading, until memfd_unmap(). `data` is NULL if the file is empty, and,
 * with errno, on failure. */
struct slice memfd_map(int fd);
void memfd_unmap(struct slice map);

#endif
