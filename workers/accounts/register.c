/* SPDX-License-Identifier: MIT */
/* auth.register, auth.me and auth.delete. If mail is configured, the answer of a registration does
 * not reveal whether the address had an account already: its owner is told by mail. */
#include "lib/core/json/jget.h"
#include "lib/core/text/uuid.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/login.h"
#include "workers/accounts/mail_token.h"
#include "workers/accounts/reauth.h"
#include "workers/accounts/throttle.h"
#include "workers/request/answer.h"
#include "workers/mail/mail.h"

static struct json_object *registered(const struct account *a)
{
    struct json_object *out = json_object_new_object();

    jput_text(out, "email", a->email);
    return out;
}

static void on_registered(struct account *a)
{
    bool is_taken = a->err != OK || json_object_array_length(a->row) == 0;

    a->user = is_taken ? NULL : json_object_array_get_idx(a->row, 0);
    account_log(a, is_taken ? "register.taken" : "user.created", jget_text(a->user, "id"));
    if (!mail_is_on(a->r->worker)) {
        if (is_taken)
            account_fail(a, ERR_CONFLICT);
        else
            account_answer(a);
        return;
    }
    if (is_taken)
        mail_token_notice(a, MAIL_EMAIL_IN_USE, a->email);
    mail_token_send(a, MAIL_VERIFY_EMAIL, account_answer);
}

static void on_hashed(struct account *a)
{
    char id[UUID_TEXT];

    uuid_v7(id);
    account_begin(a, STORE_REGISTER_OPENLY);
    store_text(&a->call, "id", arena_strdup(account_arena(a), id));
    store_text(&a->call, "email", a->email);
    store_text(&a->call, "password_hash", a->hash);
    account_ask(a, on_registered);
}

static void on_admitted(struct account *a)
{
    account_hash(a, account_slice(a, "password"), on_hashed);
}

void builtin_register(struct account *a)
{
    if (!a->auth->can_register) {
        account_fail(a, ERR_CLOSED);
        return;
    }
    a->email = account_email(a);
    if (a->email && account_takes_password(a, "password", a->email) &&
        account_prepare(a, registered(a)))
        throttle_request(a, "register", on_admitted);
}

/* --- me --- */

static struct json_object *split_scopes(const char *scopes)
{
    struct json_object *out = json_object_new_array();
    struct slice rest = slice_of(scopes);

    while (rest.len) {
        struct slice one = slice_cut(&rest, ' ');

        json_object_array_add(out, json_object_new_string_len(one.data, (int)one.len));
    }
    return out;
}

static void copy_column(struct json_object *out, struct json_object *row, const char *key)
{
    json_object_object_add(out, key, json_object_get(jget(row, key)));
}

static void on_user(struct account *a)
{
    struct json_object *out;

    if (a->err != OK) {
        account_fail(a, a->err);
        return;
    }
    out = json_object_new_object();
    copy_column(out, a->row, "id");
    copy_column(out, a->row, "email");
    copy_column(out, a->row, "created_at");
    json_object_object_add(out, "email_verified",
                           json_object_new_boolean(jget_text(a->row, "email_verified_at") != NULL));
    json_object_object_add(out, "totp",
                           json_object_new_boolean(jget_text(a->row, "totp_confirmed_at") != NULL));
    json_object_object_add(out, "roles", account_list(jget_text(a->row, "roles")));
    json_object_object_add(out, "scopes", split_scopes(a->r->identity->scope));
    answer_value(a->r, out);
}

void builtin_me(struct account *a)
{
    account_ask_caller(a, on_user);
}

static void on_deleted(struct account *a)
{
    if (a->err != OK) { /* the password has changed meanwhile */
        account_fail(a, ERR_BAD_LOGIN);
        return;
    }
    account_took_back(a);
    if (a->r->identity->kind == IDENTITY_SESSION)
        login_set_cookie(a, NULL);
    account_done(a);
}

static void delete_user(struct account *a)
{
    account_begin(a, STORE_DELETE_USER);
    store_text(&a->call, "user_id", a->r->identity->subject);
    store_text(&a->call, "known_hash", jget_text(a->user, "password_hash"));
    account_ask(a, on_deleted);
}

void builtin_delete_account(struct account *a)
{
    reauth_ask(a, "password", delete_user);
}
