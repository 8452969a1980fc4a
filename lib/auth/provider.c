/* SPDX-License-Identifier: MIT */
#include "lib/auth/provider.h"

#include <ctype.h>
#include <stdlib.h>

#include "lib/auth/attempt.h"
#include "lib/conf/secret.h"
#include "lib/core/jget.h"
#include "lib/core/jread.h"

#define TENANT "{tenantid}"
enum { DEPTH = 16, URL_MAX_ = 2048 };

static const struct provider_preset presets[] = {
#define PRESET(...) {__VA_ARGS__},
#include "lib/auth/provider.def"
#undef PRESET
};

static const struct provider_preset *find_preset(const char *name)
{
    for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

/* --- endpoints --- */

static bool is_local(struct slice authority)
{
    static const char *const hosts[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++) {
        size_t len = strlen(hosts[i]);

        if (authority.len >= len && strncasecmp(authority.data, hosts[i], len) == 0 &&
            (authority.len == len || authority.data[len] == ':'))
            return true;
    }
    return false;
}

static bool is_plain(const char *url)
{
    for (; *url; url++)
        if (!isgraph((unsigned char)*url) || strchr("\"<>\\^`{|}", *url))
            return false;
    return true;
}

bool provider_is_endpoint(const char *url)
{
    bool is_https = strncmp(url, "https://", 8) == 0, is_http = strncmp(url, "http://", 7) == 0;
    const char *at = url + (is_https ? 8 : 7);
    struct slice authority = {at, is_https || is_http ? strcspn(at, "/?#") : 0};

    return authority.len && strlen(url) <= URL_MAX_ && is_plain(url) && !strchr(url, '#') &&
           !memchr(authority.data, '@', authority.len) && (is_https || is_local(authority));
}

static void free_endpoints(struct provider_endpoints *e)
{
    free(e->issuer);
    free(e->authorization);
    free(e->token);
    free(e->user);
    free(e->emails);
    free(e->jwks);
    *e = (struct provider_endpoints){0};
}

void provider_close(struct provider *p)
{
    free_endpoints(&p->endpoints);
    keyset_free(&p->keys);
}

/* --- configuration --- */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static const char *choose(struct json_object *item, const char *key, const char *fallback)
{
    const char *text = jget_text(item, key);

    return text ? text : fallback;
}

static bool is_choice(struct json_object *item, const char *key, const char *choice)
{
    const char *text = jget_text(item, key);

    return text && strcmp(text, choice) == 0;
}

static const char *join_scopes(struct json_object *list, const char *fallback, struct arena *arena)
{
    const char *out = NULL;

    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        const char *one = json_object_get_string(json_object_array_get_idx(list, i));

        out = out ? arena_printf(arena, "%s %s", out, one) : one;
    }
    return out ? out : fallback;
}

/* Plain OAuth 2: everything stands in the configuration. */
static void set_endpoints(struct provider *p, struct json_object *item, const char *authorization)
{
    const struct provider_preset *known = p->preset;
    const char *user = choose(item, "user-url", known->user);
    bool has_emails = known->emails && user;
    char *emails = NULL;

    if (has_emails && asprintf(&emails, "%s/emails", user) < 0)
        abort();
    p->endpoints =
        (struct provider_endpoints){.issuer = copy(p->issuer),
                                    .authorization = copy(authorization),
                                    .token = copy(choose(item, "token-url", known->token)),
                                    .user = copy(user),
                                    .emails = emails};
}

static const char *fault_of(const struct provider *p)
{
    const struct provider_endpoints *e = &p->endpoints;

    if (strlen(p->name) >= ATTEMPT_PROVIDER)
        return "the name is too long";
    if (!provider_is_endpoint(p->redirect) || (p->return_to && !provider_is_endpoint(p->return_to)))
        return "redirect and return must be URLs of https, or of http on this machine";
    if (p->is_oidc)
        return p->issuer && provider_is_endpoint(p->issuer)
                   ? NULL
                   : "issuer must be a URL of https, or of http on this machine";
    return e->token && e->user && provider_is_endpoint(e->authorization) &&
                   provider_is_endpoint(e->token) && provider_is_endpoint(e->user)
               ? NULL
               : "authorization-url, token-url and user-url go together, and must be URLs of "
                 "https, "
                 "or of http on this machine";
}

bool provider_open(struct provider *p, const char *name, struct json_object *item,
                   struct slice secrets, struct arena *arena, const char **why)
{
    const struct provider_preset *known = find_preset(jget_text(item, "preset"));
    const char *authorization = choose(item, "authorization-url", known->authorization);
    const char *fault;

    *p = (struct provider){
        .name = name,
        .issuer = choose(item, "issuer", jget(item, "authorization-url") ? NULL : known->issuer),
        .preset = known,
        .is_oidc = !authorization,
        .client_id = jget_text(item, "client-id"),
        .redirect = jget_text(item, "redirect"),
        .scopes = join_scopes(jget(item, "scopes"), known->scopes, arena),
        .client_secret = secret_find(secrets, jget_text(item, "client-secret")),
        .return_to = jget_text(item, "return"),
        .links = is_choice(item, "link", "verified-email"),
        .trusts_email = is_choice(item, "email", "trusted"),
        .trusts_factor = is_choice(item, "second-factor", "trusted")};
    if (!p->is_oidc)
        set_endpoints(p, item, authorization);
    fault = fault_of(p);
    if (fault)
        *why = arena_printf(arena, "identity.providers.%s: %s", name, fault);
    return !fault;
}

/* --- discovery --- */

void provider_put_discovery(const struct provider *p, struct buf *out)
{
    size_t len = strlen(p->issuer);

    buf_put(out, p->issuer, p->issuer[len - 1] == '/' ? len - 1 : len);
    buf_puts(out, "/.well-known/openid-configuration");
}

/* What stands in `iss` where the template has {tenantid}; data is NULL where it does not fit. */
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

/* It must be the configured one, or everything below it could be somebody else's. */
static bool is_expected(const struct provider *p, const char *issuer)
{
    return issuer && (strcmp(issuer, p->issuer) == 0 ||
                      (p->preset->has_tenants && tenant_of(issuer, p->issuer).data));
}

static bool read_url(struct json_object *json, const char *key, char **out)
{
    const char *url = jget_text(json, key);

    if (url && !provider_is_endpoint(url))
        return false;
    *out = copy(url);
    return true;
}

static bool has_item(struct json_object *json, const char *key, const char *text)
{
    for (size_t i = 0; i < jget_count(json, key); i++) {
        const char *item = json_object_get_string(jget_item(json, key, i));

        if (item && strcmp(item, text) == 0)
            return true;
    }
    return false;
}

static const char *read_endpoints(const struct provider *p, struct json_object *json,
                                  struct provider_endpoints *e)
{
    const char *methods = "token_endpoint_auth_methods_supported";

    if (!is_expected(p, jget_text(json, "issuer")))
        return "the discovered issuer is another one";
    e->issuer = copy(jget_text(json, "issuer"));
    if (!read_url(json, "authorization_endpoint", &e->authorization) ||
        !read_url(json, "token_endpoint", &e->token) ||
        !read_url(json, "userinfo_endpoint", &e->user) || !read_url(json, "jwks_uri", &e->jwks))
        return "an endpoint is no URL of https";
    if (!e->authorization || !e->token || !e->jwks)
        return "an endpoint is missing in what it says of itself";
    if (jget_count(json, "code_challenge_methods_supported") &&
        !has_item(json, "code_challenge_methods_supported", "S256"))
        return "it does not support PKCE with S256";
    e->says_issuer = jget_bool(json, "authorization_response_iss_parameter_supported");
    e->wants_post = !has_item(json, methods, "client_secret_basic") &&
                    has_item(json, methods, "client_secret_post");
    return NULL;
}

bool provider_discover(struct provider *p, struct slice text, const char **why)
{
    struct provider_endpoints e = {0};
    struct json_object *json;
    struct jread_fault fault;

    *why = jread_text(text.data, text.len, DEPTH, NULL, &json, &fault)
               ? read_endpoints(p, json, &e)
               : "what it says of itself is no JSON";
    json_object_put(json);
    if (*why) {
        free_endpoints(&e);
        return false;
    }
    free_endpoints(&p->endpoints);
    p->endpoints = e;
    return true;
}
