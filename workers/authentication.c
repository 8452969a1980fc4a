/* SPDX-License-Identifier: MIT */
#include "workers/authentication.h"

#include <stdlib.h>

#include "lib/auth/apikey.h"
#include "lib/auth/base64.h"
#include "lib/auth/digest.h"
#include "lib/auth/opaque.h"
#include "lib/core/clock.h"
#include "lib/core/jget.h"
#include "lib/core/log.h"
#include "workers/auth.h"
#include "workers/http/http.h"
#include "workers/pipeline.h"

/* A session or API key is looked up again after ROW_S at most; it is revoked at once all the same.
 * It is noted as used as often, but IDLE_PARTS times at least before it would be over for that. */
enum { ROW_S = 60, IDLE_PARTS = 4, BASIC_MAX = 512 };

struct slice authentication_cookie(struct request *r, const char *name)
{
    struct slice rest = http_header_list(r, "cookie");

    while (rest.len) {
        struct slice value = slice_trim(slice_cut(&rest, ';'));
        struct slice key = slice_cut(&value, '=');

        if (slice_is(key, name))
            return value;
    }
    return (struct slice){NULL, 0};
}

/* What stands behind the scheme (RFC 9110, 11.4); data is NULL where another scheme stands there.
 * Fields that came twice are one value with a comma, which no credential has. */
static struct slice authorization(struct request *r, const char *scheme)
{
    struct slice value = http_header_list(r, "authorization"), name = slice_cut(&value, ' ');

    return slice_is_nocase(name, scheme) ? slice_trim(value) : (struct slice){NULL, 0};
}

/* --- what was found --- */

static void found(struct authentication *a, struct identity *who)
{
    a->found[a->at] = who;
}

/* It is in the cache, and still good: true. One that was revoked since is forgotten. */
static bool find_cached(struct request *r, struct authentication *a, enum identity_kind kind)
{
    struct auth *auth = r->worker->auth;
    struct identity *who;

    cache_digest(kind, a->secret, a->digest);
    who = cache_find(&auth->cache, a->digest, auth_now());
    if (!who)
        return false;
    if (who->id && auth_is_revoked(r->worker, who->id, who->made_s)) {
        cache_drop(&auth->cache, a->digest);
        return false;
    }
    found(a, identity_ref(who));
    return true;
}

/* A bad credential in a header is worth an answer; a cookie may just be old. */
static void refuse(struct authentication *a, const char *fault, bool is_header)
{
    if (is_header)
        a->fault = fault;
}

void authentication_fini(struct authentication *a)
{
    for (size_t i = 0; i < SECURITY_SCHEMES_MAX; i++)
        identity_unref(&a->found[i]);
    jwks_leave(&a->keys);
}

/* --- tokens --- */

/* The token is looked at again. */
static void on_keys(void *arg)
{
    pipeline_run(arg);
}

static bool await_keys(struct request *r, struct authentication *a)
{
    a->keys = (struct jwks_waiter){.fn = on_keys, .arg = r};
    return jwks_wait(r->worker, &a->keys);
}

static bool take_token(struct request *r, struct authentication *a)
{
    struct auth *auth = r->worker->auth;
    struct identity *who;
    const char *fault;

    a->secret = authorization(r, "bearer");
    if (!a->secret.data)
        return true;
    if (find_cached(r, a, IDENTITY_TOKEN))
        return true;
    who = issuers_verify(&auth->issuers, a->secret, auth_now(), &fault);
    if (who && who->id && auth_is_revoked(r->worker, who->id, who->made_s)) {
        fault = "was revoked";
        identity_unref(&who);
    }
    if (!who && await_keys(r, a))
        return false;
    if (!who) {
        refuse(a, fault, true);
        return true;
    }
    cache_keep(&auth->cache, a->digest, who, who->expires_s + auth->issuers.leeway_s);
    found(a, who);
    return true;
}

/* --- rows --- */

static char *copy(struct json_object *row, const char *key)
{
    const char *text = jget_text(row, key);

    return text ? strdup(text) : NULL;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long a row is believed, if it does not end before. */
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
    who->id = copy(row, "id");
    who->subject = copy(row, "user_id");
    who->roles = copy(row, "roles");
    who->csrf_hash = copy(row, "csrf_hash");
    who->made_s = auth_now();
    who->expires_s = who->made_s + row_life(r, kind);
    if (end)
        who->expires_s = least(who->expires_s, auth_seconds(end));
    who->scope = identity_scopes(r->worker->config, who->roles);
    return who;
}

/* The look-up is over, at once or in a later turn of the loop. */
static void row_done(struct request *r, struct authentication *a, struct identity *who)
{
    bool is_header = r->op->security.schemes[a->at]->kind != SCHEME_COOKIE;

    if (a->call.job.err != OK && a->call.job.err != ERR_NOT_FOUND) {
        log_error("auth.lookup", "cause=\"%s\" id=%s", a->call.job.cause, r->id);
        a->err = err_status(a->call.job.err) >= 500 ? a->call.job.err : ERR_INTERNAL;
    } else if (who) {
        cache_keep(&r->worker->auth->cache, a->digest, who, who->expires_s);
        found(a, who);
    } else {
        refuse(a, "is not known", is_header);
    }
    store_fini(&a->call);
    a->is_pending = false;
    if (!a->is_waiting)
        return;
    a->is_waiting = false;
    a->at++;
    pipeline_run(r);
}

static bool look_up(struct request *r, struct authentication *a, void (*done)(struct db_job *job))
{
    a->is_pending = true;
    store_submit(&a->call, r->worker->db, r->started_ns + r->worker->timeouts.request_ns, done, r);
    a->is_waiting = a->is_pending;
    return !a->is_pending;
}

/* Whether its last use was noted too long ago. */
static bool is_old(struct request *r, struct json_object *row, enum identity_kind kind)
{
    const char *used = jget_text(row, "used_at");

    return !used || strcmp(used, auth_time(&r->arena, auth_now() - row_life(r, kind))) < 0;
}

static void on_session(struct db_job *job)
{
    struct request *r = job->data;
    struct authentication *a = r->authentication;
    struct json_object *row = store_result(&a->call);
    struct identity *who = row ? identity_of_row(r, row, IDENTITY_SESSION) : NULL;

    if (who && is_old(r, row, IDENTITY_SESSION))
        auth_touch(r->worker, STORE_SESSION_USED, who->id);
    json_object_put(row);
    row_done(r, a, who);
}

static bool take_session(struct request *r, struct authentication *a)
{
    struct auth *auth = r->worker->auth;
    char *hash = arena_alloc(&r->arena, OPAQUE_HASH);

    if (find_cached(r, a, IDENTITY_SESSION))
        return true;
    opaque_hash(a->secret, hash);
    store_begin(&a->call, &auth->store, STORE_SESSION);
    store_text(&a->call, "secret_hash", hash);
    store_text(&a->call, "now", auth_time(&r->arena, auth_now()));
    store_text(&a->call, "idle", auth_time(&r->arena, auth_now() - auth->times.idle_s));
    return look_up(r, a, on_session);
}

/* What the key was given and the account still has. */
static void narrow(struct identity *who, const char *scopes)
{
    struct slice rest = slice_of(scopes);
    struct buf out = {0};

    while (rest.len) {
        struct slice one = slice_cut(&rest, ' ');
        char *scope = strndup(one.data, one.len);

        if (identity_has_scope(who, scope))
            buf_printf(&out, "%s%s", out.len ? " " : "", scope);
        free(scope);
    }
    free(who->scope);
    buf_text(&out);
    who->scope = out.data;
}

static void on_api_key(struct db_job *job)
{
    struct request *r = job->data;
    struct authentication *a = r->authentication;
    struct json_object *row = store_result(&a->call);
    const char *stored = jget_text(row, "secret_hash");
    struct identity *who = NULL;
    char hash[OPAQUE_HASH];

    opaque_hash(a->secret, hash);
    if (stored && strlen(stored) == sizeof(hash) - 1 &&
        digest_is_equal(stored, hash, sizeof(hash) - 1)) {
        who = identity_of_row(r, row, IDENTITY_API_KEY);
        narrow(who, jget_text(row, "scopes"));
        if (is_old(r, row, IDENTITY_API_KEY))
            auth_touch(r->worker, STORE_API_KEY_USED, who->id);
    }
    json_object_put(row);
    row_done(r, a, who);
}

/* `id`, where the client names it, must be the key's. */
static bool take_api_key(struct request *r, struct authentication *a, struct slice id)
{
    bool is_header = r->op->security.schemes[a->at]->kind != SCHEME_COOKIE;
    struct slice own;

    if (!apikey_parse(a->secret, &own) ||
        (id.data && !(id.len == own.len && memcmp(id.data, own.data, id.len) == 0))) {
        refuse(a, "is no API key", is_header);
        return true;
    }
    if (find_cached(r, a, IDENTITY_API_KEY))
        return true;
    store_begin(&a->call, &r->worker->auth->store, STORE_API_KEY);
    store_slice(&a->call, "id", own);
    store_text(&a->call, "now", auth_time(&r->arena, auth_now()));
    return look_up(r, a, on_api_key);
}

/* "id:key" in base64 (RFC 7617, 2; RFC 4648, 4), padded or not. */
static bool take_basic(struct request *r, struct authentication *a)
{
    struct slice text = authorization(r, "basic"), id;
    char *coded, *plain;
    ssize_t len;

    if (!text.data)
        return true;
    while (text.len && text.data[text.len - 1] == '=')
        text.len--;
    coded = arena_strndup(&r->arena, text.data, text.len);
    for (char *at = coded; *at; at++)
        *at = *at == '+' ? '-' : (char)(*at == '/' ? '_' : *at);
    plain = arena_alloc(&r->arena, text.len + 3);
    len = text.len <= BASIC_MAX ? base64_decode(slice_of(coded), plain) : -1;
    a->secret = (struct slice){plain, len > 0 ? (size_t)len : 0};
    id = slice_cut(&a->secret, ':');
    return take_api_key(r, a, id);
}

static bool take_certificate(struct request *r, struct authentication *a)
{
    struct identity *who;

    if (!r->tls_subject)
        return true;
    who = identity_new(IDENTITY_CERTIFICATE);
    who->subject = strdup(r->tls_subject);
    found(a, who);
    return true;
}

/* In Authorization a key stands alone: what has a scheme in front is for others. */
static bool take_header(struct request *r, struct authentication *a, const char *name)
{
    a->secret = http_header_list(r, name);
    if (!a->secret.data ||
        (strcmp(name, "authorization") == 0 && memchr(a->secret.data, ' ', a->secret.len)))
        return true;
    return take_api_key(r, a, (struct slice){NULL, 0});
}

bool authenticate(struct request *r, struct authentication *a)
{
    const struct scheme *scheme = r->op->security.schemes[a->at];

    switch (scheme->kind) {
    case SCHEME_BEARER:
        return take_token(r, a);
    case SCHEME_BASIC:
        return take_basic(r, a);
    case SCHEME_HEADER:
        return take_header(r, a, scheme->key);
    case SCHEME_COOKIE:
        a->secret = authentication_cookie(r, scheme->key);
        if (!a->secret.data)
            return true;
        return strcmp(scheme->key, r->worker->auth->cookie) == 0
                   ? take_session(r, a)
                   : take_api_key(r, a, (struct slice){NULL, 0});
    case SCHEME_TLS:
        return take_certificate(r, a);
    }
    return true;
}
