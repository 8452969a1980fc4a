/* SPDX-License-Identifier: MIT */
/* Reads the user from an id_token or a user endpoint, and decides whether the address is
 * verified. */
#include <ctype.h>
#include <stdio.h>

#include "lib/auth/secret/digest.h"
#include "lib/auth/oidc/oidc.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/schema/format.h"

enum { DEPTH = 16, EMAILS_MAX = 100, LEEWAY_S = 60, SUBJECT_MAX = 255 };

/* Returns true for true and "true", which some providers send. */
static bool is_true(struct json_object *value)
{
    return (json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value)) ||
           slice_is(jslice(value), "true");
}

static void set_email(struct oidc_user *out, struct json_object *value, bool is_verified)
{
    struct slice text = jslice(value);

    if (!text.len || text.len >= sizeof(out->email) || strlen(text.data) != text.len ||
        !format_find("email")->is_text(text.data, text.len))
        return;
    for (size_t i = 0; i <= text.len; i++)
        out->email[i] = (char)tolower((unsigned char)text.data[i]);
    out->is_verified = is_verified;
}

/* Reads the address. OpenID Connect has email_verified; Microsoft, where anyone can make addresses
 * up, has xms_edov. */
static void read_email(const struct provider *p, struct json_object *json, struct oidc_user *out)
{
    const char *claim = p->preset->has_tenants ? "xms_edov" : "email_verified";

    set_email(out, jget(json, "email"), p->trusts_email || is_true(jget(json, claim)));
}

static enum jwt_fault check_id(const struct provider *p, const struct oauth_state *a,
                               struct json_object *claims)
{
    const char *nonce = jget_text(claims, "nonce"), *azp = jget_text(claims, "azp");
    const char *tenant = jget_text(claims, "tid");
    bool has_many = jget_count(claims, "aud") > 1;

    if (!provider_is_issuer(p, jget_text(claims, "iss"), tenant))
        return JWT_ISSUER;
    if ((azp && strcmp(azp, p->client_id) != 0) || (has_many && !azp))
        return JWT_AUDIENCE;
    if (!nonce || strlen(nonce) != BEARER_SECRET_TEXT - 1 ||
        !digest_is_equal(nonce, a->nonce, BEARER_SECRET_TEXT - 1))
        return JWT_NONCE;
    return jget_text(claims, "sub") && jget(claims, "iat") ? JWT_OK : JWT_CLAIMS;
}

/* Returns true if one client serves many tenants. Subjects then have the tenant in front. */
static bool is_shared(const struct provider *p)
{
    return strcmp(p->endpoints.issuer, p->issuer) != 0;
}

static void set_subject(const struct provider *p, struct json_object *claims, struct oidc_user *out)
{
    snprintf(out->subject, sizeof(out->subject), "%s%s%s",
             is_shared(p) ? jget_text(claims, "tid") : "", is_shared(p) ? ":" : "",
             jget_text(claims, "sub"));
}

enum jwt_fault oidc_verify(const struct provider *p, const struct oauth_state *a,
                           struct json_object *tokens, int64_t now_s, struct oidc_user *out)
{
    struct jwt_rules rules = {
        .keys = p->keys, .audiences = &p->client_id, .audience_count = 1, .leeway_s = LEEWAY_S};
    struct json_object *claims;
    enum jwt_fault fault;

    *out = (struct oidc_user){0};
    fault = jwt_verify(&rules, slice_of(jget_text(tokens, "id_token")), now_s, &claims);
    if (!fault)
        fault = check_id(p, a, claims);
    if (!fault) {
        set_subject(p, claims, out);
        read_email(p, claims, out);
    }
    json_object_put(claims);
    return fault;
}

/* Reads `sub`, or the `id` of providers older than OpenID Connect, which is a text or an
 * integer. */
static bool read_subject(const struct provider *p, struct json_object *json, struct oidc_user *out)
{
    struct json_object *id = jget(json, "sub");
    const char *text, *own = out->subject;

    if (!id && !p->is_oidc)
        id = jget(json, "id");
    text = json_object_get_string(id);
    if (!text || !*text || strlen(text) > SUBJECT_MAX ||
        (json_object_is_type(id, json_type_string)
             ? strlen(text) != (size_t)json_object_get_string_len(id)
             : !json_object_is_type(id, json_type_int)))
        return false;
    if (p->is_oidc)
        return strcmp(is_shared(p) ? strchr(own, ':') + 1 : own, text) == 0;
    snprintf(out->subject, sizeof(out->subject), "%s", text);
    return true;
}

bool oidc_read_user(const struct provider *p, struct slice text, struct oidc_user *out,
                    struct fault *fault)
{
    struct json_object *json = oidc_read_object(text);
    bool ok;

    if (!json)
        return fault_set(fault, "the user info is not a JSON object");
    ok = read_subject(p, json, out) ||
         fault_set(fault, "the user info has no subject or a different one");
    if (ok)
        read_email(p, json, out);
    json_object_put(json);
    return ok;
}

bool oidc_read_emails(struct slice text, struct oidc_user *out, struct fault *fault)
{
    struct json_object *list;
    struct jread_fault unread;

    if (!jread_plain(text.data, text.len, DEPTH, &list, &unread))
        return fault_set(fault, "the e-mail addresses are not JSON");
    if (!json_object_is_type(list, json_type_array)) {
        json_object_put(list);
        return fault_set(fault, "the e-mail addresses are not a list");
    }
    for (size_t i = 0; i < json_object_array_length(list) && i < EMAILS_MAX; i++) {
        struct json_object *one = json_object_array_get_idx(list, i);

        if (is_true(jget(one, "primary")))
            set_email(out, jget(one, "email"), is_true(jget(one, "verified")));
    }
    json_object_put(list);
    return true;
}
