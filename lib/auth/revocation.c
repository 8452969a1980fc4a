/* SPDX-License-Identifier: MIT */
#include "lib/auth/revocation.h"

#include <string.h>

#include "lib/auth/digest.h"
#include "lib/core/clock.h"
#include "lib/shm/revoked.h"

enum { SLACK_S = 300 }; /* of clocks: identity.leeway has at most as much */

/* Ids are made here: no client chooses what collides. */
static uint64_t hash(const char *id)
{
    unsigned char digest[32];
    uint64_t key;

    digest_sha256(id, strlen(id), digest);
    memcpy(&key, digest, sizeof(key));
    return key ? key : 1;
}

void revocation_add(struct shm *shm, const char *id, int64_t access_s)
{
    uint64_t now_s = clock_real_ms() / 1000;

    revoked_add(shm, hash(id), now_s + (uint64_t)access_s + SLACK_S, now_s);
}

bool revocation_has(struct shm *shm, const char *id, int64_t made_s)
{
    return revoked_has(shm, hash(id), (uint64_t)made_s);
}

bool revocation_take(struct shm *shm, const char *name, int64_t made_s, int64_t until_s)
{
    return revoked_take(shm, hash(name), (uint64_t)made_s, (uint64_t)until_s,
                        clock_real_ms() / 1000);
}
