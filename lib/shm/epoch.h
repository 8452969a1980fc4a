/* SPDX-License-Identifier: MIT */
/*
 * Tells every worker that something about an account was taken back: a session, an API key, a role.
 * Workers remember whom a credential stands for. Each account has an epoch, and what was remembered
 * in an earlier one is looked up in the database again before it counts.
 *
 *     worker A                                 worker B
 *     since = epoch_begin()
 *     reads the row from the database          commits the revocation
 *     epoch = epoch_end(account, since)        epoch_advance(account)
 *     …
 *     remembers it while epoch_is(account, epoch)
 *
 * There is nothing to fill: accounts share SHM_EPOCHS numbers by a secret hash, and each only
 * grows. Whoever revokes much makes workers look up their own credentials again, and those of few
 * others; nobody's is refused for it. A worker that is killed between the commit and
 * epoch_advance() owes the others the news: its master calls epoch_advance_all()
 * (shm_slot_release()).
 */
#ifndef LEAT_SHM_EPOCH_H
#define LEAT_SHM_EPOCH_H

#include <stdbool.h>

#include "lib/shm/layout.h"

/* No account ever has this epoch. */
#define EPOCH_NEVER UINT64_MAX

/* Returns the place that the account's epoch has in shared memory. */
uint32_t epoch_place(const struct shm *shm, const char *account);
/* Call it before the database is asked. */
uint64_t epoch_begin(const struct shm *shm);
/* Call it when the database has answered. Returns the epoch in which the answer holds; EPOCH_NEVER
 * if anybody revoked something meanwhile, since the answer may be from before. */
uint64_t epoch_end(const struct shm *shm, uint32_t place, uint64_t since);
/* Returns true if what was answered in that epoch still holds. */
static inline bool epoch_is(const struct shm *shm, uint32_t place, uint64_t epoch)
{
    return atomic_load_explicit(&shm->epochs.of[place], memory_order_acquire) == epoch;
}

/* Call it when the revocation has been committed. */
void epoch_advance(struct shm *shm, const char *account);
void epoch_advance_all(struct shm *shm);

#endif
