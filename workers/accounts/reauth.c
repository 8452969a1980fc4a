/* SPDX-License-Identifier: MIT */
#include "workers/accounts/reauth.h"

#include "lib/core/json/jget.h"
#include "workers/accounts/throttle.h"

static void on_verified(struct account *a)
{
    if (!a->is_right || !jget_text(a->user, "password_hash")) {
        account_audit(a, "password.failed", a->r->identity->subject, NULL);
        if (throttle_fail(a))
            account_fail(a, ERR_BAD_LOGIN);
    } else if (throttle_pass(a)) {
        a->then(a);
    }
}

static void on_caller(struct account *a)
{
    a->user = a->row;
    if (a->err != OK)
        account_fail(a, a->err);
    else if (throttle_session(a))
        account_verify(a, a->password, jget_text(a->user, "password_hash"), on_verified);
}

void reauth_ask(struct account *a, const char *name, account_fn next)
{
    a->password = account_slice(a, name);
    a->then = next;
    account_ask_caller(a, on_caller);
}
