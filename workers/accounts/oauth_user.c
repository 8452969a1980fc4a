/* SPDX-License-Identifier: MIT */
/*
 * Identifies the user by the code that the browser brought:
 *
 *     code → tokens ┬→ id_token, its keys ┬──────────────────────────────┬→ known
 *                   └─────────────────────┴→ user endpoint → addresses ──┘
 *
 * The user endpoint is asked if there is no id_token, or it has no verified address.
 */
#include "lib/core/fault.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "workers/accounts/oauth.h"
#include "workers/outbound/http_json.h"

static const char *access_token(const struct oauth *o)
{
    return jget_text(o->tokens, "access_token");
}

static struct slice answer_of_provider(const struct oauth *o)
{
    return buf_slice(&o->request.answer);
}

/* --- the user endpoint --- */

static void on_emails(struct oauth *o)
{
    struct fault fault;

    if (!http_json_check(&o->request, &fault) ||
        !oidc_read_emails(answer_of_provider(o), &o->user, &fault))
        oauth_fail(o, fault.text);
    else
        o->then(o);
}

static void on_user(struct oauth *o)
{
    const char *emails = oauth_provider(o)->endpoints.emails;
    struct fault fault;

    if (!http_json_check(&o->request, &fault) ||
        !oidc_read_user(oauth_provider(o), answer_of_provider(o), &o->user, &fault))
        oauth_fail(o, fault.text);
    else if (emails && !o->user.is_verified)
        oauth_get(o, "emails", emails, access_token(o), on_emails);
    else
        o->then(o);
}

static void ask_user(struct oauth *o)
{
    oauth_get(o, "user", oauth_provider(o)->endpoints.user, access_token(o), on_user);
}

/* --- id_token --- */

static void verify(struct oauth *o);

static void on_keys(struct oauth *o)
{
    struct jwks *keys = &o->at->keys;

    jwks_take(keys, o->a->r->worker, &o->request);
    jwks_expire(keys, o->a->r->worker);
    if (oauth_provider(o)->keys)
        verify(o);
    else
        oauth_fail(o, "the provider's keys are unavailable");
}

static void ask_keys(struct oauth *o)
{
    o->is_second_try = true;
    oauth_get(o, "keys", oauth_provider(o)->endpoints.jwks, NULL, on_keys);
}

static void verify(struct oauth *o)
{
    const struct provider *p = oauth_provider(o);
    enum jwt_fault fault = oidc_verify(p, &o->attempt, o->tokens, o->a->now_s, &o->user);

    o->step = "id_token";
    if (fault == JWT_KEY && !o->is_second_try && jwks_may_ask_again(&o->at->keys))
        ask_keys(o);
    else if (fault)
        oauth_fail(o, jwt_fault_text(fault));
    else if (!o->user.is_verified && p->endpoints.user)
        ask_user(o);
    else
        o->then(o);
}

/* --- tokens --- */

static void on_tokens(struct oauth *o)
{
    const struct provider *p = oauth_provider(o);
    struct fault fault;
    bool is_refused = false;

    if (http_json_check_media(&o->request, &fault))
        o->tokens =
            oidc_read_tokens(p, answer_of_provider(o), o->request.status, &is_refused, &fault);
    if (is_refused) {
        log_warn("security.oauth-code", "provider=%s client=%s id=%s", p->name, o->a->r->client,
                 o->a->r->id);
        oauth_refuse(o, ERR_NO_ENTRY, "oauth.refused");
    } else if (!o->tokens) {
        oauth_fail(o, fault.text);
    } else if (!p->is_oidc) {
        ask_user(o);
    } else if (!p->keys || jwks_is_old(&o->at->keys)) {
        ask_keys(o);
    } else {
        verify(o);
    }
}

void oauth_identify(struct oauth *o, struct slice code, oauth_fn next)
{
    const struct provider *p = oauth_provider(o);
    struct buf form = {0}, basic = {0};

    o->then = next;
    oidc_put_exchange(p, &o->attempt, code, &form);
    oidc_put_basic(p, &basic);
    oauth_post(o, "token", p->endpoints.token, basic.len ? buf_text(&basic) : NULL,
               buf_slice(&form), on_tokens);
    explicit_bzero(form.data, form.cap);
    if (basic.data)
        explicit_bzero(basic.data, basic.cap);
    buf_fini(&form);
    buf_fini(&basic);
}
