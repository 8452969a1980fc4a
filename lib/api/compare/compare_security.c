/* SPDX-License-Identifier: MIT */
/* Compares the security of an operation (OpenAPI 3.1, 4.8.30): a list of alternatives, of which one
 * must be met. Each names schemes, all of which must be met, with scopes. */
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/json/jget.h"

static bool has_scope(struct json_object *scopes, const char *scope)
{
    for (size_t i = 0; scope && i < json_object_array_length(scopes); i++) {
        const char *one = json_object_get_string(json_object_array_get_idx(scopes, i));

        if (one && strcmp(one, scope) == 0)
            return true;
    }
    return !scope;
}

/* Returns true if a client that meets `had` meets `wants` too. */
static bool is_enough(struct json_object *had, struct json_object *wants)
{
    if (!json_object_is_type(wants, json_type_object))
        return true;
    json_object_object_foreach(wants, name, scopes)
    {
        struct json_object *own;

        if (!had || !json_object_object_get_ex(had, name, &own))
            return false;
        for (size_t i = 0; i < jget_count(wants, name); i++)
            if (!json_object_is_type(own, json_type_array) ||
                !has_scope(own, json_object_get_string(json_object_array_get_idx(scopes, i))))
                return false;
    }
    return true;
}

/* Returns true if a client that meets `had` is admitted. Without alternatives everyone is. */
static bool is_admitted(struct json_object *had, struct json_object *record)
{
    size_t n = jget_count(record, "security");

    for (size_t i = 0; i < n; i++)
        if (is_enough(had, jget_item(record, "security", i)))
            return true;
    return n == 0;
}

/* Formats an alternative: {bearer: [todos:read], key: []} becomes "bearer(todos:read)+key", and {}
 * becomes "". */
static const char *text_of(struct arena *arena, struct json_object *alternative)
{
    const char *out = "";

    if (!json_object_is_type(alternative, json_type_object))
        return out;
    json_object_object_foreach(alternative, name, scopes)
    {
        out = arena_printf(arena, "%s%s%s", out, *out ? "+" : "", name);
        for (size_t i = 0; i < jget_count(alternative, name); i++)
            out = arena_printf(arena, "%s%s%s", out, i ? "," : "(",
                               json_object_get_string(json_object_array_get_idx(scopes, i)));
        if (jget_count(alternative, name))
            out = arena_printf(arena, "%s)", out);
    }
    return out;
}

/* Reports each alternative in `these` with which a client meets none of `those`. */
static void say_ways(struct comparison *c, struct json_object *these, struct json_object *those,
                     bool is_break)
{
    size_t n = jget_count(these, "security");

    for (size_t i = 0; i < n || (i == 0 && n == 0); i++) {
        struct json_object *alternative = n ? jget_item(these, "security", i) : NULL;
        const char *text = text_of(&c->out->arena, alternative);

        if (is_admitted(alternative, those))
            continue;
        if (*text)
            comparison_say(c, is_break, "security", "%s is %s", text,
                           is_break ? "no longer sufficient" : "now sufficient");
        else
            comparison_say(c, is_break, "security", "calls without credentials are now %s",
                           is_break ? "refused" : "accepted");
    }
}

void comparison_security(struct comparison *c)
{
    say_ways(c, c->old_record, c->new_record, true);
    say_ways(c, c->new_record, c->old_record, false);
}
