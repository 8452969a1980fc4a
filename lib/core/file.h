/* SPDX-License-Identifier: MIT */
/* Reading whole files, paths relative to the file that names them, and what kind a file is of. */
#ifndef LEAT_CORE_FILE_H
#define LEAT_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"

/* Appends the whole file; false and errno where it cannot be read or is larger than `limit`
 * bytes (EFBIG). */
bool file_read(const char *path, size_t limit, struct buf *out);
/* `path` as seen from the folder of `base`; absolute paths stay. In the arena. */
char *file_beside(struct arena *a, const char *base, const char *path);
/* Makes the folder that `path` lies in, with its parents (mode 0777 less umask). */
bool file_make_parent(const char *path);
/* The kind of file that st_mode says, for people: "a folder". Static. */
const char *file_kind(mode_t mode);

#endif
