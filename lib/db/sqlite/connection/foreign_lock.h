/* SPDX-License-Identifier: MIT */
/*
 * Finds the process outside Leat that keeps the database from being written, or its -wal from being
 * cut off: a shell with an open transaction, a backup tool. All of Leat's own writers queue for the
 * lock in shared memory first, so when the holder of that lock finds SQLite's own taken, it is a
 * foreigner's. Readers are told apart by the pids of the workers.
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_FOREIGN_LOCK_H
#define LEAT_DB_SQLITE_CONNECTION_FOREIGN_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/shm/layout.h"

struct foreign_lock {
    int fd; /* the -shm file, on which SQLite's locks are; -1 if closed */
};

/* Opens the -shm file of the connection's database. On failure the process is not named. */
void foreign_lock_open(struct foreign_lock *l, const struct conn *c);
/* Call it when the process has no connection to the database any more: closing any descriptor of
 * the file gives up all locks that the process has on it. */
void foreign_lock_close(struct foreign_lock *l);

/* Returns until when (clock_ns()) a writer waits for SQLite's lock. The first one waits for long,
 * in case the foreigner ends soon; while it is known to hold the lock, all others are answered at
 * once. */
uint64_t foreign_lock_patience(const struct shm_writer *w);
/* Records, for all workers, whether the last writer found the lock taken, and logs the first time
 * and the end. Only the holder of the lock in shared memory may call it. */
void foreign_lock_note(const struct foreign_lock *l, struct shm_writer *w, bool is_taken);

/* Records, for all workers, that a reader outside Leat keeps the -wal past its limit, and logs it
 * the first time. Does nothing if none is found. */
void foreign_reader_note(const struct foreign_lock *l, struct shm *shm, int64_t wal_bytes);
/* Records and logs that the -wal is within its limit again. */
void foreign_reader_end(struct shm *shm);

#endif
