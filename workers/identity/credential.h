/* SPDX-License-Identifier: MIT */
/*
 * Functions that the kinds of credentials share while a request is authenticated
 * (authentication.c). Each kind looks into the worker's cache first, and then asks the database or
 * verifies a signature:
 *
 *     credential_token.c   access tokens: the signature, then whether the session lives
 *     credential_row.c     sessions and API keys: their row
 *
 * A function that returns LATER is answered in a later turn of the loop, which runs the pipeline
 * again. DONE: the scheme has been looked at.
 */
#ifndef LEAT_WORKERS_IDENTITY_CREDENTIAL_H
#define LEAT_WORKERS_IDENTITY_CREDENTIAL_H

#include "workers/identity/authentication.h"

/* Returns what follows the scheme in Authorization (RFC 9110, 11.4); data is NULL if it has another
 * scheme. Repeated fields are joined by a comma, which no credential contains. */
struct slice credential_authorization(struct request *r, const char *scheme);

/* Returns the identity that the cache has for a->secret, borrowed, or NULL, and sets a->digest. */
struct identity *credential_cached(struct request *r, struct authentication *a,
                                   enum identity_kind kind);
/* Returns true if nothing of its account was revoked since the database was asked, and that was not
 * too long ago. */
bool credential_is_fresh(const struct request *r, const struct identity *who);
/* Takes the reference, and makes it the caller by the scheme that is looked at. */
void credential_found(struct authentication *a, struct identity *who);
/* Refuses the credential for `fault`, which lives as long as the request. One in a cookie may just
 * be old, and is ignored. */
void credential_refuse(struct request *r, struct authentication *a, const char *fault);

/* Asks the database for a->call. LATER: `done` gets the job, whose data is the request; it settles
 * the credential and calls credential_resume(). DONE: the answer is in a->call, to be settled
 * now. */
enum completion credential_ask(struct request *r, struct authentication *a,
                               void (*done)(struct db_job *job));
/* Ends what credential_ask() began. `who` (takes the reference; may be NULL) becomes the identity,
 * cached until `until_s`; without it the credential is refused for `fault`. */
void credential_settle(struct request *r, struct authentication *a, struct identity *who,
                       int64_t until_s, const char *fault);
/* Runs the pipeline again, at the next scheme. */
void credential_resume(struct request *r);

enum completion credential_take_token(struct request *r, struct authentication *a);
enum completion credential_take_session(struct request *r, struct authentication *a);
/* Takes a->secret as an API key. If the client sends an `id` (data not NULL), it must be the
 * key's. */
enum completion credential_take_api_key(struct request *r, struct authentication *a,
                                        struct slice id);
/* Takes an API key that is sent as a password (RFC 7617). */
enum completion credential_take_basic(struct request *r, struct authentication *a);

#endif
