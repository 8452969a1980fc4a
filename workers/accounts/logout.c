/* SPDX-License-Identifier: MIT */
/* auth.logout, auth.logout-all, auth.sessions and auth.sessions.revoke end and list the logins of
 * an account. */
#include "lib/core/json/jget.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/login.h"
#include "workers/request/answer.h"

static void clear_cookie(struct account *a)
{
    if (a->r->identity->kind == IDENTITY_SESSION)
        login_set_cookie(a, NULL);
}

/* Succeeds for a login that had ended already, too. */
static void on_logged_out(struct account *a)
{
    if (a->err == OK)
        account_took_back(a);
    clear_cookie(a);
    account_done(a);
}

static void revoke(struct account *a, const char *id, account_fn next)
{
    account_begin(a, STORE_REVOKE_SESSION);
    store_text(&a->call, "id", id);
    store_text(&a->call, "user_id", a->r->identity->subject);
    account_ask(a, next);
}

void builtin_logout(struct account *a)
{
    if (a->r->identity->id && a->r->identity->kind != IDENTITY_API_KEY)
        revoke(a, a->r->identity->id, on_logged_out);
    else
        account_fail(a, ERR_FORBIDDEN); /* the caller has no login to end */
}

static void on_all_out(struct account *a)
{
    account_took_back(a);
    clear_cookie(a);
    account_done(a);
}

void builtin_logout_all(struct account *a)
{
    account_begin(a, STORE_REVOKE_SESSIONS);
    store_text(&a->call, "user_id", a->r->identity->subject);
    account_ask(a, on_all_out);
}

static void on_listed(struct account *a)
{
    struct json_object *out = json_object_new_object(), *items = json_object_get(a->row);

    for (size_t i = 0; items && i < json_object_array_length(items); i++) {
        struct json_object *row = json_object_array_get_idx(items, i);
        const char *own = a->r->identity->id;

        json_object_object_add(
            row, "current", json_object_new_boolean(own && strcmp(jget_text(row, "id"), own) == 0));
    }
    json_object_object_add(out, "items", items ? items : json_object_new_array());
    answer_value(a->r, out);
}

void builtin_sessions(struct account *a)
{
    account_begin(a, STORE_SESSIONS);
    store_text(&a->call, "user_id", a->r->identity->subject);
    store_text(&a->call, "idle", auth_time(account_arena(a), a->now_s - a->auth->times.idle_s));
    account_ask(a, on_listed);
}

static void on_revoked(struct account *a)
{
    if (a->err != OK) {
        account_fail(a, a->err);
        return;
    }
    account_took_back(a);
    account_done(a);
}

void builtin_revoke_session(struct account *a)
{
    revoke(a, account_parameter(a, "id"), on_revoked);
}
