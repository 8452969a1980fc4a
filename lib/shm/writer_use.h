/* SPDX-License-Identifier: MIT */
/* Counts how the single writer of the database is used: the time for which each operation holds its
 * lock, and how many writes share a commit. Only the holder of the lock may count. */
#ifndef LEAT_SHM_WRITER_USE_H
#define LEAT_SHM_WRITER_USE_H

#include <stddef.h>

#include "lib/shm/layout.h"

/* Adds the time for which a write held the lock. `operation` is 1 + its index (stats.h), or 0 for
 * Leat's own writes. */
void writer_use_hold(struct shm *shm, unsigned operation, uint64_t ns);
/* Counts a commit of so many writes, which are not 0. */
void writer_use_commit(struct shm *shm, size_t writes);
/* Returns the most writes that the counter batches[i] is for. */
static inline unsigned writer_use_size(int i)
{
    return 1u << i;
}
/* Returns the time for which the lock was held in all. */
uint64_t writer_use_total_ns(const struct shm *shm);
/* Returns the bytes of the -wal that are not copied into the database. */
uint64_t writer_use_pending(const struct shm *shm);

#endif
