/* SPDX-License-Identifier: MIT */
/*
 * A login at an identity provider at work: a chain of requests to it, then one of questions to the
 * store. All requests of one login together have a few seconds; whatever goes wrong ends this login
 * and no other.
 *
 *     oauth_get(o, "user", url, token, on_user);      what is asked, and what comes then
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
    struct attempt attempt;
    struct json_object *tokens; /* the request's */
    struct oidc_user user;
    bool is_second_try;
    bool is_counted; /* a failure from now on counts against the client */

    /* The last request to the provider. */
    struct outbound_request request;
    const char *step; /* for the log */
    uint64_t deadline_ns;
    oauth_fn next;
    oauth_fn then; /* of a chain within the chain */
};

struct oauth *oauth_new(struct request *r);
const struct provider *oauth_provider(const struct oauth *o);

/* Asks for JSON; `token` (may be NULL) is a bearer token. `next` is called whatever comes. */
void oauth_get(struct oauth *o, const char *step, const char *url, const char *token,
               oauth_fn next);
/* Sends a form; `authorization` (may be NULL) is the header's value. */
void oauth_post(struct oauth *o, const char *step, const char *url, const char *authorization,
                struct slice form, oauth_fn next);
/* Knows what the provider says of itself, and then calls `next`. */
void oauth_discover(struct oauth *o, oauth_fn next);
/* Knows the user, by the callback's code, and then calls `next`. */
void oauth_identify(struct oauth *o, struct slice code, oauth_fn next);
/* Logs the user in, links or makes the account, and answers. */
void oauth_login(struct oauth *o);

/* Sets the cookie of the attempt, or clears it (`value` NULL). */
void oauth_set_cookie(struct oauth *o, const char *value);
/* Ends the login with 502; what the provider did wrong is logged. */
void oauth_fail(struct oauth *o, const char *why);
/* Ends it for another reason; `code` (static) is the problem's. Either counts as a failure. */
void oauth_refuse(struct oauth *o, enum err err, const char *code);

#endif
