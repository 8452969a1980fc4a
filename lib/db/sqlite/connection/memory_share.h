/* SPDX-License-Identifier: MIT */
/* Shares the memory of a worker's page caches among its connections. SQLite takes it as it is
 * used. */
#ifndef LEAT_DB_SQLITE_CONNECTION_MEMORY_SHARE_H
#define LEAT_DB_SQLITE_CONNECTION_MEMORY_SHARE_H

#include "lib/db/engine/db.h"

/* Who has the connection: the loop, which runs most reads and gets half of the memory; a reader or
 * writer thread, which share the rest; or a stream, which reads each page once. */
enum memory_user { MEMORY_LOOP, MEMORY_THREAD, MEMORY_STREAM };

/* Sets cache_bytes and mmap_bytes of `out`, for one connection, from those of `all`. */
void memory_share(struct db_options *out, const struct db_options *all, enum memory_user user);

#endif
