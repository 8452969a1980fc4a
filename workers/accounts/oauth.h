/* SPDX-License-Identifier: MIT */
/*
 * A running login at an identity provider: a chain of requests to it, then of queries to the store.
 * All requests of one login share a few seconds; whatever goes wrong ends this login and no other.
 * As in account.h, `next` is called when the step that asked for it has returned, and not before.
 *
 *     oauth_get(o, "user", url, token, on_user);      sends a request; on_user gets its result
 */
#ifndef LEAT_WORKERS_ACCOUNTS_OAUTH_H
#define LEAT_WORKERS_ACCOUNTS_OAUTH_H

#include "lib/auth/oidc/oidc.h"
#include "workers/accounts/account.h"

struct oauth;
typedef void (*oauth_fn)(struct oauth *o);

struct oauth {
    struct account *a;
    struct provider_state *at;
    struct oauth_state attempt;
    struct json_object *tokens; /* owned by the request */
    struct oidc_user user;
    bool is_second_try;
    bool is_reserved; /* it counts as one of the provider's requests, until it ends */
    bool is_counted;  /* failures now count against the client */

    /* The last request to the provider. */
    struct outbound_request request;
    const char *step; /* name of the request, for the log */
    uint64_t deadline_ns;
    oauth_fn next;
    oauth_fn then; /* follows when a chain inside the chain has ended */
};

struct oauth *oauth_new(struct account *a);
const struct provider *oauth_provider(const struct oauth *o);

/* Reserves one of the requests that may be under way to the provider. Returns false after an answer
 * of 503. */
bool oauth_reserve(struct oauth *o);
/* Requests JSON with GET; `token` (may be NULL) is a bearer token. `next` follows whatever the
 * result, unless the login has taken too long or too many are under way: that is answered. */
void oauth_get(struct oauth *o, const char *step, const char *url, const char *token,
               oauth_fn next);
/* Posts a form; `authorization` (may be NULL) is the header's value. */
void oauth_post(struct oauth *o, const char *step, const char *url, const char *authorization,
                struct slice form, oauth_fn next);
/* Discovers the provider's metadata unless known, then `next` follows. */
void oauth_discover(struct oauth *o, oauth_fn next);
/* Identifies the user by the callback's code, then `next` follows. */
void oauth_identify(struct oauth *o, struct slice code, oauth_fn next);
/* Logs the user in, links or creates the account, and answers. */
void oauth_login(struct oauth *o);

/* Sets the cookie of the attempt, or clears it (`value` NULL). */
void oauth_set_cookie(struct oauth *o, const char *value);
/* Expires the browser's oldest attempts if it has too many, before another is set. */
void oauth_make_room(struct oauth *o);
/* Ends the login with 502, and logs what the provider did wrong. Counts as a failure. */
void oauth_fail(struct oauth *o, const char *why);
/* Ends the login with `err` and `code` (static): a problem, or, once the attempt is known and its
 * provider has a page to return to, that page with ?error=CODE. Counts as a failure. */
void oauth_refuse(struct oauth *o, enum err err, const char *code);

#endif
