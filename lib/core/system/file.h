/* SPDX-License-Identifier: MIT */
/* Reads whole files, resolves paths relative to the file that names them, and names kinds of
 * files. */
#ifndef LEAT_CORE_SYSTEM_FILE_H
#define LEAT_CORE_SYSTEM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/fault.h"

/* Appends the whole file to `out`. Returns false with errno if it cannot be read or is larger than
 * `limit` bytes (EFBIG). */
bool file_read(const char *path, size_t limit, struct buf *out);
/* Does that for what people write, which must be a regular file, or a pipe that a shell hands over
 * (/dev/fd/N): a FIFO would be read as empty. */
bool file_read_regular(const char *path, size_t limit, struct buf *out, struct fault *fault);
/* Resolves `path` relative to the folder of `base`. Absolute paths are kept. The result lies in the
 * arena. */
char *file_beside(struct arena *a, const char *base, const char *path);
/* Creates the folder that `path` lies in and its parents (mode 0777 less umask). */
bool file_make_parent(const char *path);
/* Names the kind of file in st_mode for people: "a folder". Static. */
const char *file_kind(mode_t mode);

#endif
