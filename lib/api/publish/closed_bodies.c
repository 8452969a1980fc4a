/* SPDX-License-Identifier: MIT */
/* A request's object is closed at its place in the value, by all schemas that describe it
 * (lib/schema/joint.h). A published document has to say the same with unevaluatedProperties, which
 * sees only the schema that contains it and what that applies. So each place in the value needs
 * one schema that applies all others of the place:
 *
 *     one schema, written in the body itself      gets the keyword
 *     one that a $ref leads to, or several of     a new component applies them all and gets the
 *     allOf branches                              keyword; the body's schema applies it there
 *
 * A component that the author wrote is never changed, since responses may use it too. Components
 * that are made are found again by what they apply, so that recursive schemas end. Places inside of
 * alternatives that a $ref leads to are left open: what is published may accept more than what is
 * served, never less. */
#include "lib/api/publish/closed_bodies.h"

#include <ctype.h>
#include <string.h>

#include "lib/api/publish/schema_place.h"
#include "lib/api/publish/published.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"

enum { PLACES_DEPTH = 64, WISH_MAX = 64 };

struct closer {
    struct bundle *bundle;
    struct json_object *tree;
    struct json_object *made; /* JSON text of the schemas of a place → name of the component */
    unsigned depth, asked;    /* of the place being closed, and of the one being asked about */
};

static void close_place(struct closer *c, struct json_object *owner);
static void close_contents(struct closer *c, struct json_object *owner,
                           const struct schema_place *p);

static bool is_map(struct json_object *json)
{
    return json_object_is_type(json, json_type_object);
}

/* --- the places inside --- */

static const char *to_text(struct closer *c, struct json_object *json)
{
    struct buf text = {0};
    const char *copy;

    jwrite_value(&text, json);
    copy = arena_strndup(c->bundle->refs->arena, text.data, text.len);
    buf_fini(&text);
    return copy;
}

/* Returns true if the schemas can be copied. One that has a name cannot: its copy would have the
 * same name. */
static bool is_copyable(const char *text)
{
    return !strstr(text, "\"$id\"") && !strstr(text, "\"$anchor\"") && !strstr(text, "\"$dynamic");
}

static bool needs_closing(struct closer *c, struct json_object *schemas, struct json_object *seen);

static bool needs_inside(struct closer *c, const struct schema_place *p, const char *map,
                         const char *key, struct json_object *seen)
{
    bool is_own, needs;
    struct json_object *inside = schema_place_list_inside(p, map, key, &is_own);

    needs = needs_closing(c, inside, seen);
    json_object_put(inside);
    return needs;
}

static bool needs_any(struct closer *c, const struct schema_place *p, struct json_object *seen)
{
    static const char *const maps[] = {"properties", "patternProperties"};

    for (size_t i = 0; i < json_object_array_length(p->schemas); i++)
        for (size_t k = 0; k < 2; k++) {
            struct json_object *map = jget(json_object_array_get_idx(p->schemas, i), maps[k]);

            if (!is_map(map))
                continue;
            json_object_object_foreach(map, name, schema)
            {
                if (is_map(schema) && needs_inside(c, p, maps[k], name, seen))
                    return true;
            }
        }
    return needs_inside(c, p, NULL, "items", seen);
}

/* Returns true if the place of these schemas, or one inside, is to be closed. `seen` has the places
 * that are being asked already. */
static bool needs_closing(struct closer *c, struct json_object *schemas, struct json_object *seen)
{
    const char *text = to_text(c, schemas);
    struct schema_place p;
    bool needs;

    if (!json_object_array_length(schemas) || jget(seen, text) || c->asked == PLACES_DEPTH)
        return false;
    json_object_object_add(seen, text, json_object_new_boolean(true));
    schema_place_init(c->tree, schemas, &p);
    c->asked++;
    needs = schema_place_is_closable(c->tree, &p) || needs_any(c, &p, seen);
    c->asked--;
    schema_place_fini(&p);
    return needs;
}

/* --- closing --- */

/* Makes a name for a component: from the component that the only schema refers to, or else from the
 * member. */
static const char *wish_for(struct closer *c, struct json_object *schemas, const char *key)
{
    const char *ref = jget_text(json_object_array_get_idx(schemas, 0), "$ref");
    char wish[WISH_MAX], *to = wish;

    if (json_object_array_length(schemas) == 1 && ref)
        key = strrchr(ref, '/') ? strrchr(ref, '/') + 1 : ref;
    for (; *key && to < wish + sizeof(wish) - 1; key++)
        *to++ = *key;
    *to = '\0';
    for (to = wish; *to; to++)
        if (!isalnum((unsigned char)*to) && !strchr("._-", *to))
            *to = '_';
    return arena_printf(c->bundle->refs->arena, "%sRequest", wish);
}

/* Returns the name of a component that applies the schemas and is closed. */
static const char *make_component(struct closer *c, struct json_object *schemas, const char *text,
                                  const char *key)
{
    struct json_object *copies = json_tokener_parse(text), *component;
    const char *name = jget_text(c->made, text);

    if (!name) {
        if (json_object_array_length(schemas) == 1) {
            component = json_object_get(json_object_array_get_idx(copies, 0));
        } else {
            component = json_object_new_object();
            json_object_object_add(component, "allOf", json_object_get(copies));
        }
        name = published_component(c->bundle, c->tree, "schemas", wish_for(c, schemas, key),
                                   component);
        jput_text(c->made, text, name);
        close_place(c, component);
    }
    json_object_put(copies);
    return name;
}

/* Makes `extra`, which the owner applies, close one place inside. */
static void close_apart(struct closer *c, struct json_object *schemas, const char *map,
                        const char *key, struct json_object *extra)
{
    struct json_object *seen = json_object_new_object();
    const char *text = to_text(c, schemas);

    if (is_copyable(text) && needs_closing(c, schemas, seen))
        json_object_object_add(
            map ? published_child(extra, map) : extra, key,
            published_ref(c->bundle, "schemas", make_component(c, schemas, text, key)));
    json_object_put(seen);
}

static void close_inside(struct closer *c, const struct schema_place *p, const char *map,
                         const char *key, struct json_object *extra)
{
    bool is_own;
    struct json_object *inside = schema_place_list_inside(p, map, key, &is_own);

    if (schema_place_is_open_ended(c->tree, p, map, key))
        ; /* stays open */
    else if (is_own)
        close_place(c, json_object_array_get_idx(inside, 0));
    else if (!jget(map ? jget(extra, map) : extra, key))
        close_apart(c, inside, map, key, extra);
    json_object_put(inside);
}

static void close_all_inside(struct closer *c, const struct schema_place *p,
                             struct json_object *extra)
{
    static const char *const maps[] = {"properties", "patternProperties"};
    bool has_prefix = false;

    for (size_t i = 0; i < json_object_array_length(p->schemas); i++) {
        struct json_object *schema = json_object_array_get_idx(p->schemas, i);

        has_prefix |= jget(schema, "prefixItems") != NULL;
        for (size_t k = 0; k < 2; k++) {
            if (!is_map(jget(schema, maps[k])))
                continue;
            json_object_object_foreach(jget(schema, maps[k]), name, inside)
            {
                if (is_map(inside))
                    close_inside(c, p, maps[k], name, extra);
            }
        }
    }
    if (!has_prefix)
        close_inside(c, p, NULL, "items", extra);
}

/* Closes the places inside of the body's own alternatives, each by itself, unless something outside
 * of them describes places too. */
static void close_alternatives(struct closer *c, struct json_object *owner,
                               const struct schema_place *p)
{
    static const char *const lists[] = {"anyOf", "oneOf"};

    for (size_t i = 0; i < 2 && !schema_place_describes_inside(p); i++)
        for (size_t k = 0; k < jget_count(owner, lists[i]); k++) {
            struct json_object *one = jget_item(owner, lists[i], k);
            struct schema_place inner;

            schema_place_init_one(c->tree, one, &inner);
            if (is_map(one) && !jget(one, "$ref"))
                close_contents(c, one, &inner);
            schema_place_fini(&inner);
        }
}

/* Adds to `extra` the members that only `required` names, which count as named. */
static void name_required(const struct schema_place *p, struct json_object *extra)
{
    for (size_t i = 0; i < json_object_array_length(p->schemas); i++) {
        struct json_object *schema = json_object_array_get_idx(p->schemas, i);

        for (size_t k = 0; k < jget_count(schema, "required"); k++) {
            const char *name = json_object_get_string(jget_item(schema, "required", k));

            if (!schema_place_names(p, name) && !jget(jget(extra, "properties"), name))
                json_object_object_add(published_child(extra, "properties"), name,
                                       json_object_new_object());
        }
    }
}

/* Closes the places inside of the owner, which applies all that describes its place. */
static void close_contents(struct closer *c, struct json_object *owner,
                           const struct schema_place *p)
{
    struct json_object *extra = json_object_new_object(), *all;

    close_all_inside(c, p, extra);
    if (schema_place_is_closable(c->tree, p))
        name_required(p, extra);
    if (json_object_object_length(extra)) {
        all = jget(owner, "allOf");
        if (!all) {
            all = json_object_new_array();
            json_object_object_add(owner, "allOf", all);
        }
        json_object_array_add(all, json_object_get(extra));
    }
    json_object_put(extra);
    close_alternatives(c, owner, p);
}

static void close_place(struct closer *c, struct json_object *owner)
{
    struct schema_place p;

    schema_place_init_one(c->tree, owner, &p);
    if (c->depth < PLACES_DEPTH) {
        bool is_closable_here = schema_place_is_closable(c->tree, &p);

        c->depth++;
        close_contents(c, owner, &p);
        c->depth--;
        if (is_closable_here)
            json_object_object_add(owner, "unevaluatedProperties", json_object_new_boolean(false));
    }
    schema_place_fini(&p);
}

static void close_bodies(struct closer *c, struct json_object *operation)
{
    struct json_object *bodies = jget(operation, "body");
    struct json_object *published = published_operation(c->tree, operation);
    struct json_object *content =
        jget(published_follow(c->tree, jget(published, "requestBody")), "content");

    for (size_t i = 0; i < jget_count(bodies, "content"); i++) {
        struct json_object *media = jget_item(bodies, "content", i);
        struct json_object *schema = jget(jget(content, jget_text(media, "declared")), "schema");

        if (is_map(schema) && !jget(schema, "unevaluatedProperties"))
            close_place(c, schema);
    }
}

static bool is_bound(struct json_object *operation)
{
    return jget(operation, "sql") || jget(operation, "builtin");
}

void closed_bodies_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct closer c = {.bundle = bundle, .tree = tree, .made = json_object_new_object()};

    if (strncmp(jget_text(tree, "openapi"), "3.0", 3) != 0)
        for (size_t i = 0; i < jget_count(record, "operations"); i++)
            if (is_bound(jget_item(record, "operations", i)))
                close_bodies(&c, jget_item(record, "operations", i));
    json_object_put(c.made);
}
