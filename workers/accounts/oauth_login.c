/* SPDX-License-Identifier: MIT */
/*
 * Finds the account of the user whom the provider has identified:
 *
 *     identity known ──────────────────────────────────────────▶ log in
 *     address verified? no ▶ 403
 *     account with that address? no ▶ create one, if registration is open ▶ log in
 *     linking on, and verified here too? no ▶ 409 ── yes ▶ link ▶ log in
 *
 * An unverified address never leads to an account, nor creates one: its true owner would later
 * share that account with a stranger.
 */
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "lib/core/text/uuid.h"
#include "workers/accounts/login.h"
#include "workers/accounts/oauth.h"
#include "workers/accounts/throttle.h"
#include "workers/request/reply.h"

static void look_up_link(struct account *a);

static void refuse_login(struct account *a, enum err err, const char *code)
{
    account_audit(a, "login.failed", jget_text(a->user, "id"), code);
    oauth_refuse(a->oauth, err, code);
}

static void on_started(struct account *a)
{
    const char *to = oauth_provider(a->oauth)->return_to;
    if (a->err == ERR_NOT_FOUND) { /* disabled meanwhile */
        refuse_login(a, ERR_FORBIDDEN, "oauth.disabled");
        return;
    }
    if (a->err != OK) {
        account_fail(a, ERR_INTERNAL);
        return;
    }
    login_set_cookies(a);
    if (to) { /* a browser that is redirected can take only the cookie */
        reply_header(a->r, "location", slice_of(to));
        reply_empty(a->r, 302);
    } else {
        account_answer(a);
    }
}

/* Prepares the login of a->user, before anything is written for it. A browser that is redirected
 * gets no body that could be refused. */
static bool prepare(struct account *a)
{
    a->is_cookie = oauth_provider(a->oauth)->return_to != NULL;
    if (!a->is_cookie)
        return login_prepare(a);
    login_make(a);
    return true;
}

/* The same for an account that will have this id. */
static bool prepare_new(struct account *a, const char *id)
{
    struct json_object *user = json_object_new_object();
    bool ok;

    jput_text(user, "id", id);
    jput_text(user, "roles", "[]");
    a->user = user;
    ok = prepare(a);
    a->user = NULL;
    json_object_put(user);
    return ok;
}

/* Returns whether the account may be entered through this provider; answers if not. */
static bool may_enter(struct account *a)
{
    if (jget_text(a->user, "disabled_at"))
        refuse_login(a, ERR_FORBIDDEN, "oauth.disabled");
    else if (jget_text(a->user, "totp_confirmed_at") && !oauth_provider(a->oauth)->trusts_factor)
        refuse_login(a, ERR_NEEDS_CODE, "oauth.second-factor");
    else
        return true;
    return false;
}

static void log_in(struct account *a)
{
    if (!throttle_pass(a))
        return;
    if (prepare(a))
        login_start(a, NULL, on_started);
}

/* Another login may have used the same identity at this very moment: try once more from the
 * start. */
static void on_written(struct account *a)
{
    if (a->err == OK) {
        a->user = a->user ? a->user : a->row;
        log_in(a);
    } else if (a->err == ERR_CONFLICT && !a->is_second_try) {
        a->is_second_try = true;
        a->user = NULL;
        look_up_link(a);
    } else {
        refuse_login(a, ERR_HAS_ACCOUNT, "oauth.account-exists");
    }
}

static void set_identity(struct account *a, const char *user_id)
{
    store_text(&a->call, "provider", oauth_provider(a->oauth)->name);
    store_text(&a->call, "subject", a->oauth->user.subject);
    store_text(&a->call, "email", a->oauth->user.email);
    store_text(&a->call, "user_id", user_id);
}

static void link_identity(struct account *a)
{
    account_begin(a, STORE_LINK_IDENTITY);
    set_identity(a, jget_text(a->user, "id"));
    account_ask(a, on_written);
}

static void make_account(struct account *a)
{
    char *id = arena_alloc(account_arena(a), UUID_TEXT);

    if (!a->auth->can_register) {
        refuse_login(a, ERR_CLOSED, "oauth.closed");
        return;
    }
    uuid_v7(id);
    if (!prepare_new(a, id))
        return;
    account_begin(a, STORE_REGISTER_IDENTITY);
    set_identity(a, id);
    store_text(&a->call, "verified_at", a->now);
    account_ask(a, on_written);
}

static void on_owner(struct account *a)
{
    if (a->err == ERR_NOT_FOUND) {
        make_account(a);
        return;
    }
    a->user = a->row;
    if (!oauth_provider(a->oauth)->links || !jget_text(a->user, "email_verified_at"))
        refuse_login(a, ERR_HAS_ACCOUNT, "oauth.account-exists");
    else if (may_enter(a) && prepare(a))
        link_identity(a);
}

static void on_identity(struct account *a)
{
    const struct oidc_user *user = &a->oauth->user;

    if (a->err == OK) {
        a->user = a->row;
        if (may_enter(a))
            log_in(a);
    } else if (!user->is_verified) {
        refuse_login(a, ERR_UNPROVEN, "oauth.unverified");
    } else {
        account_begin(a, STORE_LOGIN);
        store_text(&a->call, "email", user->email);
        account_ask(a, on_owner);
    }
}

static void look_up_link(struct account *a)
{
    account_begin(a, STORE_IDENTITY);
    store_text(&a->call, "provider", oauth_provider(a->oauth)->name);
    store_text(&a->call, "subject", a->oauth->user.subject);
    account_ask(a, on_identity);
}

void oauth_login(struct oauth *o)
{
    look_up_link(o->a);
}
