/* SPDX-License-Identifier: MIT */
/* A schema applies to its place what it refers to and what its allOf lists. Alternatives,
 * conditions and dependent schemas apply perhaps: what they describe inside of the place is looked
 * for, but they are no parts. */
#include "lib/api/publish/schema_place.h"

#include <string.h>

#include "lib/api/publish/published.h"
#include "lib/core/json/jget.h"

enum { PLACES_DEPTH = 64, BRANCHES_DEPTH = 8 };

static bool is_map(struct json_object *json)
{
    return json_object_is_type(json, json_type_object);
}

static bool has_part(const struct schema_place *p, struct json_object *schema)
{
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        if (json_object_array_get_idx(p->schemas, i) == schema)
            return true;
    return false;
}

static void collect_parts(struct json_object *tree, struct json_object *schema, bool is_own,
                          struct schema_place *p)
{
    struct json_object *target = published_follow(tree, schema);

    if (!is_map(schema) || has_part(p, schema))
        return;
    json_object_array_add(p->schemas, json_object_get(schema));
    json_object_array_add(p->are_own, json_object_new_boolean(is_own));
    if (target != schema)
        collect_parts(tree, target, false, p);
    for (size_t i = 0; i < jget_count(schema, "allOf"); i++)
        collect_parts(tree, jget_item(schema, "allOf", i), is_own, p);
}

void schema_place_init(struct json_object *tree, struct json_object *schemas,
                       struct schema_place *p)
{
    *p = (struct schema_place){json_object_new_array(), json_object_new_array()};
    for (size_t i = 0; i < json_object_array_length(schemas); i++)
        collect_parts(tree, json_object_array_get_idx(schemas, i), true, p);
}

void schema_place_init_one(struct json_object *tree, struct json_object *schema,
                           struct schema_place *p)
{
    *p = (struct schema_place){json_object_new_array(), json_object_new_array()};
    collect_parts(tree, schema, true, p);
}

void schema_place_fini(struct schema_place *p)
{
    json_object_put(p->schemas);
    json_object_put(p->are_own);
}

bool schema_place_names(const struct schema_place *p, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        if (jget(jget(json_object_array_get_idx(p->schemas, i), "properties"), name))
            return true;
    return false;
}

bool schema_place_describes_inside(const struct schema_place *p)
{
    static const char *const keywords[] = {"properties", "patternProperties", "items"};

    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        for (size_t k = 0; k < sizeof(keywords) / sizeof(*keywords); k++)
            if (jget(json_object_array_get_idx(p->schemas, i), keywords[k]))
                return true;
    return false;
}

static bool has_keyword(const struct schema_place *p, const char *keyword)
{
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        if (jget(json_object_array_get_idx(p->schemas, i), keyword))
            return true;
    return false;
}

static bool may_describe(struct json_object *tree, struct json_object *schema, const char *map,
                         const char *key, unsigned depth);

static bool may_any_describe(struct json_object *tree, struct json_object *schema,
                             const char *keyword, const char *map, const char *key, unsigned depth)
{
    struct json_object *all = jget(schema, keyword);

    for (size_t i = 0; i < jget_count(schema, keyword); i++)
        if (may_describe(tree, jget_item(schema, keyword, i), map, key, depth))
            return true;
    if (strcmp(keyword, "dependentSchemas") == 0 && is_map(all)) {
        json_object_object_foreach(all, name, one)
        {
            (void)name;
            if (may_describe(tree, one, map, key, depth))
                return true;
        }
    } else if (is_map(all)) {
        return may_describe(tree, all, map, key, depth);
    }
    return false;
}

static const char *const conditional[] = {"anyOf", "oneOf", "if",
                                          "then",  "else",  "dependentSchemas"};

/* Returns true if one of the schema's conditional parts describes that place, too. */
static bool is_described_at_times(struct json_object *tree, struct json_object *schema,
                                  const char *map, const char *key, unsigned depth)
{
    for (size_t i = 0; i < sizeof(conditional) / sizeof(*conditional); i++)
        if (may_any_describe(tree, schema, conditional[i], map, key, depth))
            return true;
    return false;
}

/* Returns true if the schema, or what it applies perhaps, describes the member or the items. */
static bool may_describe(struct json_object *tree, struct json_object *schema, const char *map,
                         const char *key, unsigned depth)
{
    struct json_object *target = published_follow(tree, schema);

    if (!depth || !is_map(schema))
        return depth == 0;
    return jget(map ? jget(schema, map) : schema, key) || jget(schema, "patternProperties") ||
           (target != schema && may_describe(tree, target, map, key, depth - 1)) ||
           may_any_describe(tree, schema, "allOf", map, key, depth - 1) ||
           is_described_at_times(tree, schema, map, key, depth - 1);
}

/* Returns true if a member may match a pattern, and be described by something else as well. */
static bool has_overlap(const struct schema_place *p, const char *map)
{
    size_t patterns = 0;

    for (size_t i = 0; i < json_object_array_length(p->schemas); i++) {
        struct json_object *m = jget(json_object_array_get_idx(p->schemas, i), "patternProperties");

        patterns += is_map(m) ? (size_t)json_object_object_length(m) : 0;
    }
    return patterns > 1 ||
           (patterns && (has_keyword(p, "properties") || strcmp(map, "properties") == 0));
}

bool schema_place_is_open_ended(struct json_object *tree, const struct schema_place *p,
                                const char *map, const char *key)
{
    if (map && has_overlap(p, map))
        return true;
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        if (is_described_at_times(tree, json_object_array_get_idx(p->schemas, i), map, key,
                                  BRANCHES_DEPTH))
            return true;
    return false;
}

/* Returns true if the schema, or one that it applies perhaps, names members. */
static bool names_members(struct json_object *tree, struct json_object *schema, unsigned depth)
{
    static const char *const lists[] = {"allOf", "anyOf", "oneOf"};
    struct json_object *target = published_follow(tree, schema);

    if (!depth || !is_map(schema))
        return false;
    if (jget(schema, "properties") || jget(schema, "patternProperties") ||
        (target != schema && names_members(tree, target, depth - 1)))
        return true;
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        for (size_t k = 0; k < jget_count(schema, lists[i]); k++)
            if (names_members(tree, jget_item(schema, lists[i], k), depth - 1))
                return true;
    return names_members(tree, jget(schema, "then"), depth - 1) ||
           names_members(tree, jget(schema, "else"), depth - 1);
}

bool schema_place_is_closable(struct json_object *tree, const struct schema_place *p)
{
    bool names = false;

    for (size_t i = 0; i < json_object_array_length(p->schemas); i++) {
        struct json_object *schema = json_object_array_get_idx(p->schemas, i);

        if (jget(schema, "additionalProperties") || jget(schema, "unevaluatedProperties"))
            return false;
        names = names || names_members(tree, schema, PLACES_DEPTH);
    }
    return names;
}

struct json_object *schema_place_list_inside(const struct schema_place *p, const char *map,
                                             const char *key, bool *is_own)
{
    struct json_object *out = json_object_new_array();

    *is_own = true;
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++) {
        struct json_object *schema = json_object_array_get_idx(p->schemas, i);
        struct json_object *inside = jget(map ? jget(schema, map) : schema, key);

        if (!is_map(inside))
            continue;
        json_object_array_add(out, json_object_get(inside));
        *is_own &= json_object_get_boolean(json_object_array_get_idx(p->are_own, i));
    }
    *is_own &= json_object_array_length(out) == 1;
    return out;
}
