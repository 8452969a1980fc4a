/* SPDX-License-Identifier: MIT */
/*
 * A file of a form, kept for a handler in a temporary file that has no name: nobody else can open
 * it, and it is gone with its descriptor, however the process ends. The arena owns it: descriptor,
 * mapping and texts go with the arena. A handler that keeps the file longer dups the descriptor.
 */
#ifndef LEAT_API_REQUEST_UPLOAD_H
#define LEAT_API_REQUEST_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/api/request/multipart.h"

struct upload {
    const char *name;
    const char
        *filename;    /* as the client says, NULL where it doesn't: a name to show, not a path */
    const char *type; /* as the client says */
    size_t size;
    int fd;              /* close-on-exec, at offset 0; not to be closed, truncated or written */
    const void *map;     /* of upload_map() */
    struct upload *next; /* the caller's */
};

/* FAILED and NO_SPACE leave errno; NO_SPACE is a full disk or quota. */
enum upload_result { UPLOAD_OK, UPLOAD_TOO_LARGE, UPLOAD_NO_SPACE, UPLOAD_FAILED };

/* Writes the data of a part, at most `limit` bytes, to a file (mode 0600) in `folder`, a
 * descriptor of a directory (O_PATH will do) or AT_FDCWD. On failure nothing is left of it. All
 * of its blocks are on the disk's account afterwards: reading a mapping meets no hole. */
enum upload_result upload_keep(int folder, const struct multipart_part *part, size_t limit,
                               struct arena *arena, struct upload **out);
/* The bytes, mapped for reading until the arena goes; the same each time. False and errno. */
bool upload_map(struct upload *u, struct slice *bytes);

#endif
