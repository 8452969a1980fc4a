/* SPDX-License-Identifier: MIT */
/*
 * An online backup: a copy of one state of the database, made while others write, and proved before
 * it gets its name.
 *
 *     snapshot ──▶ .NAME.partial, page by page ──▶ fsync ──▶ backup_prove() ──▶ rename to NAME
 *
 * Whatever ends it before the rename leaves at most the partial file, which the next backup in that
 * folder removes. The copy is one file, without a -wal.
 */
#ifndef LEAT_DB_BACKUP_BACKUP_COPY_H
#define LEAT_DB_BACKUP_BACKUP_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fault.h"

struct backup_options {
    const char *database; /* path of the live database */
    const char *path;     /* of the backup; absolute */
    bool replaces;        /* a regular file at `path` is replaced */
    /* Called often; waits for `ms` and returns false to give up. */
    bool (*pause)(int ms);
};

struct backup_size {
    uint64_t bytes, pages;
};

/* The outcome that is not a failure of the backup itself: another one has the folder. */
enum backup_end { BACKUP_DONE, BACKUP_FAILED, BACKUP_BUSY };

/* Makes a backup, accessible by its owner only. *fault says why there is none. One at a time. */
enum backup_end backup_make(const struct backup_options *o, struct backup_size *out,
                            struct fault *fault);
/* Removes the partial file of the running backup. Async-signal-safe. */
void backup_abandon(void);

#endif
