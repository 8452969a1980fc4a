/* SPDX-License-Identifier: MIT */
/*
 * Shares among the kinds of credentials what each needs while a request is authenticated
 * (authentication.c). Each looks into the worker's cache first, and then asks the database, or
 * verifies a signature:
 *
 *     credential_token.c   access tokens: the signature, then whether the session lives
 *     credential_row.c     sessions and API keys: their row
 *
 * A function that returns false will be answered in a later turn of the loop, which runs the
 * pipeline again.
 */
#ifndef LEAT_WORKERS_IDENTITY_CREDENTIAL_H
#define LEAT_WORKERS_IDENTITY_CREDENTIAL_H

#include "workers/identity/authentication.h"

/* Returns what is in Authorization behind the scheme (RFC 9110, 11.4); data is NULL where another
 * scheme stands there. Fields that came twice are one value with a comma, which no credential has.
 */
struct slice credential_authorization(struct request *r, const char *scheme);

/* Returns the identity that the cache has for a->secret, borrowed, or NULL, and sets a->digest. */
struct identity *credential_cached(struct request *r, struct authentication *a,
                                   enum identity_kind kind);
/* Returns true if its account has taken nothing back since the database was asked for it, and that
 * is not too long ago. */
bool credential_is_fresh(const struct request *r, const struct identity *who);
/* Takes the reference, and makes it the caller by the scheme that is looked at. */
void credential_found(struct authentication *a, struct identity *who);
/* Says what is wrong with it (static). In a cookie it may just be old, and is ignored. */
void credential_refuse(struct request *r, struct authentication *a, const char *fault);

/* Asks the database for a->call: `done` gets the job, whose data is the request. */
bool credential_ask(struct request *r, struct authentication *a, void (*done)(struct db_job *job));
/* Ends what credential_ask() began: `who` (the reference is taken; may be NULL) is the caller, and
 * is remembered until `until_s`; otherwise the credential is refused for `fault`. */
void credential_answered(struct request *r, struct authentication *a, struct identity *who,
                         int64_t until_s, const char *fault);

bool credential_take_token(struct request *r, struct authentication *a);
bool credential_take_session(struct request *r, struct authentication *a);
/* `id`, where the client names it (data not NULL), must be the key's. */
bool credential_take_api_key(struct request *r, struct authentication *a, struct slice id);
/* An API key as a password (RFC 7617). */
bool credential_take_basic(struct request *r, struct authentication *a);

#endif
