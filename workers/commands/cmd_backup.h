/* SPDX-License-Identifier: MIT */
#ifndef LEAT_WORKERS_COMMANDS_CMD_BACKUP_H
#define LEAT_WORKERS_COMMANDS_CMD_BACKUP_H

#include <stdbool.h>

/* `leat-worker --backup` makes a proved backup of the database of the release `release_fd`: at
 * `path`, or if that is NULL, in backup.folder, if one is due. It ends when nobody reads its output
 * any more. Prints a line of JSON and returns 0:
 *
 *     {"path": …, "bytes": …, "pages": …, "ms": …}      and if it was scheduled:
 *      … "removed": …, "due_ms": …}                     backups removed; until the next one
 *     {"due_ms": …, "last_ms": …, "last_bytes": …}      none is due; the last one (0: none)
 *
 * Otherwise it prints the reason and returns 1. */
int cmd_backup(int release_fd, const char *path, bool replaces);

#endif
