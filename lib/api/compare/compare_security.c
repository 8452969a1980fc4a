/* SPDX-License-Identifier: MIT */
/* Compares the security of an operation (OpenAPI 3.1, 4.8.30): a list of alternatives, of which one
 * must be met. Each names schemes, all of which must be met, with scopes. */
#include <ctype.h>
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/json/jget.h"

static const char *to_lower(struct arena *arena, const char *text)
{
    char *out = arena_strdup(arena, text);

    for (char *at = out; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return out;
}

/* Returns what the scheme asks a client to send, whatever its name: tokens for OAuth 2.0 and OpenID
 * Connect are bearer tokens. In the arena. */
static const char *credential_of(struct arena *arena, const struct published_side *side,
                                 const char *name)
{
    struct json_object *schemes = jget(jget(side->tree, "components"), "securitySchemes");
    struct json_object *scheme = published_side_follow(side, jget(schemes, name));
    const char *type = jget_text(scheme, "type"), *in = jget_text(scheme, "in"),
               *called = jget_text(scheme, "name"), *http = jget_text(scheme, "scheme");
    bool is_header = in && strcmp(in, "header") == 0;

    if (!type)
        return name;
    if (strcmp(type, "http") == 0 && http)
        return to_lower(arena, arena_printf(arena, "http %s", http));
    if (strcmp(type, "apiKey") == 0 && in && called)
        return arena_printf(arena, "%s %s", in, is_header ? to_lower(arena, called) : called);
    return slice_is_choice("oauth2|openIdConnect", type) ? "http bearer" : type;
}

static bool has_scope(struct json_object *scopes, const char *scope)
{
    for (size_t i = 0; scope && i < json_object_array_length(scopes); i++) {
        const char *one = json_object_get_string(json_object_array_get_idx(scopes, i));

        if (one && strcmp(one, scope) == 0)
            return true;
    }
    return !scope;
}

/* One side of the comparison. */
struct requirer {
    struct json_object *record;
    const struct published_side *side;
};

/* Returns true if the scopes include all those that are wanted. */
static bool has_scopes(struct json_object *scopes, struct json_object *wanted)
{
    for (size_t i = 0; wanted && i < json_object_array_length(wanted); i++)
        if (!json_object_is_type(scopes, json_type_array) ||
            !has_scope(scopes, json_object_get_string(json_object_array_get_idx(wanted, i))))
            return false;
    return true;
}

/* Returns true if a client that meets `had` sends this credential with these scopes. */
static bool sends(struct arena *arena, const struct requirer *from, struct json_object *had,
                  const char *credential, struct json_object *wanted)
{
    if (!json_object_is_type(had, json_type_object))
        return false;
    json_object_object_foreach(had, name, scopes)
    {
        if (strcmp(credential_of(arena, from->side, name), credential) == 0 &&
            has_scopes(scopes, wanted))
            return true;
    }
    return false;
}

/* Returns true if a client that meets `had` meets `wants` too. */
static bool is_enough(struct arena *arena, const struct requirer *from, struct json_object *had,
                      const struct requirer *to, struct json_object *wants)
{
    if (!json_object_is_type(wants, json_type_object))
        return true;
    json_object_object_foreach(wants, name, scopes)
    {
        if (!sends(arena, from, had, credential_of(arena, to->side, name), scopes))
            return false;
    }
    return true;
}

/* Returns true if a client that meets `had` is admitted. Without alternatives everyone is. */
static bool is_admitted(struct arena *arena, const struct requirer *from, struct json_object *had,
                        const struct requirer *to)
{
    size_t n = jget_count(to->record, "security");

    for (size_t i = 0; i < n; i++)
        if (is_enough(arena, from, had, to, jget_item(to->record, "security", i)))
            return true;
    return n == 0;
}

/* Formats an alternative: {bearer: [todos:read], key: []} becomes "bearer(todos:read)+key", and {}
 * becomes "". A scheme that is another one on the other side is followed by what it is. */
static const char *text_of(struct arena *arena, const struct requirer *from,
                           const struct requirer *to, struct json_object *alternative)
{
    const char *out = "";

    if (!json_object_is_type(alternative, json_type_object))
        return out;
    json_object_object_foreach(alternative, name, scopes)
    {
        const char *credential = credential_of(arena, from->side, name);

        out = arena_printf(arena, "%s%s%s", out, *out ? "+" : "", name);
        if (strcmp(credential, credential_of(arena, to->side, name)) != 0)
            out = arena_printf(arena, "%s[%s]", out, credential);
        for (size_t i = 0; i < jget_count(alternative, name); i++)
            out = arena_printf(arena, "%s%s%s", out, i ? "," : "(",
                               json_object_get_string(json_object_array_get_idx(scopes, i)));
        if (jget_count(alternative, name))
            out = arena_printf(arena, "%s)", out);
    }
    return out;
}

/* Reports each alternative of `from` with which a client meets none of `to`. */
static void say_ways(struct comparison *c, const struct requirer *from, const struct requirer *to,
                     bool is_break)
{
    size_t n = jget_count(from->record, "security");
    struct arena *arena = &c->out->arena;

    for (size_t i = 0; i < n || (i == 0 && n == 0); i++) {
        struct json_object *alternative = n ? jget_item(from->record, "security", i) : NULL;
        const char *text = text_of(arena, from, to, alternative);

        if (is_admitted(arena, from, alternative, to))
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
    const struct requirer old = {c->old_record, c->old_side}, new = {c->new_record, c->new_side};

    say_ways(c, &old, &new, true);
    say_ways(c, &new, &old, false);
}
