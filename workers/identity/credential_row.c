/* SPDX-License-Identifier: MIT */
/* Authenticates by sessions and API keys: each is a row of the database, which is cached for a
 * while and marked as used now and then. */
#include <stdlib.h>

#include "lib/auth/secret/apikey.h"
#include "lib/core/memory.h"
#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jget.h"
#include "workers/identity/auth.h"
#include "workers/identity/credential.h"

/* ROW_S: how long a row is cached, and how often it is marked as used, at most. A session is marked
 * at least IDLE_PARTS times before its idle time is over. */
enum { ROW_S = 60, IDLE_PARTS = 4, BASIC_MAX = 512 };

static bool find_cached(struct request *r, struct authentication *a, enum identity_kind kind)
{
    struct identity *who = credential_cached(r, a, kind);

    if (!who || !credential_is_fresh(r, who))
        return false;
    credential_found(a, identity_ref(who));
    return true;
}

static char *copy_column(struct json_object *row, const char *key)
{
    const char *text = jget_text(row, key);

    return text ? xstrdup(text) : NULL;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Returns how long a row is cached, unless it expires before. */
static int64_t row_life(const struct request *r, enum identity_kind kind)
{
    return kind == IDENTITY_SESSION ? least(ROW_S, r->worker->auth->times.idle_s / IDLE_PARTS)
                                    : ROW_S;
}

static struct identity *identity_of_row(struct request *r, struct json_object *row,
                                        enum identity_kind kind)
{
    struct identity *who = identity_new(kind);
    const char *end = jget_text(row, "expires_at");

    who->is_account = true;
    who->id = copy_column(row, "id");
    who->subject = copy_column(row, "user_id");
    who->roles = copy_column(row, "roles");
    who->csrf_hash = copy_column(row, "csrf_hash");
    who->expires_s = auth_now() + row_life(r, kind);
    if (end)
        who->expires_s = least(who->expires_s, auth_seconds(end));
    who->scope = identity_scopes(r->worker->config, who->roles);
    return who;
}

static void settle(struct request *r, struct identity *who)
{
    credential_settle(r, r->authentication, who, who ? who->expires_s : 0, "is not known");
}

/* Returns whether it is time to mark the row as used. */
static bool is_old(struct request *r, struct json_object *row, enum identity_kind kind)
{
    const char *used = jget_text(row, "used_at");

    return !used || strcmp(used, auth_time(&r->arena, auth_now() - row_life(r, kind))) < 0;
}

static void settle_session(struct request *r)
{
    struct json_object *row = store_result(&r->authentication->call);
    struct identity *who = row ? identity_of_row(r, row, IDENTITY_SESSION) : NULL;

    if (who && is_old(r, row, IDENTITY_SESSION))
        auth_touch(r->worker, STORE_SESSION_USED, who->id);
    json_object_put(row);
    settle(r, who);
}

static void on_session(struct db_job *job)
{
    settle_session(job->data);
    credential_resume(job->data);
}

enum completion credential_take_session(struct request *r, struct authentication *a)
{
    struct auth *auth = r->worker->auth;
    char *hash = arena_alloc(&r->arena, BEARER_SECRET_HASH);

    if (find_cached(r, a, IDENTITY_SESSION))
        return DONE;
    bearer_secret_hash(a->secret, hash);
    store_begin(&a->call, &auth->store, STORE_SESSION);
    store_text(&a->call, "secret_hash", hash);
    store_text(&a->call, "now", auth_time(&r->arena, auth_now()));
    store_text(&a->call, "idle", auth_time(&r->arena, auth_now() - auth->times.idle_s));
    if (credential_ask(r, a, on_session) == LATER)
        return LATER;
    settle_session(r);
    return DONE;
}

/* Restricts the scopes to those that the key was given and the account still has. */
static void narrow(struct identity *who, const char *scopes)
{
    struct slice rest = slice_of(scopes);
    struct buf out = {0};

    while (rest.len) {
        struct slice one = slice_cut(&rest, ' ');
        char *scope = xstrndup(one.data, one.len);

        if (identity_has_scope(who, scope))
            buf_printf(&out, "%s%s", out.len ? " " : "", scope);
        free(scope);
    }
    free(who->scope);
    buf_text(&out);
    who->scope = out.data;
}

static void settle_api_key(struct request *r)
{
    struct authentication *a = r->authentication;
    struct json_object *row = store_result(&a->call);
    const char *stored = jget_text(row, "secret_hash");
    struct identity *who = NULL;
    char hash[BEARER_SECRET_HASH];

    bearer_secret_hash(a->secret, hash);
    if (stored && strlen(stored) == sizeof(hash) - 1 &&
        digest_is_equal(stored, hash, sizeof(hash) - 1)) {
        who = identity_of_row(r, row, IDENTITY_API_KEY);
        narrow(who, jget_text(row, "scopes"));
        if (is_old(r, row, IDENTITY_API_KEY))
            auth_touch(r->worker, STORE_API_KEY_USED, who->id);
    }
    json_object_put(row);
    settle(r, who);
}

static void on_api_key(struct db_job *job)
{
    settle_api_key(job->data);
    credential_resume(job->data);
}

enum completion credential_take_api_key(struct request *r, struct authentication *a,
                                        struct slice id)
{
    struct slice own;

    if (!apikey_parse(a->secret, &own) ||
        (id.data && !(id.len == own.len && memcmp(id.data, own.data, id.len) == 0))) {
        credential_refuse(r, a, "is no API key");
        return DONE;
    }
    if (find_cached(r, a, IDENTITY_API_KEY))
        return DONE;
    store_begin(&a->call, &r->worker->auth->store, STORE_API_KEY);
    store_slice(&a->call, "id", own);
    store_text(&a->call, "now", auth_time(&r->arena, auth_now()));
    if (credential_ask(r, a, on_api_key) == LATER)
        return LATER;
    settle_api_key(r);
    return DONE;
}

/* Takes "id:key" in base64 (RFC 7617, 2; RFC 4648, 4), padded or not. */
enum completion credential_take_basic(struct request *r, struct authentication *a)
{
    struct slice text = credential_authorization(r, "basic"), id;
    char *coded, *plain;
    ssize_t len;

    if (!text.data)
        return DONE;
    while (text.len && text.data[text.len - 1] == '=')
        text.len--;
    coded = arena_strndup(&r->arena, text.data, text.len);
    for (char *at = coded; *at; at++)
        *at = *at == '+' ? '-' : (char)(*at == '/' ? '_' : *at);
    plain = arena_alloc(&r->arena, text.len + 3);
    len = text.len <= BASIC_MAX ? base64_decode(slice_of(coded), plain) : -1;
    a->secret = (struct slice){plain, len > 0 ? (size_t)len : 0};
    id = slice_cut(&a->secret, ':');
    return credential_take_api_key(r, a, id);
}
