/* SPDX-License-Identifier: MIT */
/*
 * Finds the accounts that the credentials of a request belong to: one look-up for each scheme that
 * the operation names. A token's signature is verified at once, unless its issuer's keys are to be
 * fetched first; sessions, API keys and the sessions of tokens are rows of the database, which may
 * take a turn of the loop. What was verified lately comes from the worker's cache, for as long as
 * the account has taken nothing back.
 */
#ifndef LEAT_WORKERS_IDENTITY_AUTHENTICATION_H
#define LEAT_WORKERS_IDENTITY_AUTHENTICATION_H

#include "lib/auth/store/identity.h"
#include "lib/auth/store/store.h"
#include "workers/identity/jwks.h"
#include "workers/request/request.h"

struct authentication {
    size_t at;                                    /* the scheme that is looked at */
    struct identity *found[SECURITY_SCHEMES_MAX]; /* by op->security.schemes; references */
    const char *fault;                            /* why one in a header is no good; static */
    enum err err;                                 /* the tables could not be asked; or OK */
    bool is_pending, is_waiting;                  /* a look-up runs; the pipeline waits for it */
    struct slice secret;                          /* what is looked up, */
    unsigned char digest[32];                     /* and its name in the cache */
    struct identity *verified; /* of the token whose session is looked up; a reference */
    uint64_t since;            /* epoch_begin() of the look-up */
    struct store_call call;
    struct jwks_waiter keys; /* while a token waits for its issuer's */
};

/* Looks for the credential of scheme a->at, whose identity becomes a->found[a->at]. False: the
 * answer comes later, and runs the pipeline again. */
bool authenticate(struct request *r, struct authentication *a);
/* Its references go, and it waits for no keys any more. */
void authentication_fini(struct authentication *a);
/* The value of a cookie (RFC 6265, 4.2.1); data is NULL where there is none. */
struct slice authentication_cookie(struct request *r, const char *name);

#endif
