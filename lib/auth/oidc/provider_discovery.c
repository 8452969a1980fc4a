/* SPDX-License-Identifier: MIT */
/* Reads a provider's description of itself (OpenID Connect Discovery 1.0, 4; RFC 8414, 3). */
#include <ctype.h>

#include "lib/auth/oidc/provider.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

#define TENANT "{tenantid}"
enum { DEPTH = 16 };

void provider_put_discovery(const struct provider *p, struct buf *out)
{
    size_t len = strlen(p->issuer);

    buf_put(out, p->issuer, p->issuer[len - 1] == '/' ? len - 1 : len);
    buf_puts(out, "/.well-known/openid-configuration");
}

/* Returns what `iss` has in place of the template's {tenantid}; data is NULL if it does not
 * match. */
static struct slice tenant_of(const char *template, const char *iss)
{
    const char *at = strstr(template, TENANT);
    size_t before = at ? (size_t)(at - template) : 0, len = strlen(iss);
    size_t after = at ? strlen(at) - strlen(TENANT) : 0;

    if (!at || len <= before + after || memcmp(template, iss, before) != 0 ||
        memcmp(at + strlen(TENANT), iss + len - after, after) != 0)
        return (struct slice){NULL, 0};
    for (size_t i = before; i < len - after; i++)
        if (!isalnum((unsigned char)iss[i]) && iss[i] != '-')
            return (struct slice){NULL, 0};
    return (struct slice){iss + before, len - before - after};
}

bool provider_is_issuer(const struct provider *p, const char *iss, const char *tenant)
{
    const char *own = p->endpoints.issuer;
    struct slice part;

    if (!own || !iss)
        return false;
    if (strcmp(own, iss) == 0)
        return !strstr(own, TENANT);
    part = p->preset->has_tenants ? tenant_of(own, iss) : (struct slice){NULL, 0};
    return part.data && tenant && slice_is(part, tenant);
}

/* Returns true if the issuer is the configured one. Otherwise the rest of the metadata could be
 * someone else's. */
static bool is_expected(const struct provider *p, const char *issuer)
{
    return issuer && (strcmp(issuer, p->issuer) == 0 ||
                      (p->preset->has_tenants && tenant_of(issuer, p->issuer).data));
}

static bool read_url(const struct provider *p, struct json_object *json, const char *key,
                     char **out)
{
    const char *url = jget_text(json, key);

    if (url && !endpoint_is_named_well(url, p->issuer))
        return false;
    *out = url ? xstrdup(url) : NULL;
    return true;
}

static bool has_item(struct json_object *json, const char *key, const char *text)
{
    for (size_t i = 0; i < jget_count(json, key); i++)
        if (slice_is(jslice(jget_item(json, key, i)), text))
            return true;
    return false;
}

static const char *read_endpoints(const struct provider *p, struct json_object *json,
                                  struct endpoints *e)
{
    const char *methods = "token_endpoint_auth_methods_supported";

    if (!is_expected(p, jget_text(json, "issuer")))
        return "the discovered issuer differs from the configured one";
    e->issuer = xstrdup(jget_text(json, "issuer"));
    if (!read_url(p, json, "authorization_endpoint", &e->authorization) ||
        !read_url(p, json, "token_endpoint", &e->token) ||
        !read_url(p, json, "userinfo_endpoint", &e->user) ||
        !read_url(p, json, "jwks_uri", &e->jwks))
        return "an endpoint is not an https URL or is on this machine";
    if (!e->authorization || !e->token || !e->jwks)
        return "the provider's metadata lacks an endpoint";
    if (jget_count(json, "code_challenge_methods_supported") &&
        !has_item(json, "code_challenge_methods_supported", "S256"))
        return "the provider does not support PKCE with S256";
    e->says_issuer = jget_bool(json, "authorization_response_iss_parameter_supported");
    e->wants_post = !has_item(json, methods, "client_secret_basic") &&
                    has_item(json, methods, "client_secret_post");
    return NULL;
}

bool provider_discover(struct provider *p, struct slice text, struct fault *fault)
{
    struct endpoints e = {0};
    struct json_object *json;
    struct jread_fault unread;
    const char *wrong = jread_plain(text.data, text.len, DEPTH, &json, &unread)
                            ? read_endpoints(p, json, &e)
                            : "the provider's metadata is not JSON";

    json_object_put(json);
    if (wrong) {
        endpoints_fini(&e);
        return fault_set(fault, "%s", wrong);
    }
    endpoints_fini(&p->endpoints);
    p->endpoints = e;
    return true;
}
