/* SPDX-License-Identifier: MIT */
/*
 * The credentials that were verified lately, and whom they stand for: a signature or a row is
 * looked at once a worker, not once a request. Fixed size; what is asked for is the SHA-256 of the
 * credential, so that no secret is kept. Belongs to one thread.
 */
#ifndef LEAT_AUTH_STORE_CREDENTIAL_CACHE_H
#define LEAT_AUTH_STORE_CREDENTIAL_CACHE_H

#include "lib/auth/store/identity.h"

enum { CACHE_SETS = 512, CACHE_WAYS = 4, CACHE_DIGEST = 32 };

struct cache {
    struct cache_slot {
        unsigned char digest[CACHE_DIGEST];
        struct identity *who; /* a reference; NULL: free */
        int64_t until_s;      /* it must be verified again then */
    } slots[CACHE_SETS][CACHE_WAYS];
};

/* Names a credential of `kind`, whose text is the same in no other kind. */
void cache_digest(enum identity_kind kind, struct slice text,
                  unsigned char out[static CACHE_DIGEST]);
/* Borrowed from the cache; NULL: it is not there. */
struct identity *cache_find(struct cache *c, const unsigned char digest[static CACHE_DIGEST],
                            int64_t now_s);
/* Keeps a reference of its own; the one that would go soonest makes room. */
void cache_keep(struct cache *c, const unsigned char digest[static CACHE_DIGEST],
                struct identity *who, int64_t until_s);
void cache_drop(struct cache *c, const unsigned char digest[static CACHE_DIGEST]);
void cache_fini(struct cache *c);

#endif
