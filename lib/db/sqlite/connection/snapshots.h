/* SPDX-License-Identifier: MIT */
/*
 * The snapshots that reads on threads hold. While one is in use, SQLite cannot begin the -wal
 * again, and each write makes it longer. So past database.wal-limit the checkpointer
 * (checkpointer.h) ends reads, the oldest of all workers first:
 *
 *     reader         snapshot_begin()       its worker's oldest ──▶ a gauge in shared memory
 *     checkpointer   snapshots_cut_oldest() the oldest of all ────▶ wal.cut_until_ns
 *     reader         snapshot_is_cut()      its progress handler asks: the job ends with ERR_BUSY
 *
 * Reads on the loop are not among them, since they end with the turn. Times are clock_ns().
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_SNAPSHOTS_H
#define LEAT_DB_SQLITE_CONNECTION_SNAPSHOTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/shm/layout.h"

/* The snapshots of one worker, the oldest first. */
struct snapshots {
    pthread_mutex_t lock; /* guards the next three */
    struct snapshot *oldest, *newest;
    size_t count;
    struct shm *shm;       /* borrowed, as is the next */
    struct shm_slot *slot; /* NULL: nothing is published, and none is cut */
};

/* That of one reader thread. */
struct snapshot {
    struct snapshots *all;
    struct snapshot *older, *newer;
    uint64_t begun_ns; /* 0: none is held */
};

void snapshots_init(struct snapshots *all, struct shm *shm, struct shm_slot *slot);
/* No snapshot may be held any more. */
void snapshots_fini(struct snapshots *all);

/* The next three are for the snapshot's thread. Call snapshot_begin() before the transaction
 * begins. */
void snapshot_begin(struct snapshot *s);
void snapshot_end(struct snapshot *s);
/* Returns true if its read must end for the sake of the -wal. */
bool snapshot_is_cut(const struct snapshot *s);

/* Returns when the oldest snapshot of all workers began, or 0 if there is none. */
uint64_t snapshots_oldest(const struct shm *shm);
/* Has the oldest read of all workers end. Returns false if there is none. */
bool snapshots_cut_oldest(struct shm *shm);

#endif
