/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/provider.h"

#include "lib/auth/oidc/oauth_state.h"
#include "lib/conf/secret.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"

static const struct provider_preset presets[] = {
#define PRESET(...) {__VA_ARGS__},
#include "lib/auth/oidc/provider.def"
#undef PRESET
};

static const struct provider_preset *find_preset(const char *name)
{
    for (size_t i = 0; i < sizeof(presets) / sizeof(*presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

void provider_close(struct provider *p)
{
    endpoints_fini(&p->endpoints);
    keyset_free(&p->keys);
}

/* --- configuration --- */

static char *copy_text(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

static const char *choose_text(struct json_object *item, const char *key, const char *fallback)
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

/* Reads the endpoints of plain OAuth 2 from the configuration, which has to name them all. */
static void set_endpoints(struct provider *p, struct json_object *item, const char *authorization)
{
    const struct provider_preset *known = p->preset;
    const char *user = choose_text(item, "user-url", known->user);
    bool has_emails = known->emails && user;
    char *emails = NULL;

    if (has_emails)
        emails = xasprintf("%s/emails", user);
    p->endpoints =
        (struct endpoints){.issuer = copy_text(p->issuer),
                           .authorization = copy_text(authorization),
                           .token = copy_text(choose_text(item, "token-url", known->token)),
                           .user = copy_text(user),
                           .emails = emails};
}

static const char *fault_of(const struct provider *p)
{
    const struct endpoints *e = &p->endpoints;

    if (strlen(p->name) >= OAUTH_STATE_PROVIDER)
        return "the name is too long";
    if (!endpoint_is_good(p->redirect) || (p->return_to && !endpoint_is_page(p->return_to)))
        return "redirect and return must be https URLs, or http URLs on this machine";
    if (p->is_oidc)
        return p->issuer && endpoint_is_good(p->issuer)
                   ? NULL
                   : "issuer must be an https URL, or an http URL on this machine";
    return e->token && e->user && endpoint_is_good(e->authorization) &&
                   endpoint_is_good(e->token) && endpoint_is_good(e->user)
               ? NULL
               : "authorization-url, token-url and user-url must be given together, as https URLs "
                 "or http URLs on this machine";
}

bool provider_open(struct provider *p, const char *name, struct json_object *item,
                   struct slice secrets, struct arena *arena, struct fault *fault)
{
    const struct provider_preset *known = find_preset(jget_text(item, "preset"));
    const char *authorization = choose_text(item, "authorization-url", known->authorization);
    const char *wrong;

    *p = (struct provider){
        .name = name,
        .issuer =
            choose_text(item, "issuer", jget(item, "authorization-url") ? NULL : known->issuer),
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
    wrong = fault_of(p);
    return !wrong || fault_set(fault, "identity.providers.%s: %s", name, wrong);
}
