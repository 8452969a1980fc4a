/* SPDX-License-Identifier: MIT */
/*
 * auth.login and auth.login-cookie:
 *
 *     throttle → user → password (a dummy hash if there is no user) → second factor →
 *     a new hash if the old one has become weak → session
 *
 * Only failures count in the throttle. A failure does not reveal whether the account exists.
 */
#include "workers/accounts/login.h"

#include "lib/auth/secret/totp.h"
#include "lib/core/json/jget.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/second_factor.h"
#include "workers/accounts/throttle.h"

static void on_started(struct account *a)
{
    if (a->err == OK) {
        login_set_cookies(a);
        account_answer(a);
    } else if (a->err == ERR_NOT_FOUND) { /* password changed since, or account disabled */
        account_fail(a, ERR_BAD_LOGIN);
    } else {
        account_fail(a, ERR_INTERNAL);
    }
}

static void on_rehashed(struct account *a)
{
    login_start(a, a->hash, on_started);
}

static void on_identified(struct account *a)
{
    if (!throttle_pass(a))
        return;
    if (password_is_stale(jget_text(a->user, "password_hash"), &a->auth->cost))
        account_hash(a, account_slice(a, "password"), on_rehashed);
    else
        login_start(a, NULL, on_started);
}

static void on_verified(struct account *a)
{
    const char *stored = jget_text(a->user, "password_hash");

    if (!a->is_right || !stored || jget_text(a->user, "disabled_at")) {
        account_audit(a, "login.failed", jget_text(a->user, "id"), NULL);
        if (throttle_fail(a))
            account_fail(a, ERR_BAD_LOGIN);
        return;
    }
    if (!throttle_pass(a))
        return;
    if (!jget_text(a->user, "email_verified_at") && a->auth->must_verify) {
        account_fail(a, ERR_UNVERIFIED);
        return;
    }
    if (!login_prepare(a))
        return;
    if (jget_text(a->user, "totp_confirmed_at"))
        second_factor_check(a, on_identified);
    else
        on_identified(a);
}

static void on_user(struct account *a)
{
    a->user = a->err == OK ? a->row : NULL;
    account_verify(a, account_slice(a, "password"), jget_text(a->user, "password_hash"),
                   on_verified);
}

static void on_admitted(struct account *a)
{
    account_begin(a, STORE_LOGIN);
    store_text(&a->call, "email", a->email);
    account_ask(a, on_user);
}

static void login(struct account *a)
{
    a->method = "password";
    a->email = account_email(a);
    if (a->email)
        throttle_login(a, on_admitted);
}

void builtin_login(struct account *a)
{
    login(a);
}

void builtin_login_cookie(struct account *a)
{
    a->is_cookie = true;
    login(a);
}
