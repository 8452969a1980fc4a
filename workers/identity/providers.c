/* SPDX-License-Identifier: MIT */
#include "workers/identity/providers.h"

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "workers/identity/auth.h"
#include "workers/outbound/outbound.h"

enum { DISCOVERY_S = 3600, SHARE_MAX = 16 };

bool providers_open(struct worker *w, struct fault *fault)
{
    struct providers *all = &w->auth->providers;
    struct json_object *table = conf_get(w->config, "identity.providers");
    bool ok = true;

    all->list =
        arena_zalloc(&w->arena, (size_t)json_object_object_length(table) * sizeof(*all->list));
    json_object_object_foreach(table, name, item)
    {
        struct provider_state *s = &all->list[all->count++];

        ok = ok && provider_open(&s->provider, name, item, w->secrets, &w->arena, fault);
        s->keys = (struct jwks){.name = name, .keys = &s->provider.keys};
    }
    all->share = (unsigned)(OUTBOUND_MAX / (all->count + 1));
    if (all->share > SHARE_MAX)
        all->share = SHARE_MAX;
    return ok;
}

void providers_close(struct worker *w)
{
    struct providers *all = &w->auth->providers;

    for (size_t i = 0; i < all->count; i++)
        provider_close(&all->list[i].provider);
    all->count = 0;
}

struct provider_state *providers_find(struct worker *w, const char *name)
{
    struct providers *all = &w->auth->providers;

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i].provider.name, name) == 0)
            return &all->list[i];
    return NULL;
}

bool providers_wants_discovery(const struct provider_state *s)
{
    return s->provider.is_oidc &&
           (!s->discovered_ns || clock_ns() - s->discovered_ns >= DISCOVERY_S * NS_PER_S);
}

/* Checks the URLs from which the keys of other issuers are fetched. */
static void check_issuers(struct json_object *config, struct diags *diags)
{
    json_object_object_foreach(conf_get(config, "identity.issuers"), name, item)
    {
        const char *url = jget_text(item, "jwks-url");

        if (url && !endpoint_is_good(url))
            diag_error(diags, mark_where(jget(item, "jwks-url")),
                       "identity.issuers.%s.jwks-url: must be an https URL, or an http URL on this "
                       "machine",
                       name);
    }
}

void providers_check(struct json_object *config, struct diags *diags)
{
    struct arena arena = {0};

    check_issuers(config, diags);

    json_object_object_foreach(conf_get(config, "identity.providers"), name, item)
    {
        struct provider p;
        struct fault fault;

        if (!provider_open(&p, name, item, (struct slice){NULL, 0}, &arena, &fault))
            diag_error(diags, mark_where(item), "%s", fault.text);
        provider_close(&p);
    }
    arena_fini(&arena);
}
