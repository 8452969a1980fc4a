/* SPDX-License-Identifier: MIT */
/*
 * Tells every worker that something of an account was revoked: a session, an API key, a role.
 * Workers cache verified credentials. Each account has an epoch, and what was cached in an earlier
 * epoch is looked up in the database again before it counts.
 *
 *     worker A                                 worker B
 *     since = epoch_begin()
 *     reads the row from the database          commits the revocation
 *     epoch = epoch_end(account, since)        epoch_advance(account)
 *     …
 *     uses its cache while epoch_is(account, epoch)
 *
 * The table cannot fill up: accounts share SHM_EPOCHS numbers by a secret hash, and each number
 * only grows. Users who revoke often make workers look up their own credentials again, and those of
 * a few others, but nobody is refused for it. A worker that is killed between the commit and
 * epoch_advance() cannot tell the others, so its master calls epoch_advance_all() for it
 * (shm_slot_release()).
 */
#ifndef LEAT_SHM_EPOCH_H
#define LEAT_SHM_EPOCH_H

#include <assert.h>
#include <stdbool.h>

#include "lib/shm/layout.h"

/* An epoch that no account ever has. */
#define EPOCH_NEVER UINT64_MAX

/* Returns the place that the account's epoch has in shared memory. */
uint32_t epoch_place(const struct shm *shm, const char *account);
/* Starts a lookup. Call it before the database is asked. */
uint64_t epoch_begin(const struct shm *shm);
/* Ends a lookup. Call it after the database has answered. Returns the epoch in which the answer
 * holds, or EPOCH_NEVER if anything was revoked in between, since the answer may then be
 * outdated. */
uint64_t epoch_end(const struct shm *shm, uint32_t place, uint64_t since);
/* Returns true if an answer from that epoch still holds. */
static inline bool epoch_is(const struct shm *shm, uint32_t place, uint64_t epoch)
{
    assert(place < SHM_EPOCHS);
    return atomic_load_explicit(&shm->epochs.of[place], memory_order_acquire) == epoch;
}

/* Announces a revocation. Call it after the commit. */
void epoch_advance(struct shm *shm, const char *account);
void epoch_advance_all(struct shm *shm);

#endif
