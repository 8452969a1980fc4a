/* SPDX-License-Identifier: MIT */
/* What a worker has to know who calls, and to keep accounts. */
#ifndef LEAT_WORKERS_IDENTITY_AUTH_H
#define LEAT_WORKERS_IDENTITY_AUTH_H

#include "lib/auth/store/credential_cache.h"
#include "lib/auth/jose/issuers.h"
#include "lib/auth/password/password.h"
#include "lib/auth/store/store.h"
#include "lib/core/work.h"
#include "lib/shm/limit.h"
#include "workers/identity/providers.h"
#include "workers/context.h"

/* Where sessions, keys and the memory of the audit end; times in seconds. */
struct auth_times {
    int64_t access_s, refresh_s, longest_s, reuse_s, idle_s, absolute_s, audit_s;
};

/* How often logins may fail: workers/accounts/throttle.h. */
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
    struct cache cache;
    struct jwks_sources *jwks; /* of the issuers: workers/identity/jwks.h */
    struct providers providers;
    struct store store;
    bool has_accounts; /* the store can be asked */
    struct auth_times times;
    bool is_open;     /* anybody may register */
    bool must_verify; /* an address, before the first login */
    struct throttle throttle;
    const char *cookie; /* of sessions */
    const char *same_site;
    struct json_object *origins; /* whose pages may use the cookie */
    struct password_cost cost;
    struct password_costs costs; /* of all hashes that are stored */
    struct work_pool *hasher;
    unsigned char key[32]; /* makes the successors of refresh tokens */
};

/* Whether the documents need the tables of accounts: for a built-in, or for a scheme. */
bool auth_needs_accounts(const struct api *api);
/* Reads keys and options: before the database, which it adds `STORE_COUNT` plans to. False: *why
 * is for free(). */
bool auth_open(struct worker *w, char **why);
/* The database is open: proves that it has the tables of accounts, and learns what the hashes in
 * them cost. */
bool auth_start(struct worker *w, char **why);
/* Ends the threads; then the database can be closed, and then this. */
void auth_stop(struct worker *w);
void auth_close(struct worker *w);

/* Whether this server has keys of its own. */
bool auth_has_keys(const struct worker *w);
/* Tells every worker, after the commit, that sessions, API keys or roles of the account were taken
 * back. */
void auth_took_back(struct worker *w, const char *user_id);

/* Notes that the session or API key is in use, by STORE_SESSION_USED or STORE_API_KEY_USED. */
void auth_touch(struct worker *w, enum store_query query, const char *id);

/* Seconds since 1970. */
int64_t auth_now(void);
/* RFC 3339 of that second, in the arena. */
const char *auth_time(struct arena *arena, int64_t seconds);
/* And back; 0 for what is none of ours. */
int64_t auth_seconds(const char *text);

#endif
