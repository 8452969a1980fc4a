/* SPDX-License-Identifier: MIT */
/*
 * A file from a form, kept for a handler in a temporary file without a name: nobody else can open
 * it, and it vanishes with its descriptor, however the process ends. The arena owns descriptor,
 * mapping and texts. A handler that needs the file longer must dup the descriptor.
 */
#ifndef LEAT_API_REQUEST_UPLOAD_H
#define LEAT_API_REQUEST_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/api/request/multipart.h"

struct upload {
    const char *name;
    const char *filename; /* from the client, NULL if absent; for display, not a path */
    const char *type;     /* from the client */
    size_t size;
    int fd;              /* close-on-exec, at offset 0; must not be closed, truncated or written */
    const void *map;     /* set by upload_map() */
    struct upload *next; /* for the caller's use */
};

/* FAILED and NO_SPACE leave errno set; NO_SPACE is a full disk or quota. */
enum upload_result { UPLOAD_OK, UPLOAD_TOO_LARGE, UPLOAD_NO_SPACE, UPLOAD_FAILED };

/* Writes the data of a part, at most `limit` bytes, to a file (mode 0600) in `folder`, a
 * directory's descriptor (O_PATH will do) or AT_FDCWD. On failure nothing is left behind. All
 * blocks of the file are allocated, so reading a mapping hits no hole. */
enum upload_result upload_keep(int folder, const struct multipart_part *part, size_t limit,
                               struct arena *arena, struct upload **out);
/* Maps the bytes for reading until the arena is freed; later calls return the same mapping. Returns
 * false with errno on failure. */
bool upload_map(struct upload *u, struct slice *bytes);

#endif
