/* SPDX-License-Identifier: MIT */
/*
 * auth.refresh: a refresh token is used once, and yields its successor (RFC 9700, 4.14.2).
 *
 *     not used      → rotated
 *     used just now → by the same client: the same answer again, as the first may have been lost
 *     used before   → somebody has a copy: the whole login is revoked
 */
#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "workers/accounts/account_builtins.h"
#include "workers/accounts/login.h"

static const char *hash_token(struct account *a, struct slice token)
{
    char *out = arena_alloc(account_arena(a), BEARER_SECRET_HASH);

    bearer_secret_hash(token, out);
    return out;
}

static struct slice sent(struct account *a)
{
    return account_slice(a, "refresh_token");
}

/* Returns the life of the successor, which ends no later than the whole login. */
static int64_t life(const struct account *a, int64_t at_s)
{
    int64_t end = auth_seconds(jget_text(a->user, "began_at")) + a->auth->times.longest_s;

    return end - at_s < a->auth->times.refresh_s ? end - at_s : a->auth->times.refresh_s;
}

/* Prepares the answer, with the token that was made at `at_s`. Returns false after a refusal. */
static bool prepare_tokens(struct account *a, int64_t at_s)
{
    struct json_object *out;

    a->life_s = life(a, at_s);
    out = login_tokens(a, jget_text(a->user, "user_id"), jget_text(a->user, "roles"),
                       jget_text(a->user, "session_id"), a->secret, at_s);

    if (!out)
        account_fail(a, ERR_INTERNAL);
    return out && account_prepare(a, out);
}

static void answer_again(struct account *a, int64_t at_s)
{
    if (prepare_tokens(a, at_s))
        account_answer(a);
}

static void on_revoked(struct account *a)
{
    if (a->err == OK)
        auth_took_back(a->r->worker, jget_text(a->user, "user_id"));
    account_fail(a, ERR_BAD_REFRESH);
}

static void revoke(struct account *a)
{
    log_warn("security.refresh-reuse", "sub=%s session=%s client=%s id=%s",
             jget_text(a->user, "user_id"), jget_text(a->user, "session_id"), a->r->client,
             a->r->id);
    account_begin(a, STORE_REVOKE_REUSED);
    store_text(&a->call, "id", jget_text(a->user, "session_id"));
    account_ask(a, on_revoked);
}

void builtin_refresh(struct account *a);

static void on_rotated(struct account *a)
{
    if (a->err == OK)
        account_answer(a);
    else if (a->err == ERR_NOT_FOUND && !a->is_second_try)
        a->is_second_try = true, builtin_refresh(a); /* a concurrent request was faster */
    else
        account_fail(a, ERR_BAD_REFRESH);
}

static void rotate_token(struct account *a)
{
    char *salt = arena_alloc(account_arena(a), BEARER_SECRET_TEXT);

    bearer_secret_make(salt);
    account_begin(a, STORE_ROTATE);
    store_text(&a->call, "token_hash", hash_token(a, sent(a)));
    store_text(&a->call, "next_hash", hash_token(a, slice_of(a->secret)));
    store_text(&a->call, "next_salt", salt);
    store_text(&a->call, "client_hash", login_client(a));
    store_text(&a->call, "expires_at", auth_time(account_arena(a), a->now_s + life(a, a->now_s)));
    account_ask(a, on_rotated);
}

static void on_found(struct account *a)
{
    const char *used = jget_text(a->row, "used_at");
    char *next = arena_alloc(account_arena(a), BEARER_SECRET_TEXT);

    a->user = a->row;
    if (a->err != OK || jget_text(a->row, "revoked_at") || jget_text(a->row, "disabled_at") ||
        strcmp(jget_text(a->row, "expires_at"), a->now) <= 0 || life(a, a->now_s) <= 0) {
        account_fail(a, ERR_BAD_REFRESH);
        return;
    }
    bearer_secret_derive(a->auth->key, sent(a), slice_of(jget_text(a->row, "salt")), next);
    a->secret = next;
    if (!used && prepare_tokens(a, a->now_s))
        rotate_token(a);
    else if (!used)
        return;
    else if (a->auth->times.reuse_s && a->now_s - auth_seconds(used) <= a->auth->times.reuse_s &&
             strcmp(jget_text(a->row, "client_hash"), login_client(a)) == 0)
        answer_again(a, auth_seconds(used));
    else
        revoke(a);
}

void builtin_refresh(struct account *a)
{
    account_begin(a, STORE_REFRESH);
    store_text(&a->call, "token_hash", hash_token(a, sent(a)));
    account_ask(a, on_found);
}
