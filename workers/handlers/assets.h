/* SPDX-License-Identifier: MIT */
/* Swagger UI's files, mapped: all workers share the kernel's one copy. */
#ifndef LEAT_WORKERS_HANDLERS_ASSETS_H
#define LEAT_WORKERS_HANDLERS_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

enum { ASSET_COUNT = 5, ASSET_TAG = 48 };

struct asset {
    const char *name, *type;
    int fd;
    struct slice content;
    char etag[ASSET_TAG]; /* from size and time: nothing is read for it */
};

/* Opens all of the files in `folder`, or none: then false, and `assets` is empty. */
bool assets_open(const char *folder, struct asset assets[static ASSET_COUNT]);
void assets_close(struct asset assets[static ASSET_COUNT]);
/* Whether the file is as it was opened. Who overwrites it in place (installers don't) would make
 * the mapping end early, and reading past its end kills the process. */
bool asset_is_intact(const struct asset *asset);

#endif
