/* SPDX-License-Identifier: MIT */
/*
 * Finds out before SQLite opens a database whether the -wal beside it can belong to it. SQLite does
 * not ask: it replays any -wal whose checksums are right, and one that was left beside a restored
 * database brings rows back, makes others vanish, or damages the file.
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_WAL_CHECK_H
#define LEAT_DB_SQLITE_CONNECTION_WAL_CHECK_H

#include <stdbool.h>

/* Returns false if `path`-wal would be replayed and was written for another state of the database,
 * as far as page 1 and the numbers of pages prove it. True if a process has the database open,
 * since then nothing is replayed. Never call it while this process has the file open (see
 * conn_inspect()). */
bool wal_check_belongs(const char *path);

#endif
