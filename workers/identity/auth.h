/* SPDX-License-Identifier: MIT */
/* The state that a worker needs to identify callers and to manage accounts. */
#ifndef LEAT_WORKERS_IDENTITY_AUTH_H
#define LEAT_WORKERS_IDENTITY_AUTH_H

#include "lib/auth/store/credential_cache.h"
#include "lib/auth/jose/issuers.h"
#include "lib/auth/password/password.h"
#include "lib/auth/store/store.h"
#include "lib/core/fault.h"
#include "lib/core/queue/work.h"
#include "lib/shm/limit.h"
#include "workers/identity/providers.h"
#include "workers/context.h"

/* Lifetimes of tokens, sessions, keys and audit records, in seconds. */
struct auth_times {
    int64_t access_s, refresh_s, longest_s, reuse_s, idle_s, absolute_s, audit_s;
};

/* The rows of the throttle, which limits failed logins; see workers/accounts/throttle.h. */
enum throttle_row {
    THROTTLE_KNOWN,
    THROTTLE_SITE,
    THROTTLE_ACCOUNT,
    THROTTLE_CODE,
    THROTTLE_ADDRESS,
    THROTTLE_SESSION,
    THROTTLE_REQUEST_SITE,
    THROTTLE_REQUEST_ACCOUNT,
    THROTTLE_REQUEST_ADDRESS,
    THROTTLE_COUNT
};

struct throttle {
    struct limit_policy rules[THROTTLE_COUNT];
    int places[THROTTLE_COUNT];
};

struct auth {
    struct issuers issuers;
    struct credential_cache cache;
    struct jwks_sources *jwks; /* keys of the issuers; see workers/identity/jwks.h */
    struct providers providers;
    struct store store;
    bool has_accounts; /* the store can be used */
    struct auth_times times;
    bool can_register; /* identity.registration is open */
    bool must_verify;  /* an address must be verified before the first login */
    struct throttle throttle;
    const char *cookie; /* name of the session cookie */
    const char *same_site;
    struct json_object *origins; /* origins whose pages may use the cookie */
    struct password_cost cost;
    struct password_costs costs; /* of all hashes in the database */
    struct work_pool *hasher;
    unsigned char key[32]; /* derives the successors of refresh tokens */
};

/* Returns whether the documents need the tables of accounts, for a built-in or a security
 * scheme. */
bool auth_needs_accounts(const struct api *api);
/* Reads keys and options. Call it before the database is opened, to which it adds `STORE_COUNT`
 * plans. Returns false with *fault on failure. */
bool auth_open(struct worker *w, struct fault *fault);
/* Proves, once the database is open, that it has the tables of accounts, and learns the costs of
 * the hashes in them. Returns false with *fault on failure. */
bool auth_start(struct worker *w, struct fault *fault);
/* Ends the threads. The database is closed after this, and then auth_close() is called. */
void auth_stop(struct worker *w);
void auth_close(struct worker *w);

/* Returns whether this server has signing keys of its own. */
bool auth_has_keys(const struct worker *w);
/* Tells every worker, after the commit, that sessions, API keys or roles of the account were
 * revoked. */
void auth_took_back(struct worker *w, const char *user_id);

/* Records that the session or API key is in use, by STORE_SESSION_USED or STORE_API_KEY_USED.
 * Nothing waits for it. */
void auth_touch(struct worker *w, enum store_query query, const char *id);

/* Returns the time in seconds since 1970. */
int64_t auth_now(void);
/* Formats a time as RFC 3339, in the arena. */
const char *auth_time(struct arena *arena, int64_t seconds);
/* Parses what auth_time() wrote; returns 0 for anything else. */
int64_t auth_seconds(const char *text);

#endif
