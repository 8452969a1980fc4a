/* SPDX-License-Identifier: MIT */
#include "lib/api/request/security.h"

#include <string.h>

#include "lib/core/json/jget.h"

static enum scheme_kind parse_kind(const char *text)
{
    static const char *const texts[] = {SCHEME_KINDS(ENUM_TEXT)};
    size_t found = enum_parse(texts, SCHEME_KIND_COUNT, text);

    /* another one is only in a document with errors */
    return found < SCHEME_KIND_COUNT ? (enum scheme_kind)found : SCHEME_BEARER;
}

struct scheme *security_load_schemes(struct json_object *schemes, struct arena *arena,
                                     size_t *count)
{
    size_t n =
        json_object_is_type(schemes, json_type_array) ? json_object_array_length(schemes) : 0;
    struct scheme *out = arena_zalloc(arena, (n + 1) * sizeof(*out));

    for (size_t i = 0; i < n; i++) {
        struct json_object *record = json_object_array_get_idx(schemes, i);
        const char *key = jget_text(record, "key");

        out[i] = (struct scheme){.name = arena_strdup(arena, jget_text(record, "name")),
                                 .kind = parse_kind(jget_text(record, "kind")),
                                 .key = key ? arena_strdup(arena, key) : NULL};
    }
    *count = n;
    return out;
}

/* Returns the scheme's index among the operation's schemes, adding it if necessary. */
static size_t enter_scheme(struct security *s, const struct scheme *scheme)
{
    for (size_t i = 0; i < s->scheme_count; i++)
        if (s->schemes[i] == scheme)
            return i;
    if (s->scheme_count == SECURITY_SCHEMES_MAX)
        return SECURITY_SCHEMES_MAX; /* reported when the document was read */
    s->schemes[s->scheme_count] = scheme;
    return s->scheme_count++;
}

static void load_requirement(struct requirement *r, struct json_object *scopes, struct arena *arena)
{
    size_t n = json_object_is_type(scopes, json_type_array) ? json_object_array_length(scopes) : 0;

    r->scopes = arena_zalloc(arena, (n + 1) * sizeof(*r->scopes));
    r->scope_count = n;
    for (size_t i = 0; i < n; i++) {
        const char *scope = json_object_get_string(json_object_array_get_idx(scopes, i));

        r->scopes[i] = arena_strdup(arena, scope ? scope : "");
    }
}

static void load_alternative(struct security *s, struct alternative *alternative,
                             struct json_object *json, const struct scheme *schemes,
                             size_t scheme_count, struct arena *arena)
{
    if (!json_object_is_type(json, json_type_object))
        return;
    alternative->requirements = arena_zalloc(arena, ((size_t)json_object_object_length(json) + 1) *
                                                        sizeof(*alternative->requirements));
    json_object_object_foreach(json, name, scopes)
    {
        struct requirement *r = &alternative->requirements[alternative->count++];

        r->scheme = SECURITY_SCHEMES_MAX; /* can never be met */
        for (size_t i = 0; i < scheme_count; i++)
            if (strcmp(schemes[i].name, name) == 0)
                r->scheme = enter_scheme(s, &schemes[i]);
        load_requirement(r, scopes, arena);
    }
}

void security_load(struct security *out, struct json_object *security, const struct scheme *schemes,
                   size_t scheme_count, struct arena *arena)
{
    size_t n =
        json_object_is_type(security, json_type_array) ? json_object_array_length(security) : 0;

    out->alternatives = arena_zalloc(arena, (n + 1) * sizeof(*out->alternatives));
    out->alternative_count = n;
    for (size_t i = 0; i < n; i++)
        load_alternative(out, &out->alternatives[i], json_object_array_get_idx(security, i),
                         schemes, scheme_count, arena);
}
