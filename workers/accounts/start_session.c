/* SPDX-License-Identifier: MIT */
/* Starts sessions, and makes the cookies and tokens that clients get for them. */
#include <assert.h>

#include "lib/auth/secret/bearer_secret.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/uuid.h"
#include "workers/accounts/known_places.h"
#include "workers/accounts/login.h"
#include "workers/identity/authentication.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

enum { JTI = 32, AGENT_MAX = 200 };

static const char *hash_slice(struct account *a, struct slice text)
{
    char *out = arena_alloc(account_arena(a), BEARER_SECRET_HASH);

    bearer_secret_hash(text, out);
    return out;
}

static const char *hash_secret(struct account *a, const char *text)
{
    return hash_slice(a, slice_of(text));
}

static char *make_token(struct account *a)
{
    char *out = arena_alloc(account_arena(a), BEARER_SECRET_TEXT);

    bearer_secret_make(out);
    return out;
}

static const char *agent(struct account *a)
{
    struct slice agent = http_header(a->r, "user-agent");

    return agent.data ? arena_strndup(account_arena(a), agent.data,
                                      agent.len < AGENT_MAX ? agent.len : AGENT_MAX)
                      : NULL;
}

const char *login_client(struct account *a)
{
    const char *name = agent(a);

    return hash_secret(a, arena_printf(account_arena(a), "%s\n%s", a->r->client, name ? name : ""));
}

static int64_t token_life(const struct account *a)
{
    const struct auth_times *t = &a->auth->times;

    return t->refresh_s < t->longest_s ? t->refresh_s : t->longest_s;
}

/* Ends the login that the browser had before, so that a session planted there is not continued. */
static void end_old(struct account *a)
{
    struct slice old = authentication_cookie(a->r, a->auth->cookie);

    if (old.len)
        store_text(&a->call, "old_hash", hash_slice(a, old));
}

static void on_started(struct account *a)
{
    for (size_t i = 0; a->row && i < json_object_array_length(a->row); i++)
        auth_took_back(a->r->worker, jget_text(json_object_array_get_idx(a->row, i), "user_id"));
    a->then(a);
}

void login_start(struct account *a, const char *new_hash, account_fn next)
{
    assert(a->session && a->secret);
    a->then = next;
    account_begin(a, STORE_START_SESSION);
    store_text(&a->call, "id", a->session);
    store_text(&a->call, "user_id", jget_text(a->user, "id"));
    store_text(&a->call, "client", a->r->client);
    store_text(&a->call, "agent", agent(a));
    store_text(&a->call, "expires_at", auth_time(account_arena(a), a->now_s + a->life_s));
    store_text(&a->call, "method", a->method);
    store_text(&a->call, "new_hash", new_hash);
    store_text(&a->call, "known_hash", jget_text(a->user, "password_hash"));
    known_places_add_network(a, jget_text(a->user, "email"));
    if (a->is_cookie) {
        end_old(a);
        store_text(&a->call, "secret_hash", hash_secret(a, a->secret));
        store_text(&a->call, "csrf_hash", hash_secret(a, a->csrf));
    } else {
        store_text(&a->call, "token_hash", hash_secret(a, a->secret));
        store_text(&a->call, "salt", make_token(a));
        store_text(&a->call, "client_hash", login_client(a));
    }
    account_ask(a, on_started);
}

/* RFC 6265bis: __Host- requires Secure, no Domain, and this Path. */
void login_set_cookie(struct account *a, const char *secret)
{
    const struct auth *auth = a->auth;
    bool is_secure = strncmp(auth->cookie, "__", 2) == 0 || strcmp(a->r->scheme, "https") == 0;

    reply_header(a->r, "set-cookie",
                 slice_of(arena_printf(
                     account_arena(a), "%s=%s; Path=/; HttpOnly; SameSite=%s; Max-Age=%lld%s",
                     auth->cookie, secret ? secret : "", auth->same_site,
                     secret ? (long long)auth->times.absolute_s : 0, is_secure ? "; Secure" : "")));
}

static void put_number(struct json_object *out, const char *key, int64_t value)
{
    json_object_object_add(out, key, json_object_new_int64(value));
}

struct json_object *login_tokens(struct account *a, const char *user_id, const char *roles,
                                 const char *session, const char *refresh, int64_t at_s)
{
    struct json_object *out = NULL;
    char *scope = identity_scopes(a->r->worker->config, roles);
    struct buf token = {0};
    struct access access = {.subject = user_id,
                            .session = session,
                            .scope = scope,
                            .roles = roles,
                            .now_s = at_s,
                            .expires_s = at_s + a->auth->times.access_s,
                            /* a repeated answer has the same token */
                            .id = arena_strndup(account_arena(a), hash_secret(a, refresh), JTI)};

    if (issuers_sign(&a->auth->issuers, &access, &token)) {
        out = json_object_new_object();
        json_object_object_add(out, "access_token",
                               json_object_new_string_len(token.data, (int)token.len));
        jput_text(out, "token_type", "Bearer");
        put_number(out, "expires_in", a->auth->times.access_s);
        jput_text(out, "refresh_token", refresh);
        put_number(out, "refresh_expires_in", a->life_s);
        jput_text(out, "scope", scope);
    }
    free(scope);
    buf_fini(&token);
    return out;
}

/* Returns the body of a login: tokens, or what accompanies the cookie. The caller's. */
static struct json_object *login_body(struct account *a)
{
    struct json_object *out;

    if (!a->is_cookie)
        return login_tokens(a, jget_text(a->user, "id"), jget_text(a->user, "roles"), a->session,
                            a->secret, a->now_s);
    out = json_object_new_object();
    jput_text(out, "csrf_token", a->csrf);
    put_number(out, "expires_in", a->auth->times.absolute_s);
    return out;
}

void login_make(struct account *a)
{
    char *id = arena_alloc(account_arena(a), UUID_TEXT);

    uuid_v7(id);
    a->secret = make_token(a);
    a->session = id;
    a->csrf = a->is_cookie ? make_token(a) : NULL;
    a->life_s = a->is_cookie ? a->auth->times.absolute_s : token_life(a);
}

bool login_prepare(struct account *a)
{
    struct json_object *out;

    login_make(a);
    out = login_body(a);
    if (!out)
        account_fail(a, ERR_INTERNAL);
    return out && account_prepare(a, out);
}

void login_set_cookies(struct account *a)
{
    if (!a->is_cookie)
        return;
    known_places_set_device(a, jget_text(a->user, "email"));
    login_set_cookie(a, a->secret);
}
