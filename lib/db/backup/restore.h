/* SPDX-License-Identifier: MIT */
/*
 * Puts a backup in the place of the database, while nobody has the database open.
 *
 *     restore_lock ──▶ restore_stage: a proved copy, .NAME.restore ──▶ restore_place
 *
 * The old database is kept: NAME, NAME-wal and NAME-shm become NAME.before-TIME and so on. Whatever
 * ends it before restore_place() leaves the database as it is.
 */
#ifndef LEAT_DB_BACKUP_RESTORE_H
#define LEAT_DB_BACKUP_RESTORE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fault.h"

struct restore {
    const char *database;       /* its path, without symbolic links */
    int lock_fd;                /* of the old database; -1: there is none */
    char staged[PATH_MAX];      /* the copy; "" before restore_stage() */
    char aside[PATH_MAX];       /* what the old database is renamed to */
    bool has_wal, has_database; /* of the old one */
};

/* Locks the database against everybody else until restore_end(), or tells which process has it
 * open. `real_ms` is the time for the names. */
bool restore_lock(struct restore *r, const char *database, uint64_t real_ms, struct fault *fault);
/* Reads the header of the backup, before SQLite opens anything. */
bool restore_inspect(const char *backup, struct fault *fault);
/* Copies the file `fd` to a new one in `folder`, and proves the copy. */
bool restore_stage(struct restore *r, int fd, const char *folder, struct fault *fault);
/* Moves the old database aside, and the copy to its place, with the old owner and mode. */
bool restore_place(struct restore *r, struct fault *fault);
/* Removes the copy if it was not placed, and gives up the lock. */
void restore_end(struct restore *r);

#endif
