/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/recovery.h"
#include "workers/accounts/second_factor.h"

#include "lib/auth/secret/bearer_secret.h"
#include "lib/auth/secret/totp.h"
#include "lib/core/json/jget.h"
#include "workers/accounts/throttle.h"

static void refuse_code(struct account *a)
{
    account_audit(a, "code.failed", jget_text(a->user, "id"), NULL);
    if (throttle_fail(a))
        account_fail(a, ERR_BAD_CODE);
}

/* Refuses a code that was used before, or by a concurrent request. */
static void on_used(struct account *a)
{
    if (a->err == OK)
        a->then(a);
    else
        refuse_code(a);
}

static void use_step(struct account *a, int64_t step)
{
    account_begin(a, STORE_TOTP_USED);
    store_text(&a->call, "user_id", jget_text(a->user, "id"));
    store_integer(&a->call, "step", step);
    account_ask(a, on_used);
}

static void use_recovery(struct account *a, const char *code)
{
    char *hash = arena_alloc(account_arena(a), BEARER_SECRET_HASH);

    bearer_secret_hash(slice_of(code), hash);
    account_begin(a, STORE_RECOVERY_USED);
    store_text(&a->call, "user_id", jget_text(a->user, "id"));
    store_text(&a->call, "code_hash", hash);
    account_ask(a, on_used);
}

void second_factor_check(struct account *a, account_fn next)
{
    struct slice code = account_slice(a, "code");
    char recovery[RECOVERY_TEXT];
    int64_t step;

    a->then = next;
    if (!code.len)
        account_fail(a, ERR_NEEDS_CODE);
    else if (!throttle_code(a))
        return;
    else if (totp_check(jget_text(a->user, "totp_secret"), code, a->now_s,
                        jget_int(a->user, "last_step"), &step))
        use_step(a, step);
    else if (recovery_normalize(code, recovery))
        use_recovery(a, recovery);
    else
        refuse_code(a);
}
