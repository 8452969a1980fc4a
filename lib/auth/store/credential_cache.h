/* SPDX-License-Identifier: MIT */
/*
 * Recently verified credentials and their identities, so that a signature is verified, or a row
 * read, once a worker and not once a request. Fixed size. Entries are found by the credential's
 * SHA-256, so no secret is kept. Used by one thread.
 */
#ifndef LEAT_AUTH_STORE_CREDENTIAL_CACHE_H
#define LEAT_AUTH_STORE_CREDENTIAL_CACHE_H

#include "lib/auth/store/identity.h"

enum { CACHE_SETS = 512, CACHE_WAYS = 4, CACHE_DIGEST = 32 };

struct credential_cache {
    struct cache_slot {
        unsigned char digest[CACHE_DIGEST];
        struct identity *who; /* a reference; NULL if the slot is free */
        int64_t until_s;      /* must be verified again after this */
    } slots[CACHE_SETS][CACHE_WAYS];
};

/* Hashes a credential together with its `kind`, so that equal texts of different kinds differ. */
void credential_cache_digest(enum identity_kind kind, struct slice text,
                             unsigned char out[static CACHE_DIGEST]);
/* Returns the identity, borrowed from the cache, or NULL if it is not there. */
struct identity *credential_cache_find(struct credential_cache *c,
                                       const unsigned char digest[static CACHE_DIGEST],
                                       int64_t now_s);
/* Adds an entry with a reference of its own, evicting the one that expires soonest. */
void credential_cache_keep(struct credential_cache *c,
                           const unsigned char digest[static CACHE_DIGEST], struct identity *who,
                           int64_t until_s);
void credential_cache_drop(struct credential_cache *c,
                           const unsigned char digest[static CACHE_DIGEST]);
void credential_cache_fini(struct credential_cache *c);

#endif
