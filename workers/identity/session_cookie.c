/* SPDX-License-Identifier: MIT */
#include "workers/identity/session_cookie.h"

#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"

static bool has_builtin(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->count; i++)
        if (api->operations[i].builtin && strcmp(api->operations[i].builtin, name) == 0)
            return true;
    return false;
}

/* Returns true if a login at a provider ends on a page, with a cookie. */
static bool has_return_page(struct json_object *config)
{
    json_object_object_foreach(conf_get(config, "identity.providers"), name, provider)
    {
        (void)name;
        if (jget(provider, "return"))
            return true;
    }
    return false;
}

bool session_cookie_is_set(const struct api *api, struct json_object *config)
{
    return has_builtin(api, "auth.login-cookie") ||
           (has_builtin(api, "oauth.callback") && has_return_page(config));
}

/* Returns the next cookie that the operation takes, from its scheme *at on, or NULL. */
static const char *cookie_of(const struct operation *op, size_t *at)
{
    for (; *at < op->security.scheme_count; ++*at)
        if (op->security.schemes[*at]->kind == SCHEME_COOKIE)
            return op->security.schemes[(*at)++]->key;
    return NULL;
}

bool session_cookie_is_taken(const struct api *api, const char *name)
{
    for (size_t i = 0; i < api->count; i++) {
        const char *taken;

        for (size_t at = 0; (taken = cookie_of(&api->operations[i], &at));)
            if (strcmp(taken, name) == 0)
                return true;
    }
    return false;
}

/* Returns the name of the cookies that operations take, or NULL if there is none or several. */
static const char *only_cookie(const struct api *api)
{
    const char *only = NULL, *taken;

    for (size_t i = 0; i < api->count; i++)
        for (size_t at = 0; (taken = cookie_of(&api->operations[i], &at)); only = taken)
            if (only && strcmp(only, taken) != 0)
                return NULL;
    return only;
}

const char *session_cookie_name(const struct api *api, struct json_object *config)
{
    const char *name = conf_string(config, "identity.session.cookie"), *other;

    if (!session_cookie_is_set(api, config) || session_cookie_is_taken(api, name))
        return name;
    other = only_cookie(api);
    return other ? other : name;
}
