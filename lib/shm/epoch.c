/* SPDX-License-Identifier: MIT */
/* epoch_end() also compares `begun`, because a session's account is known only after its row was
 * read. An advance raises `begun` before the account's epoch. So a reader who sees the new epoch
 * also sees the raised `begun`: if it was raised before epoch_begin(), the database already shows
 * the revocation, and if after, the answer may be old and is not kept. */
#include "lib/shm/epoch.h"

#include <assert.h>
#include <string.h>

#include "lib/core/hash.h"

uint32_t epoch_place(const struct shm *shm, const char *account)
{
    assert(account);
    return (uint32_t)(hash_identity(shm->hash_key, &(struct slice){account, strlen(account)}, 1) %
                      SHM_EPOCHS);
}

uint64_t epoch_begin(const struct shm *shm)
{
    return shm->epochs.begun;
}

uint64_t epoch_end(const struct shm *shm, uint32_t place, uint64_t since)
{
    assert(place < SHM_EPOCHS);
    uint64_t epoch = shm->epochs.of[place];

    return shm->epochs.begun == since ? epoch : EPOCH_NEVER;
}

static void advance(struct shm *shm, uint32_t place)
{
    assert(place < SHM_EPOCHS);
    atomic_fetch_add(&shm->epochs.of[place], 1);
}

void epoch_advance(struct shm *shm, const char *account)
{
    atomic_fetch_add(&shm->epochs.begun, 1);
    advance(shm, epoch_place(shm, account));
}

void epoch_advance_all(struct shm *shm)
{
    atomic_fetch_add(&shm->epochs.begun, 1);
    for (uint32_t place = 0; place < SHM_EPOCHS; place++)
        advance(shm, place);
}
