/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/oidc.h"

#include "lib/core/text/base64.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/text/percent.h"

enum { DEPTH = 16 };

/* --- requests --- */

static void put_parameter(struct buf *out, const char *name, struct slice value)
{
    char last = out->len ? out->data[out->len - 1] : '?';

    if (last != '?' && last != '&')
        buf_putc(out, '&');
    buf_printf(out, "%s=", name);
    percent_encode(out, value);
}

void oidc_put_authorization(const struct provider *p, const struct oauth_state *a, struct buf *out)
{
    char challenge[BEARER_SECRET_TEXT];

    oauth_state_challenge(a, challenge);
    buf_puts(out, p->endpoints.authorization);
    if (!strchr(p->endpoints.authorization, '?'))
        buf_putc(out, '?');
    put_parameter(out, "response_type", SLICE_LIT("code"));
    put_parameter(out, "client_id", slice_of(p->client_id));
    put_parameter(out, "redirect_uri", slice_of(p->redirect));
    put_parameter(out, "scope", slice_of(p->scopes));
    put_parameter(out, "state", slice_of(a->state));
    put_parameter(out, "code_challenge", slice_of(challenge));
    put_parameter(out, "code_challenge_method", SLICE_LIT("S256"));
    if (p->is_oidc)
        put_parameter(out, "nonce", slice_of(a->nonce));
}

bool oidc_takes_callback(const struct provider *p, const char *iss)
{
    if (!iss)
        return !p->endpoints.says_issuer;
    return !p->endpoints.issuer || strcmp(iss, p->endpoints.issuer) == 0;
}

void oidc_put_exchange(const struct provider *p, const struct oauth_state *a, struct slice code,
                       struct buf *out)
{
    put_parameter(out, "grant_type", SLICE_LIT("authorization_code"));
    put_parameter(out, "code", code);
    put_parameter(out, "redirect_uri", slice_of(p->redirect));
    put_parameter(out, "code_verifier", slice_of(a->verifier));
    if (p->client_secret.data && !p->endpoints.wants_post)
        return;
    put_parameter(out, "client_id", slice_of(p->client_id));
    if (p->client_secret.data)
        put_parameter(out, "client_secret", p->client_secret);
}

/* Writes padded base64 (RFC 4648, 4). */
static void put_base64(struct buf *out, struct slice bytes)
{
    size_t start = out->len;

    out->len += base64_encode(bytes.data, bytes.len, buf_reserve(out, base64_size(bytes.len)));
    for (size_t i = start; i < out->len; i++)
        out->data[i] = (char)(out->data[i] == '-' ? '+' : out->data[i] == '_' ? '/' : out->data[i]);
    while ((out->len - start) % 4)
        buf_putc(out, '=');
}

void oidc_put_basic(const struct provider *p, struct buf *out)
{
    struct buf pair = {0};

    if (!p->client_secret.data || p->endpoints.wants_post)
        return;
    percent_encode(&pair, slice_of(p->client_id)); /* encoded by RFC 6749, 2.3.1 */
    buf_putc(&pair, ':');
    percent_encode(&pair, p->client_secret);
    buf_puts(out, "Basic ");
    put_base64(out, buf_slice(&pair));
    explicit_bzero(pair.data, pair.cap);
    buf_fini(&pair);
}

/* --- responses --- */

struct json_object *oidc_read_object(struct slice text)
{
    struct json_object *json;
    struct jread_fault fault;

    if (!jread_plain(text.data, text.len, DEPTH, &json, &fault))
        return NULL;
    if (json_object_is_type(json, json_type_object))
        return json;
    json_object_put(json);
    return NULL;
}

static bool is_bearer(const char *type)
{
    return type && strcasecmp(type, "bearer") == 0;
}

/* Returns what is wrong with a token response. GitHub sends errors with status 200. */
static const char *tokens_fault(const struct provider *p, struct json_object *json, int status,
                                bool *is_refused)
{
    const char *error = jget_text(json, "error"), *access = jget_text(json, "access_token");

    *is_refused = error && slice_is_choice("invalid_grant|bad_verification_code", error);
    if (error)
        return *is_refused ? "the code was refused" : "the token endpoint answered with an error";
    if (status != 200)
        return "the token endpoint did not answer 200";
    if (!access || !*access || strpbrk(access, "\r\n") || !is_bearer(jget_text(json, "token_type")))
        return "the response has no bearer token";
    return p->is_oidc && !jget_text(json, "id_token") ? "the response has no id_token" : NULL;
}

struct json_object *oidc_read_tokens(const struct provider *p, struct slice text, int status,
                                     bool *is_refused, struct fault *fault)
{
    struct json_object *json = oidc_read_object(text);
    const char *wrong;

    *is_refused = false;
    wrong = json ? tokens_fault(p, json, status, is_refused)
                 : "the token response is not a JSON object";
    if (!wrong)
        return json;
    fault_set(fault, "%s", wrong);
    json_object_put(json);
    return NULL;
}
