/* SPDX-License-Identifier: MIT */
/* A token is tried against each issuer in turn, this server first. The issuer named in the token is
 * not believed before its signature: only an issuer's own keys, issuer and audience can accept it.
 * Claims are copied into an identity with care, because other issuers choose them: times are
 * bounded, scopes that are not single words are dropped, and subjects get the issuer's name in
 * front unless the configuration says that they are accounts here.
 *
 * When no key fits, the unverified `iss` is used for one thing only: to decide whose key set may be
 * stale and should be fetched again (*lacking). */
#include "lib/auth/jose/issuers.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/text/base64.h"
#include "lib/auth/jose/jwt.h"
#include "lib/conf/conf.h"
#include "lib/conf/secret.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/text/scope.h"
#include "lib/schema/format.h"

enum { CLAIMS_DEPTH = 16 };
#define SECONDS_MAX (INT64_C(1) << 40) /* the year 36812 */
#define ACCESS_TYPE "at+jwt"           /* RFC 9068, 2.1 */

/* Reads identity.keys, in their order. */
static bool read_keys(struct keyset *set, struct json_object *list, struct slice secrets,
                      struct fault *fault)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const char *reference = jget_text(item, "key"), *algorithm = jget_text(item, "algorithm");
        struct jwk *key =
            jwk_read_any(secret_find(secrets, reference), jget_text(item, "id"),
                         algorithm ? jose_find(slice_of(algorithm)) : JOSE_UNSAID, fault);

        if (!key)
            return fault_add_context(fault, "identity.keys[%zu]", i);
        keyset_add(set, key);
    }
    return true;
}

/* Reads a key set, if one is configured. */
static bool read_set(const char *reference, struct slice secrets, struct keyset **out,
                     struct fault *fault)
{
    return !reference || keyset_read(secret_find(secrets, reference), ISSUERS_KEYS_MAX, out, fault);
}

static bool signs(const struct keyset *set, const char *key, struct fault *fault)
{
    if (!keyset_count(set))
        return fault_set(fault, "%s: there is no key to sign with", key);
    return jwk_can_sign(keyset_at(set, 0)) ||
           fault_set(fault, "%s: the first key is public and cannot sign", key);
}

/* Sets up this server as the first issuer. */
static bool open_own(struct issuers *is, struct json_object *config, struct slice secrets,
                     struct fault *fault)
{
    struct issuer *own = &is->list[is->count++];
    struct json_object *keys = conf_get(config, "identity.keys");

    own->issuer = conf_string(config, "identity.issuer");
    own->audience = conf_string(config, "identity.audience");
    if (!json_object_array_length(keys)) {
        if (!read_set(conf_string(config, "identity.key-file"), secrets, &own->keys, fault))
            return fault_add_context(fault, "identity.key-file");
        return !own->keys || signs(own->keys, "identity.key-file", fault);
    }
    own->keys = keyset_new();
    if (!read_keys(own->keys, keys, secrets, fault))
        return false;
    return signs(own->keys, "identity.keys", fault);
}

static bool open_other(struct issuers *is, const char *name, struct json_object *item,
                       struct slice secrets, struct fault *fault)
{
    struct issuer *other = &is->list[is->count++];
    const char *jwks = jget_text(item, "jwks"), *scope = jget_text(item, "scope-claim");
    bool is_named = strcmp(jget_text(item, "subjects"), "named") == 0;

    other->name = is_named ? name : NULL;
    other->issuer = jget_text(item, "issuer");
    other->audience = jget_text(item, "audience");
    other->scope_claim = scope;
    other->jwks_url = jget_text(item, "jwks-url");
    if (!jwks == !other->jwks_url)
        return fault_set(fault, "identity.issuers.%s: either jwks or jwks-url is required", name);
    if (*scope == '/' && !format_find("json-pointer")->is_text(scope, strlen(scope)))
        return fault_set(fault, "identity.issuers.%s.scope-claim: is not a JSON pointer", name);
    return read_set(jwks, secrets, &other->keys, fault) ||
           fault_add_context(fault, "identity.issuers.%s.jwks", name);
}

bool issuers_open(struct issuers *is, struct json_object *config, struct slice secrets,
                  struct fault *fault)
{
    bool ok;

    *is = (struct issuers){.leeway_s = (int)(conf_int(config, "identity.leeway") / 1000),
                           .access_s = conf_int(config, "identity.access") / 1000};
    ok = open_own(is, config, secrets, fault);
    json_object_object_foreach(conf_get(config, "identity.issuers"), name, item)
    {
        ok = ok && open_other(is, name, item, secrets, fault);
    }
    return ok;
}

void issuers_close(struct issuers *is)
{
    for (size_t i = 0; i < is->count; i++)
        keyset_free(&is->list[i].keys);
    is->count = 0;
}

bool issuers_has_any(const struct issuers *is)
{
    for (size_t i = 0; i < is->count; i++)
        if (is->list[i].jwks_url || (is->list[i].keys && keyset_count(is->list[i].keys)))
            return true;
    return false;
}

static char *copy_text(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static char *copy_roles(struct json_object *claims)
{
    struct json_object *roles = jget(claims, "roles");
    struct buf out = {0};

    if (!json_object_is_type(roles, json_type_array))
        return NULL;
    jwrite_value(&out, roles);
    buf_text(&out);
    return out.data;
}

/* Returns a time claim, bounded so that it can be calculated with: other issuers choose its
 * value. */
static int64_t second(struct json_object *claims, const char *name)
{
    int64_t value = jget_int(claims, name);

    return value < 0 ? 0 : value > SECONDS_MAX ? SECONDS_MAX : value;
}

/* Returns when the token ends. A token from a login here ends no later than identity.access now
 * allows, because rows of ended sessions are kept no longer than that. */
static int64_t end_of(const struct issuers *is, const struct issuer *issuer,
                      struct json_object *claims)
{
    int64_t end = second(claims, "exp"), bound = second(claims, "iat") + is->access_s;

    return issuer == is->list && jget(claims, "sid") && bound < end ? bound : end;
}

/* Appends one scope. Text that is not a single scope could become several and is dropped. */
static void add_scope(struct buf *out, struct slice scope)
{
    if (!scope_is_token(scope))
        return;
    if (out->len)
        buf_putc(out, ' ');
    buf_put(out, scope.data, scope.len);
}

/* Returns the scopes: a string of words by RFC 8693 (4.2), or, from other issuers, a list in a
 * claim of any name. */
static char *scopes_of(struct json_object *claims, const char *claim, bool takes_list)
{
    struct json_object *value = NULL;
    struct slice words;
    struct buf out = {0};

    if (*claim != '/')
        value = jget(claims, claim);
    else if (json_pointer_get(claims, claim, &value) != 0)
        return NULL;
    words = jslice(value);
    if (!words.data && !(takes_list && json_object_is_type(value, json_type_array)))
        return NULL;
    while (words.len)
        add_scope(&out, slice_cut(&words, ' '));
    for (size_t i = 0; !words.data && i < json_object_array_length(value); i++)
        add_scope(&out, jslice(json_object_array_get_idx(value, i)));
    buf_text(&out);
    return out.data;
}

static struct identity *make_identity(const struct issuers *is, const struct issuer *issuer,
                                      struct json_object *claims)
{
    struct identity *who = identity_new(IDENTITY_TOKEN);
    const char *subject = jget_text(claims, "sub");

    who->is_account = !issuer->name;
    if (issuer->name)
        who->subject = xasprintf("%s:%s", issuer->name, subject);
    if (!issuer->name)
        who->subject = copy_text(subject);
    who->id = issuer == is->list ? copy_text(jget_text(claims, "sid")) : NULL;
    who->scope = issuer->scope_claim ? scopes_of(claims, issuer->scope_claim, true)
                                     : scopes_of(claims, "scope", false);
    who->roles = copy_roles(claims);
    who->claims = claims;
    who->expires_s = end_of(is, issuer, claims);
    return who;
}

/* Returns true if the token names this issuer. Nothing is verified: this only decides whose keys to
 * fetch. */
static bool is_said_of(struct slice token, const char *issuer)
{
    struct json_object *claims = NULL;
    struct jread_fault fault;
    struct slice payload;
    struct buf text = {0};
    ssize_t len;
    bool is;

    if (token.len > JWT_TOKEN_MAX)
        return false;
    slice_cut(&token, '.');
    payload = slice_cut(&token, '.');
    len = base64_decode(payload, buf_reserve(&text, payload.len + 1));
    if (len > 0)
        jread_plain(text.data, (size_t)len, CLAIMS_DEPTH, &claims, &fault);
    buf_fini(&text);
    is = jget_text(claims, "iss") && strcmp(jget_text(claims, "iss"), issuer) == 0;
    json_object_put(claims);
    return is;
}

static enum jwt_fault verify_by(const struct issuers *is, const struct issuer *issuer,
                                struct slice token, int64_t now_s, struct json_object **claims)
{
    struct jwt_rules rules = {.keys = issuer->keys,
                              .issuer = issuer->issuer,
                              .audiences = &issuer->audience,
                              .audience_count = 1,
                              .type = issuer == is->list ? ACCESS_TYPE : NULL,
                              .leeway_s = is->leeway_s,
                              .needs_subject = true}; /* a token must identify somebody */

    return issuer->keys ? jwt_verify(&rules, token, now_s, claims) : JWT_KEY;
}

/* Returns whether a fetch of the issuer's keys may help a token that failed. */
static bool may_lack_key(const struct issuer *issuer, enum jwt_fault fault, struct slice token)
{
    return fault == JWT_KEY && issuer->jwks_url && is_said_of(token, issuer->issuer);
}

/* Tries each issuer in turn. Of several faults the one from the latest check is reported: that
 * issuer came closest. */
struct identity *issuers_verify(const struct issuers *is, struct slice token, int64_t now_s,
                                const struct issuer **lacking, struct fault *fault)
{
    enum jwt_fault last = JWT_SIZE, one;
    struct json_object *claims;
    struct identity *who;

    *lacking = NULL;
    for (size_t i = 0; i < is->count; i++) {
        one = verify_by(is, &is->list[i], token, now_s, &claims);
        if (one == JWT_OK) {
            who = make_identity(is, &is->list[i], claims);
            if (who->expires_s + is->leeway_s > now_s)
                return who;
            identity_unref(&who);
            one = JWT_EXPIRED;
        }
        if (may_lack_key(&is->list[i], one, token))
            *lacking = &is->list[i];
        last = one > last ? one : last;
    }
    fault_set(fault, "%s", jwt_fault_text(last));
    return NULL;
}

static void put_text(struct buf *b, const char *name, const char *text)
{
    jwrite_key(b, name);
    jwrite_string(b, text, strlen(text));
    buf_putc(b, ',');
}

/* Writes the roles parsed and serialized again, so that text from the database cannot add
 * claims. */
static void put_roles(struct buf *b, const char *roles)
{
    struct json_object *list = NULL;
    struct jread_fault fault;

    jwrite_key(b, "roles");
    if (roles && jread_plain(roles, strlen(roles), 2, &list, &fault) &&
        json_object_is_type(list, json_type_array))
        jwrite_value(b, list);
    else
        buf_puts(b, "[]");
    json_object_put(list);
}

bool issuers_sign(const struct issuers *is, const struct access *access, struct buf *out)
{
    const struct issuer *own = &is->list[0];
    struct jwk *key = own->keys && keyset_count(own->keys) ? keyset_at(own->keys, 0) : NULL;
    struct buf claims = {0};
    bool ok;

    buf_putc(&claims, '{');
    put_text(&claims, "iss", own->issuer);
    put_text(&claims, "aud", own->audience);
    put_text(&claims, "client_id", own->audience);
    put_text(&claims, "sub", access->subject);
    put_text(&claims, "sid", access->session);
    put_text(&claims, "jti", access->id);
    put_text(&claims, "scope", access->scope);
    put_roles(&claims, access->roles);
    buf_printf(&claims, ",\"iat\":%lld,\"exp\":%lld}", (long long)access->now_s,
               (long long)access->expires_s);
    ok = key && jwt_sign(key, ACCESS_TYPE, buf_slice(&claims), out);
    buf_fini(&claims);
    return ok;
}
