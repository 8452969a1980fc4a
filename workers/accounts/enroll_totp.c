/* SPDX-License-Identifier: MIT */
/* auth.totp.enroll, .confirm and .disable manage the second factor of an account. It is in force
 * once a code has been confirmed; enrolling and disabling require the password again. */
#include "lib/auth/secret/totp.h"

#include "lib/auth/secret/bearer_secret.h"
#include "lib/auth/secret/recovery.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "workers/accounts/reauth.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/mail_token.h"
#include "workers/accounts/throttle.h"

enum { RECOVERY_CODES = 10 };

/* --- enroll --- */

static void on_enrolled(struct account *a)
{
    if (a->err == OK)
        account_answer(a);
    else /* a factor is in force */
        account_fail(a, ERR_CONFLICT);
}

static struct json_object *enrolled(struct account *a)
{
    struct json_object *out = json_object_new_object();
    struct buf *uri = arena_buf(account_arena(a));

    totp_uri(a->auth->issuers.list[0].issuer, jget_text(a->user, "email"), a->secret, uri);
    jput_text(out, "secret", a->secret);
    jput_text(out, "uri", buf_text(uri));
    return out;
}

static void enroll(struct account *a)
{
    char *secret = arena_alloc(account_arena(a), TOTP_SECRET);

    totp_make_secret(secret);
    a->secret = secret;
    if (!account_prepare(a, enrolled(a)))
        return;
    account_begin(a, STORE_TOTP_ENROLL);
    store_text(&a->call, "user_id", a->r->identity->subject);
    store_text(&a->call, "secret", secret);
    account_ask(a, on_enrolled);
}

void builtin_totp_enroll(struct account *a)
{
    reauth_ask(a, "password", enroll);
}

/* --- confirm --- */

static void on_confirmed(struct account *a)
{
    if (a->err != OK) {
        account_fail(a, ERR_CONFLICT);
        return;
    }
    mail_token_notice(a, MAIL_FACTOR_ENABLED, a->email);
    account_answer(a);
}

static struct json_object *confirmed(const struct account *a)
{
    struct json_object *out = json_object_new_object();

    json_object_object_add(out, "recovery_codes", json_object_get(a->codes));
    return out;
}

static void put_value(void *value)
{
    json_object_put(value);
}

/* Makes a->codes, and returns their hashes, one after the other. */
static const char *make_codes(struct account *a)
{
    struct buf *hashes = arena_buf(account_arena(a));
    char code[RECOVERY_TEXT], hash[BEARER_SECRET_HASH];

    a->codes = json_object_new_array();
    arena_defer(account_arena(a), put_value, a->codes);
    for (int i = 0; i < RECOVERY_CODES; i++) {
        recovery_make(code);
        json_object_array_add(a->codes, json_object_new_string(code));
        bearer_secret_hash(slice_of(code), hash);
        buf_puts(hashes, hash);
    }
    return buf_text(hashes);
}

static void confirm(struct account *a, int64_t step)
{
    const char *hashes = make_codes(a);

    a->email = jget_text(a->row, "email");
    if (!account_prepare(a, confirmed(a)))
        return;
    account_begin(a, STORE_TOTP_CONFIRM);
    store_text(&a->call, "user_id", a->r->identity->subject);
    store_integer(&a->call, "step", step);
    store_text(&a->call, "code_hashes", hashes);
    account_ask(a, on_confirmed);
}

static void on_factor(struct account *a)
{
    const char *secret = jget_text(a->row, "totp_secret");
    int64_t step;

    if (a->err != OK || !secret || jget_text(a->row, "totp_confirmed_at")) {
        account_fail(a, a->err == OK ? ERR_CONFLICT : a->err);
    } else if (!throttle_session(a)) {
        return;
    } else if (!totp_check(secret, account_slice(a, "code"), a->now_s,
                           jget_int(a->row, "last_step"), &step)) {
        if (throttle_fail(a))
            account_refuse(a, "/code", "code", "does not match the current code for this secret");
    } else {
        confirm(a, step);
    }
}

void builtin_totp_confirm(struct account *a)
{
    account_ask_caller(a, on_factor);
}

/* --- disable --- */

static void on_disabled(struct account *a)
{
    if (a->err != OK) {
        account_fail(a, ERR_NOT_FOUND);
        return;
    }
    mail_token_notice(a, MAIL_FACTOR_DISABLED, jget_text(a->user, "email"));
    account_done(a);
}

static void disable(struct account *a)
{
    account_begin(a, STORE_TOTP_REMOVE);
    store_text(&a->call, "user_id", a->r->identity->subject);
    account_ask(a, on_disabled);
}

void builtin_totp_disable(struct account *a)
{
    reauth_ask(a, "password", disable);
}
