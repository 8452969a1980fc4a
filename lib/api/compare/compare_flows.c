/* SPDX-License-Identifier: MIT */
/* Compares where clients get their tokens, which no operation tells: the flows of OAuth 2.0
 * (OpenAPI 3.1, 4.8.28 and 4.8.29) and the URL of OpenID Connect. */
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/json/jget.h"

static const char *const urls[] = {"authorizationUrl", "tokenUrl", "deviceAuthorizationUrl",
                                   "refreshUrl", "openIdConnectUrl"};

/* Compares the URLs of a flow or scheme. A client that uses none is not hurt by a new one. */
static void compare_urls(struct comparison *c, struct json_object *old, struct json_object *new)
{
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
        const char *was = jget_text(old, urls[i]), *is = jget_text(new, urls[i]);

        if (was && is && strcmp(was, is) != 0)
            comparison_say(c, true, urls[i], "was %s, is now %s", was, is);
        else if (was && !is)
            comparison_say(c, true, urls[i], "%s is gone", was);
        else if (is && !was)
            comparison_say(c, false, urls[i], "%s is new", is);
    }
}

/* Reports the scopes of `from` that `to` lacks. */
static void say_scopes(struct comparison *c, struct json_object *from, struct json_object *to,
                       bool is_break)
{
    if (!json_object_is_type(from, json_type_object))
        return;
    json_object_object_foreach(from, scope, text)
    {
        (void)text;
        if (!json_object_object_get_ex(to, scope, NULL))
            comparison_say(c, is_break, "scopes", "%s is %s", scope, is_break ? "gone" : "new");
    }
}

static void compare_flow(struct comparison *c, struct json_object *old, struct json_object *new)
{
    if (!old || !new) {
        comparison_say(c, !new, "flows", "the flow is %s", new ? "new" : "gone");
        return;
    }
    compare_urls(c, old, new);
    say_scopes(c, jget(old, "scopes"), jget(new, "scopes"), true);
    say_scopes(c, jget(new, "scopes"), jget(old, "scopes"), false);
}

static void compare_flows(struct comparison *c, const char *name, struct json_object *old,
                          struct json_object *new)
{
    static const char *const flows[] = {"implicit", "password", "clientCredentials",
                                        "authorizationCode", "deviceAuthorization"};

    for (size_t i = 0; i < sizeof(flows) / sizeof(*flows); i++) {
        struct json_object *was = jget(old, flows[i]), *is = jget(new, flows[i]);

        c->where = arena_printf(&c->out->arena, "scheme %s %s", name, flows[i]);
        if (was || is)
            compare_flow(c, was, is);
    }
}

static struct json_object *find_schemes(const struct published_side *s)
{
    return jget(jget(s->tree, "components"), "securitySchemes");
}

/* Returns the scheme of that name, or else the first of its type that the other side does not
 * name: names are no matter of clients. */
static struct json_object *find_scheme(const struct published_side *s, const char *name,
                                       const char *type, struct json_object *others)
{
    struct json_object *schemes = find_schemes(s), *found = jget(schemes, name);

    if (found || !json_object_is_type(schemes, json_type_object))
        return published_side_follow(s, found);
    json_object_object_foreach(schemes, key, value)
    {
        struct json_object *scheme = published_side_follow(s, value);
        const char *its = jget_text(scheme, "type");

        if (its && strcmp(its, type) == 0 && !jget(others, key))
            return scheme;
    }
    return NULL;
}

void comparison_flows(struct comparison *c)
{
    struct json_object *schemes = find_schemes(c->old_side);

    if (!json_object_is_type(schemes, json_type_object))
        return;
    json_object_object_foreach(schemes, name, value)
    {
        struct json_object *old = published_side_follow(c->old_side, value), *new;
        const char *type = jget_text(old, "type");

        if (!type || !slice_is_choice("oauth2|openIdConnect", type) ||
            !(new = find_scheme(c->new_side, name, type, schemes)))
            continue;
        c->where = arena_printf(&c->out->arena, "scheme %s", name);
        compare_urls(c, old, new);
        compare_flows(c, name, jget(old, "flows"), jget(new, "flows"));
    }
}
