/* SPDX-License-Identifier: MIT */
/*
 * Finds the identities that the credentials of a request belong to: one look-up for each scheme
 * that the operation names. A token's signature is verified at once, unless its issuer's keys must
 * be fetched first; sessions, API keys and the sessions of tokens are rows of the database, which
 * may take a turn of the loop. What was verified lately comes from the worker's cache, until
 * something of the account is revoked.
 */
#ifndef LEAT_WORKERS_IDENTITY_AUTHENTICATION_H
#define LEAT_WORKERS_IDENTITY_AUTHENTICATION_H

#include "lib/auth/store/identity.h"
#include "lib/auth/store/store.h"
#include "workers/identity/jwks.h"
#include "workers/request/request.h"

struct authentication {
    size_t at;                                    /* index of the scheme being looked at */
    struct identity *found[SECURITY_SCHEMES_MAX]; /* indexed by op->security.schemes; references */
    const char *fault;                            /* why one in a header is invalid; or NULL */
    enum err err;                                 /* OK, or why the tables could not be read */
    struct slice secret;                          /* the credential being looked up, */
    unsigned char digest[32];                     /* and its digest, the cache's key */
    struct identity *verified; /* identity of the token whose session is looked up; a reference */
    uint64_t since;            /* epoch_begin() when the look-up started */
    struct store_call call;
    struct jwks_waiter keys; /* entry in the issuer's list while the token waits for its keys */
};

/* Looks for the credential of scheme a->at and sets a->found[a->at] to its identity. LATER: the
 * answer comes in a later turn of the loop, and then runs the pipeline again. */
enum completion authenticate(struct request *r, struct authentication *a);
/* Releases its references, and stops waiting for keys. */
void authentication_fini(struct authentication *a);
/* Returns the value of a cookie (RFC 6265, 4.2.1); data is NULL if it is absent. */
struct slice authentication_cookie(struct request *r, const char *name);

#endif
