/* SPDX-License-Identifier: MIT */
#include "lib/auth/store/identity.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/buf.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/text/scope.h"

struct identity *identity_new(enum identity_kind kind)
{
    struct identity *who = xcalloc(1, sizeof(*who));

    who->references = 1;
    who->kind = kind;
    return who;
}

struct identity *identity_ref(struct identity *who)
{
    assert(who->references > 0);
    who->references++;
    return who;
}

void identity_unref(struct identity **whop)
{
    struct identity *who = *whop;

    *whop = NULL;
    assert(!who || who->references > 0);
    if (!who || --who->references)
        return;
    free(who->subject);
    free(who->id);
    free(who->scope);
    free(who->roles);
    free(who->csrf_hash);
    json_object_put(who->claims);
    free(who);
}

bool identity_has_scope(const struct identity *who, const char *scope)
{
    return who->scope && scope_list_has(slice_of(who->scope), slice_of(scope));
}

static void add_list(struct buf *out, struct json_object *list)
{
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;

    for (size_t i = 0; i < n; i++) {
        const char *scope = json_object_get_string(json_object_array_get_idx(list, i));

        if (scope_list_has(buf_slice(out), slice_of(scope)))
            continue;
        buf_printf(out, "%s%s", out->len ? " " : "", scope);
    }
}

char *identity_scopes(struct json_object *config, const char *roles)
{
    struct json_object *list = NULL, *known = conf_get(config, "identity.roles");
    struct jread_fault fault;
    struct buf out = {0};

    add_list(&out, conf_get(config, "identity.scopes"));
    if (roles && jread_text(roles, strlen(roles), 2, NULL, &list, &fault) &&
        json_object_is_type(list, json_type_array))
        for (size_t i = 0; i < json_object_array_length(list); i++) {
            struct slice role = jslice(json_object_array_get_idx(list, i));

            /* NUL is possible: any SQL may have written the role. */
            if (role.data && strlen(role.data) == role.len)
                add_list(&out, jget(known, role.data));
        }
    json_object_put(list);
    buf_text(&out);
    return out.data;
}
