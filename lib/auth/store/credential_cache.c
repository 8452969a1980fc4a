/* SPDX-License-Identifier: MIT */
#include "lib/auth/store/credential_cache.h"

#include <string.h>

#include "lib/auth/secret/digest.h"

void credential_cache_digest(enum identity_kind kind, struct slice text,
                             unsigned char out[static CACHE_DIGEST])
{
    digest_sha256(text.data, text.len, out);
    out[0] ^= (unsigned char)kind;
}

static struct cache_slot *set_of(struct credential_cache *c,
                                 const unsigned char digest[static CACHE_DIGEST])
{
    return c->slots[(digest[1] | digest[2] << 8) % CACHE_SETS];
}

static struct cache_slot *find_slot(struct credential_cache *c,
                                    const unsigned char digest[static CACHE_DIGEST])
{
    struct cache_slot *set = set_of(c, digest);

    for (int i = 0; i < CACHE_WAYS; i++)
        if (set[i].who && memcmp(set[i].digest, digest, CACHE_DIGEST) == 0)
            return &set[i];
    return NULL;
}

struct identity *credential_cache_find(struct credential_cache *c,
                                       const unsigned char digest[static CACHE_DIGEST],
                                       int64_t now_s)
{
    struct cache_slot *slot = find_slot(c, digest);

    return slot && now_s < slot->until_s ? slot->who : NULL;
}

/* Returns the slot of the digest, or a free one, or the one that expires soonest. */
static struct cache_slot *place(struct credential_cache *c,
                                const unsigned char digest[static CACHE_DIGEST])
{
    struct cache_slot *set = set_of(c, digest), *best = find_slot(c, digest);

    for (int i = 0; !best && i < CACHE_WAYS; i++)
        if (!set[i].who)
            best = &set[i];
    if (best)
        return best;
    best = set;
    for (int i = 1; i < CACHE_WAYS; i++)
        if (set[i].until_s < best->until_s)
            best = &set[i];
    return best;
}

void credential_cache_keep(struct credential_cache *c,
                           const unsigned char digest[static CACHE_DIGEST], struct identity *who,
                           int64_t until_s)
{
    struct cache_slot *slot = place(c, digest);

    identity_ref(who);
    identity_unref(&slot->who);
    memcpy(slot->digest, digest, CACHE_DIGEST);
    slot->who = who;
    slot->until_s = until_s;
}

void credential_cache_drop(struct credential_cache *c,
                           const unsigned char digest[static CACHE_DIGEST])
{
    struct cache_slot *slot = find_slot(c, digest);

    if (slot)
        identity_unref(&slot->who);
}

void credential_cache_fini(struct credential_cache *c)
{
    for (int i = 0; i < CACHE_SETS; i++)
        for (int k = 0; k < CACHE_WAYS; k++)
            identity_unref(&c->slots[i][k].who);
}
