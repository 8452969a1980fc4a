/* SPDX-License-Identifier: MIT */
/* auth.change-password, auth.forgot-password and auth.reset-password. A new password ends every
 * other login of the account. */
#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jget.h"
#include "workers/accounts/reauth.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/mail_token.h"
#include "workers/accounts/throttle.h"

/* --- with the old password --- */

static void on_changed(struct account *a)
{
    if (a->err != OK) { /* the password has changed meanwhile */
        account_fail(a, ERR_BAD_LOGIN);
        return;
    }
    account_took_back(a);
    mail_token_notice(a, MAIL_PASSWORD_CHANGED, jget_text(a->user, "email"));
    account_done(a);
}

static void on_hashed(struct account *a)
{
    account_begin(a, STORE_SET_PASSWORD);
    store_text(&a->call, "user_id", a->r->identity->subject);
    store_text(&a->call, "password_hash", a->hash);
    store_text(&a->call, "kind", mail_token_kind(MAIL_RESET_PASSWORD));
    store_text(&a->call, "known_hash", jget_text(a->user, "password_hash"));
    store_text(&a->call, "keep", a->r->identity->id);
    account_ask(a, on_changed);
}

static void change(struct account *a)
{
    if (account_takes_password(a, "new_password", jget_text(a->user, "email")))
        account_hash(a, account_slice(a, "new_password"), on_hashed);
}

void builtin_change_password(struct account *a)
{
    reauth_ask(a, "current_password", change);
}

/* --- by mail --- */

static void on_looked_up(struct account *a)
{
    bool is_done = a->letter == MAIL_VERIFY_EMAIL && jget_text(a->row, "email_verified_at");

    a->user = a->err == OK && !jget_text(a->row, "disabled_at") && !is_done ? a->row : NULL;
    mail_token_send(a, (enum mail_kind)a->letter, account_done);
}

static void on_admitted(struct account *a)
{
    account_begin(a, STORE_LOGIN);
    store_text(&a->call, "email", a->email);
    account_ask(a, on_looked_up);
}

/* The answer must not depend on whether the account exists. */
static void send_letter(struct account *a, enum mail_kind kind)
{
    a->letter = kind;
    a->email = account_email(a);
    if (a->email)
        throttle_request(a, "mail", on_admitted);
}

void builtin_forgot_password(struct account *a)
{
    send_letter(a, MAIL_RESET_PASSWORD);
}

void builtin_send_verification(struct account *a)
{
    send_letter(a, MAIL_VERIFY_EMAIL);
}

static const char *token_hash(struct account *a)
{
    char *hash = arena_alloc(account_arena(a), BEARER_SECRET_HASH);

    bearer_secret_hash(account_slice(a, "token"), hash);
    return hash;
}

static void refuse_token(struct account *a)
{
    account_refuse(a, "/token", "token", "is invalid or has expired");
}

static void on_reset(struct account *a)
{
    if (a->err != OK) {
        refuse_token(a);
        return;
    }
    auth_took_back(a->r->worker, jget_text(a->user, "user_id"));
    mail_token_notice(a, MAIL_PASSWORD_CHANGED, a->email);
    account_done(a);
}

static void on_reset_hashed(struct account *a)
{
    account_begin(a, STORE_RESET_PASSWORD);
    store_text(&a->call, "token_hash", token_hash(a));
    store_text(&a->call, "user_id", jget_text(a->user, "user_id"));
    store_text(&a->call, "password_hash", a->hash);
    account_ask(a, on_reset);
}

/* Hashes nothing for an invalid token. */
static void on_token(struct account *a)
{
    a->user = a->row;
    a->email = jget_text(a->row, "email");
    if (a->err != OK || jget_text(a->row, "disabled_at"))
        refuse_token(a);
    else if (account_takes_password(a, "new_password", a->email))
        account_hash(a, account_slice(a, "new_password"), on_reset_hashed);
}

void builtin_reset_password(struct account *a)
{
    account_begin(a, STORE_EMAIL_TOKEN);
    store_text(&a->call, "token_hash", token_hash(a));
    store_text(&a->call, "kind", mail_token_kind(MAIL_RESET_PASSWORD));
    account_ask(a, on_token);
}

static void on_email_verified(struct account *a)
{
    if (a->err == OK)
        account_done(a);
    else
        refuse_token(a);
}

void builtin_verify_email(struct account *a)
{
    account_begin(a, STORE_VERIFY_EMAIL);
    store_text(&a->call, "token_hash", token_hash(a));
    account_ask(a, on_email_verified);
}
