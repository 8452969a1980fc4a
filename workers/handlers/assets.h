/* SPDX-License-Identifier: MIT */
/* Maps the files of Swagger UI: all workers share the one copy in the page cache. */
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
    char etag[ASSET_TAG]; /* from size and time, so that the file need not be read */
};

/* Opens all of the files in `folder`. On failure returns false, and `assets` is empty. */
bool assets_open(const char *folder, struct asset assets[static ASSET_COUNT]);
void assets_close(struct asset assets[static ASSET_COUNT]);
/* Returns whether the file is unchanged since it was opened. Overwriting it in place, which
 * installers don't do, would shorten the mapping, and reading past its end kills the process. */
bool asset_is_intact(const struct asset *asset);

#endif
