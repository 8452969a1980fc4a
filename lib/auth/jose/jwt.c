/* SPDX-License-Identifier: MIT */
/* Checks the claims (RFC 7519, 4.1). Signatures are checked by jws.c. */
#include "lib/auth/jose/jwt.h"

#include "lib/auth/jose/jws.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { DEPTH = 16 };

static const char *const fault_texts[JWT_FAULT_COUNT] = {
    [JWT_OK] = "the token is valid",
#define FAULT(name, text) [JWT_##name] = text,
#include "lib/auth/jose/jwt.def"
#undef FAULT
};

const char *jwt_fault_text(enum jwt_fault fault)
{
    return fault_texts[fault];
}

/* Returns true for text of 1 to `max` bytes without control characters, since it is compared,
 * logged and stored. */
static bool is_text(struct json_object *claim, size_t max)
{
    struct slice text = jslice(claim);

    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return false;
    return text.len && text.len <= max;
}

static enum jwt_fault check_texts(const struct jwt_rules *rules, struct json_object *claims)
{
    static const struct {
        const char *name;
        size_t max;
    } texts[] = {{"iss", 1023}, {"sub", 255}, {"jti", 255}};
    const char *issuer = jget_text(claims, "iss");
    struct json_object *claim;

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (json_object_object_get_ex(claims, texts[i].name, &claim) &&
            !is_text(claim, texts[i].max))
            return JWT_CLAIMS;
    if (rules->needs_subject && !jget(claims, "sub"))
        return JWT_CLAIMS;
    if (rules->issuer && (!issuer || strcmp(issuer, rules->issuer) != 0))
        return JWT_ISSUER;
    return JWT_OK;
}

/* Reads a time. If it is absent *out stays unchanged. Returns false if it is not a number. */
static bool get_time(struct json_object *claims, const char *name, double *out)
{
    struct json_object *claim;

    if (!json_object_object_get_ex(claims, name, &claim))
        return true;
    if (!json_object_is_type(claim, json_type_int) && !json_object_is_type(claim, json_type_double))
        return false;
    *out = json_object_get_double(claim);
    return true;
}

static enum jwt_fault check_times(const struct jwt_rules *rules, struct json_object *claims,
                                  int64_t now_s)
{
    double now = (double)now_s, leeway = rules->leeway_s, end = 0, start = now, issued = now;

    if (!get_time(claims, "exp", &end) || !get_time(claims, "nbf", &start) ||
        !get_time(claims, "iat", &issued))
        return JWT_CLAIMS;
    if (!jget(claims, "exp"))
        return JWT_NO_END;
    if (now >= end + leeway)
        return JWT_EXPIRED;
    return start > now + leeway || issued > now + leeway ? JWT_EARLY : JWT_OK;
}

static bool is_for(const struct jwt_rules *rules, struct json_object *audience)
{
    struct slice name = jslice(audience);

    for (size_t i = 0; i < rules->audience_count; i++)
        if (slice_is(name, rules->audiences[i]))
            return true;
    return false;
}

/* Checks `aud`: a text, or a list of texts. */
static enum jwt_fault check_audience(const struct jwt_rules *rules, struct json_object *claims)
{
    struct json_object *aud, *one;
    bool is_ours = rules->audience_count == 0;

    if (!json_object_object_get_ex(claims, "aud", &aud))
        return is_ours ? JWT_OK : JWT_AUDIENCE;
    if (json_object_is_type(aud, json_type_string))
        return is_ours || is_for(rules, aud) ? JWT_OK : JWT_AUDIENCE;
    if (!json_object_is_type(aud, json_type_array))
        return JWT_CLAIMS;
    for (size_t i = 0; i < json_object_array_length(aud); i++) {
        one = json_object_array_get_idx(aud, i);
        if (!json_object_is_type(one, json_type_string))
            return JWT_CLAIMS;
        is_ours = is_ours || is_for(rules, one);
    }
    return is_ours ? JWT_OK : JWT_AUDIENCE;
}

static enum jwt_fault check_claims(const struct jwt_rules *rules, struct json_object *claims,
                                   int64_t now_s)
{
    enum jwt_fault fault;

    if (!json_object_is_type(claims, json_type_object))
        return JWT_MALFORMED;
    fault = check_times(rules, claims, now_s);
    if (!fault)
        fault = check_texts(rules, claims);
    return fault ? fault : check_audience(rules, claims);
}

enum jwt_fault jwt_verify(const struct jwt_rules *rules, struct slice token, int64_t now_s,
                          struct json_object **claims)
{
    struct buf payload = {0};
    struct jread_fault where;
    enum jwt_fault fault = jws_verify(rules->keys, rules->type, token, &payload);

    *claims = NULL;
    if (!fault)
        fault = jread_plain(payload.data, payload.len, DEPTH, claims, &where)
                    ? check_claims(rules, *claims, now_s)
                    : JWT_MALFORMED;
    buf_fini(&payload);
    if (fault) {
        json_object_put(*claims);
        *claims = NULL;
    }
    return fault;
}

bool jwt_sign(struct jwk *key, const char *type, struct slice claims, struct buf *out)
{
    return jws_sign(key, type, claims, out);
}
