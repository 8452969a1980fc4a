/* SPDX-License-Identifier: MIT */
/*
 * The folder of scheduled backups, whose names tell when they were begun, in UTC:
 *
 *     app.db-20261130T030000Z.backup
 *
 * A file with such a name was proved, because it gets the name afterwards. Files with other names
 * belong to somebody else. Names with a later time than now, written while the clock was wrong,
 * count for nothing until their time comes.
 */
#ifndef LEAT_DB_BACKUP_BACKUP_FOLDER_H
#define LEAT_DB_BACKUP_BACKUP_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/fault.h"

struct backup_newest {
    uint64_t real_ms; /* 0: there is no backup */
    uint64_t bytes;
};

/* What is kept: the newest `count`, of these none older than `age_ms` (0: however old), and the
 * newest of all in any case. */
struct backup_retention {
    uint64_t count, age_ms;
};

/* Returns the path for a backup that begins at `real_ms`. The caller's. */
char *backup_folder_name(const char *folder, const char *database, uint64_t real_ms);
/* Finds the newest backup of that database. */
bool backup_folder_newest(const char *folder, const char *database, uint64_t now_ms,
                          struct backup_newest *out, struct fault *fault);
/* Removes older backups of that database, and what killed ones left. Returns the number of backups
 * removed. */
int backup_folder_trim(const char *folder, const char *database, uint64_t now_ms,
                       const struct backup_retention *keep);

#endif
