/* SPDX-License-Identifier: MIT */
/*
 * Fetches the public keys of token issuers (RFC 7517): when the worker starts, every ten minutes,
 * and when a token names an unknown key, which waits for them. While they cannot be fetched the old
 * ones stay in force, for a day; then there are none. A token whose key may be among those that
 * cannot be fetched is not refused, as nobody knows whether it is valid: that is 503.
 */
#ifndef LEAT_WORKERS_IDENTITY_JWKS_H
#define LEAT_WORKERS_IDENTITY_JWKS_H

#include "lib/auth/jose/keyset.h"
#include "workers/outbound/outbound.h"

struct issuer;

/* A key set that is kept up to date. Initialize name and keys, and set the rest to zero. */
struct jwks {
    const char *name;          /* of the issuer, for the log */
    struct keyset **keys;      /* the set to replace */
    unsigned char digest[32];  /* of the text of the current keys */
    uint64_t got_ns, tried_ns; /* times of the last answer and the last attempt; 0: never */
    uint64_t asked_again_ns;   /* time of the last fetch for an unknown key */
    bool is_out;               /* the last attempt failed */
};

/* Adopts an answer. If it is not a set of public keys, logs that, changes nothing and returns
 * false. */
bool jwks_take(struct jwks *j, struct worker *w, const struct outbound_request *answer);
/* Records that the keys could not be fetched. An outage is logged when it begins and when it
 * ends. */
void jwks_fail(struct jwks *j, struct worker *w, const char *reason);
/* Returns whether the keys are old enough to be fetched again. */
bool jwks_is_old(const struct jwks *j);
/* Returns whether to fetch for an unknown key, twice a minute at most. A true result is
 * recorded. */
bool jwks_may_ask_again(struct jwks *j);
/* Returns in how many seconds that may be; at least 1. */
unsigned jwks_retry_after_s(const struct jwks *j);
/* Drops keys that have not been confirmed for a day. */
void jwks_expire(struct jwks *j, struct worker *w);

/* An entry in the list of requests that wait for the keys of an issuer; the caller's, at a fixed
 * address meanwhile. */
struct jwks_waiter {
    struct jwks_waiter *next, **at; /* at: what points to it; NULL: it does not wait */
    size_t *count;                  /* of all waiting requests */
    void (*fn)(void *arg);          /* called once, on the loop, whether the keys came or not */
    void *arg;
};

/* Waits for keys of the issuer that are being fetched, or are fetched now, because a token was
 * found to lack one of them. LATER: waiter->fn is called, unless it leaves before. DONE: there is
 * nothing to wait for, or half of limits.in-flight wait already: anybody can invent a key id, and
 * the other half must stay free. */
enum completion jwks_wait(struct worker *w, const struct issuer *lacking,
                          struct jwks_waiter *waiter);
/* Returns in how many seconds a token of the issuer can be looked at again, whose key is missing
 * because the keys cannot be fetched, or too many wait for them. 0: they are known, and the key is
 * not one of them. */
unsigned jwks_missing_s(const struct worker *w, const struct issuer *lacking);
/* Stops waiting; does nothing if it does not wait. */
void jwks_leave(struct jwks_waiter *waiter);

/* Starts fetching for identity.issuers{}; continues it (call it several times a second); stops
 * it. */
void jwks_start(struct worker *w);
void jwks_tick(struct worker *w);
void jwks_stop(struct worker *w);

#endif
