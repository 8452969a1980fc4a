/* SPDX-License-Identifier: MIT */
/*
 * The keys of others, from where those publish them (RFC 7517): fetched when the worker starts,
 * every ten minutes, and when a token names one that is not there, which waits for them. While they
 * cannot be fetched the old ones stay in force, for a day; then there are none, and nothing
 * verifies.
 */
#ifndef LEAT_WORKERS_IDENTITY_JWKS_H
#define LEAT_WORKERS_IDENTITY_JWKS_H

#include "lib/auth/jose/keyset.h"
#include "workers/outbound/outbound.h"

/* A set of keys that is kept up to date. The zero value but for its name and keys is one. */
struct jwks {
    const char *name;          /* whose, for the log */
    struct keyset **keys;      /* what is replaced */
    unsigned char digest[32];  /* of the text that they were read from */
    uint64_t got_ns, tried_ns; /* when there was an answer, and when it was asked for; 0: never */
    uint64_t asked_again_ns;   /* for a key that was not there */
};

/* Takes an answer. False: it is no set of public keys, which is logged; nothing is changed. */
bool jwks_take(struct jwks *j, struct worker *w, const struct outbound_request *answer);
/* Whether it is time to ask, because the keys are old. */
bool jwks_is_old(const struct jwks *j);
/* Whether to ask because a key is not there: twice a minute at most. Notes that it is done. */
bool jwks_may_ask_again(struct jwks *j);
/* Drops what nobody has confirmed for a day. */
void jwks_expire(struct jwks *j, struct worker *w);

/* Who waits for the keys of an issuer; the caller's, and not moved meanwhile. */
struct jwks_waiter {
    struct jwks_waiter *next, **at; /* `at` is what points here; NULL: it does not wait */
    size_t *count;                  /* of those that wait */
    void (*fn)(void *arg);          /* called once, on the loop: they came, or did not */
    void *arg;
};

/* Waits for keys that are on their way, or are asked for now, because a token was found to lack one
 * of them (issuers.h: lacking). False: there is nothing to wait for, or half of limits.in-flight
 * wait already: anybody can make up a token, and the other half is for others. */
bool jwks_wait(struct worker *w, struct jwks_waiter *waiter);
/* Waits no more; nothing happens where it did not. */
void jwks_leave(struct jwks_waiter *waiter);

/* Of identity.issuers{}: begins to fetch, goes on to (call it several times a second), ends. */
void jwks_start(struct worker *w);
void jwks_tick(struct worker *w);
void jwks_stop(struct worker *w);

#endif
