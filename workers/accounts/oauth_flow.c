/* SPDX-License-Identifier: MIT */
/*
 * oauth.start sends the browser to the provider, oauth.callback receives it back (RFC 6749, 4.1):
 *
 *     cookie and state → once only → `iss` → the code → tokens, user (oauth_user.c) →
 *     account (oauth_login.c)
 *
 * A callback that is turned away for load, 429 or 503, has not used its state and keeps its cookie:
 * the browser may load the same page again.
 *
 * No URL that is contacted comes from the request: URLs are configured or discovered.
 */
#include "lib/core/log.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/oauth.h"
#include "workers/accounts/throttle.h"
#include "workers/identity/authentication.h"
#include "workers/request/reply.h"

/* Errors of a provider that mean that the user, or its policy, declined. */
#define REFUSALS                                                                                   \
    "access_denied|login_required|consent_required|interaction_required|"                          \
    "account_selection_required|user_cancelled_login|user_cancelled_authorize"

static const char *text_of(struct account *a, struct buf *b)
{
    const char *text = arena_strdup(account_arena(a), buf_text(b));

    buf_fini(b);
    return text;
}

/* --- start --- */

static void leave(struct oauth *o)
{
    struct buf url = {0}, cookie = {0};

    oauth_state_begin(&o->attempt, oauth_provider(o)->name, o->a->now_s);
    oauth_state_seal(&o->attempt, o->a->auth->key, &cookie);
    oidc_put_authorization(oauth_provider(o), &o->attempt, &url);
    oauth_make_room(o);
    oauth_set_cookie(o, text_of(o->a, &cookie));
    reply_header(o->a->r, "location", slice_of(text_of(o->a, &url)));
    reply_empty(o->a->r, 302);
}

void builtin_oauth_start(struct account *a)
{
    struct oauth *o = oauth_new(a);

    o->at = providers_find(a->r->worker, account_parameter(a, "provider"));
    if (o->at)
        oauth_discover(o, leave);
    else
        account_fail(a, ERR_NOT_FOUND);
}

/* --- callback --- */

static void refuse_state(struct oauth *o, const char *why)
{
    log_warn("security.oauth-state", "reason=\"%s\" client=%s id=%s", why, o->a->r->client,
             o->a->r->id);
    oauth_refuse(o, ERR_BAD_STATE, "oauth.state");
}

/* Handles the provider's error. It is untrusted text, so only known values are used. */
static void take_error(struct oauth *o, const char *error)
{
    if (slice_is_choice(REFUSALS, error)) {
        account_audit(o->a, "oauth.refused", NULL, oauth_provider(o)->name);
        oauth_refuse(o, ERR_NO_ENTRY, "oauth.refused");
    } else {
        oauth_fail(o, "the provider redirected with an error");
    }
}

static void on_known(struct oauth *o)
{
    const char *error = account_parameter(o->a, "error"), *code = account_parameter(o->a, "code");

    o->step = "callback";
    if (!oidc_takes_callback(oauth_provider(o), account_parameter(o->a, "iss")))
        refuse_state(o, "the callback has a different issuer");
    else if (error)
        take_error(o, error);
    else if (!code || !*code)
        oauth_refuse(o, ERR_BAD_PARAMETER, "oauth.code");
    else
        oauth_identify(o, slice_of(code), oauth_login);
}

/* Returns what is wrong with the state, or NULL: the browser must be the one that began, and the
 * operation that of the provider. */
static const char *state_fault(struct oauth *o)
{
    struct request *r = o->a->r;
    const char *state = account_parameter(o->a, "state"), *of = account_parameter(o->a, "provider");
    char name[OAUTH_STATE_COOKIE_NAME];
    struct slice cookie = {NULL, 0};

    if (state && oauth_state_cookie(slice_of(state), name))
        cookie = authentication_cookie(r, name);
    if (!cookie.data)
        return "the browser has not started a login";
    if (!oauth_state_open(&o->attempt, o->a->auth->key, cookie, o->a->now_s))
        return "the login was started too long ago or elsewhere";
    if (!oauth_state_matches(&o->attempt, slice_of(state)))
        return "the state does not match the browser";
    if (of && strcmp(of, o->attempt.provider) != 0)
        return "the login was started at another provider";
    o->at = providers_find(r->worker, o->attempt.provider);
    return o->at ? NULL : "the provider is no longer configured";
}

static void on_taken(struct account *a)
{
    oauth_set_cookie(a->oauth, NULL);
    if (a->err == OK)
        oauth_discover(a->oauth, on_known);
    else
        refuse_state(a->oauth, "the state was already used");
}

static void take_state(struct oauth *o)
{
    struct account *a = o->a;
    char *name = arena_alloc(account_arena(a), BEARER_SECRET_HASH);

    bearer_secret_hash(slice_of(arena_printf(account_arena(a), "oauth:%s", o->attempt.state)),
                       name);
    account_begin(a, STORE_TAKE_ONCE);
    store_text(&a->call, "name", name);
    store_text(&a->call, "expires_at", auth_time(account_arena(a), o->attempt.expires_s));
    account_ask(a, on_taken);
}

void builtin_oauth_callback(struct account *a)
{
    struct oauth *o = oauth_new(a);
    const char *fault = state_fault(o);

    if (fault) {
        refuse_state(o, fault);
        return;
    }
    a->method = oauth_provider(o)->name;
    if (!throttle_provider(a) || !oauth_reserve(o))
        return;
    o->is_counted = true;
    take_state(o);
}
