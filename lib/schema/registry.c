/* SPDX-License-Identifier: MIT */
#include "lib/schema/registry.h"

#include <string.h>

#include "lib/core/jget.h"
#include "lib/core/jread.h"
#include "lib/core/mark.h"
#include "lib/core/pointer.h"
#include "lib/core/slice.h"
#include "lib/schema/uri.h"

enum { METASCHEMA_DEPTH = 64 };

static const char validation_vocabulary[] =
    "https://json-schema.org/draft/2020-12/vocab/validation";

/* Where schemas lie inside a schema (JSON Schema 2020-12, core, 10 and 11; validation, 8). */
static const char in_place[] = "additionalProperties|items|contains|propertyNames|not|if|then|else|"
                               "unevaluatedItems|unevaluatedProperties|contentSchema";
static const char in_lists[] = "allOf|anyOf|oneOf|prefixItems";
static const char in_maps[] = "properties|patternProperties|$defs|dependentSchemas";

static void remember(struct lh_table *table, const void *key, const void *value)
{
    lh_table_insert(table, key, value);
}

static void *recall(const struct lh_table *table, const void *key)
{
    void *value = NULL;

    lh_table_lookup_ex((struct lh_table *)(uintptr_t)table, key, &value);
    return value;
}

static struct resource *find_uri(struct schema_set *set, struct slice uri)
{
    struct resource *r = set->resources;

    while (r && !slice_is(uri, r->uri))
        r = r->next;
    return r;
}

static struct resource *add_resource(struct schema_set *set, const char *uri,
                                     struct json_object *root, const struct resource *outer,
                                     const char *pointer)
{
    struct resource *r = arena_zalloc(set->arena, sizeof(*r));

    *r = (struct resource){.uri = uri,
                           .root = root,
                           .document = outer ? outer->document : r,
                           .pointer = pointer,
                           .is_3_0 = outer ? outer->is_3_0 : set->is_3_0,
                           .has_validation = outer ? outer->has_validation : true,
                           .next = set->resources};
    set->resources = r;
    return r;
}

/* A dialect of its own may leave the validation keywords out (core, 8.1). */
static void read_dialect(struct schema_set *set, struct resource *r)
{
    const char *dialect = jget_text(r->root, "$schema");
    struct resource *meta;

    if (!dialect || metaschema_text(dialect) || strcmp(dialect, r->uri) == 0)
        return;
    meta = registry_document(set, dialect);
    if (meta && jget(meta->root, "$vocabulary"))
        r->has_validation = jget(jget(meta->root, "$vocabulary"), validation_vocabulary) != NULL;
}

static void add_anchor(struct schema_set *set, struct resource *r, struct json_object *json,
                       const char *keyword)
{
    const char *name = jget_text(json, keyword);
    struct anchor *a;

    if (!name)
        return;
    for (a = r->anchors; a; a = a->next)
        if (strcmp(a->name, name) == 0 && a->json != json && set->diags)
            diag_error(set->diags, mark_key(json, keyword), "%s: %s occurs twice", keyword, name);
    a = arena_zalloc(set->arena, sizeof(*a));
    *a = (struct anchor){.name = arena_strdup(set->arena, name),
                         .json = json,
                         .is_dynamic = strcmp(keyword, "$dynamicAnchor") == 0,
                         .next = r->anchors};
    r->anchors = a;
}

static struct resource *enter_new(struct schema_set *set, struct json_object *json,
                                  struct resource *outer, const char *pointer)
{
    const char *id = outer->is_3_0 ? NULL : jget_text(json, "$id");
    struct resource *r = outer;
    const char *uri;

    if (id && *id != '#') {
        uri = uri_resolve(set->arena, outer->uri, id);
        uri = arena_strndup(set->arena, uri, strcspn(uri, "#"));
        r = find_uri(set, slice_of(uri));
        if (r && r->root != json && r->root != outer->root && set->diags)
            diag_error(set->diags, mark_key(json, "$id"), "$id: %s occurs twice", uri);
        r = add_resource(set, uri, json, outer, pointer);
        remember(set->roots, json, r);
    }
    if (r->root == json)
        read_dialect(set, r);
    return r;
}

static void scan_all(struct schema_set *set, struct json_object *members, struct resource *resource,
                     const char *pointer)
{
    size_t n =
        json_object_is_type(members, json_type_array) ? json_object_array_length(members) : 0;

    for (size_t i = 0; i < n; i++)
        registry_scan(set, json_object_array_get_idx(members, i), resource, pointer);
    if (!json_object_is_type(members, json_type_object))
        return;
    json_object_object_foreach(members, name, member)
    {
        (void)name;
        registry_scan(set, member, resource, pointer);
    }
}

void registry_scan(struct schema_set *set, struct json_object *json, struct resource *resource,
                   const char *pointer)
{
    if (!json_object_is_type(json, json_type_object) || recall(set->scanned, json))
        return;
    remember(set->scanned, json, json);
    resource = enter_new(set, json, resource, pointer);
    add_anchor(set, resource, json, "$anchor");
    add_anchor(set, resource, json, "$dynamicAnchor");
    json_object_object_foreach(json, keyword, value)
    {
        if (slice_is_choice(in_place, keyword))
            registry_scan(set, value, resource, pointer);
        else if (slice_is_choice(in_lists, keyword) || slice_is_choice(in_maps, keyword))
            scan_all(set, value, resource, pointer);
    }
}

struct resource *registry_enter(const struct schema_set *set, struct json_object *json,
                                struct resource *outer)
{
    struct resource *r = recall(set->roots, json);

    return r ? r : outer;
}

/* A map of schemas that stands at `place`. */
static void scan_map(struct schema_set *set, struct resource *r, struct json_object *schemas,
                     const char *place)
{
    struct buf pointer = {0};

    if (!json_object_is_type(schemas, json_type_object))
        return;
    json_object_object_foreach(schemas, name, schema)
    {
        pointer.len = 0;
        buf_puts(&pointer, place);
        pointer_put(&pointer, name);
        registry_scan(set, schema, r, arena_strdup(set->arena, buf_text(&pointer)));
    }
    buf_fini(&pointer);
}

/* Or else a file that holds several. */
static bool is_schema(struct json_object *root)
{
    static const char telling[] = "$id|$schema|$ref|$defs|$anchor|$dynamicAnchor|type|enum|const";

    if (!json_object_is_type(root, json_type_object))
        return true;
    json_object_object_foreach(root, keyword, value)
    {
        (void)value;
        if (slice_is_choice(telling, keyword) || slice_is_choice(in_place, keyword) ||
            slice_is_choice(in_lists, keyword) || slice_is_choice(in_maps, keyword))
            return true;
    }
    return false;
}

static struct resource *add_document(struct schema_set *set, const char *uri,
                                     struct json_object *root)
{
    const char *version = jget_text(root, "openapi");
    struct resource *r = add_resource(set, arena_strdup(set->arena, uri), root, NULL, "");

    r->is_openapi = version != NULL;
    if (version)
        r->is_3_0 = strncmp(version, "3.0", 3) == 0;
    if (r->is_openapi)
        scan_map(set, r, jget(jget(root, "components"), "schemas"), "/components/schemas");
    else if (is_schema(root))
        registry_scan(set, root, r, "");
    else
        scan_map(set, r, root, "");
    return r;
}

void schema_set_add(struct schema_set *set, const char *uri, struct json_object *root)
{
    bool is_first = !set->resources;
    struct resource *r = add_document(set, uri, root);

    if (is_first)
        set->is_3_0 = r->is_3_0;
}

static struct json_object *load_metaschema(struct schema_set *set, const char *uri)
{
    const char *text = metaschema_text(uri);
    struct json_object *json = NULL;
    struct jread_fault fault;

    if (text && jread_text(text, strlen(text), METASCHEMA_DEPTH, NULL, &json, &fault))
        json_object_array_add(set->metaschemas, json);
    return json;
}

struct resource *registry_document(struct schema_set *set, const char *uri)
{
    struct slice plain = {uri, strcspn(uri, "#")};
    struct resource *r = find_uri(set, plain);
    const char *name;
    struct json_object *root;

    if (r)
        return r;
    name = arena_strndup(set->arena, plain.data, plain.len);
    root = load_metaschema(set, name);
    if (!root && set->load)
        root = set->load(set->load_arg, name);
    if (!root)
        return NULL;
    return add_document(set, name, root);
}

static bool walk_pointer(struct schema_set *set, const char *fragment, struct target *t)
{
    struct slice rest = slice_of(fragment);

    slice_cut(&rest, '/');
    for (bool is_more = *fragment != '\0'; is_more && t->json;) {
        is_more = rest.len && memchr(rest.data, '/', rest.len);
        t->json = pointer_step(t->json, pointer_token(set->arena, slice_cut(&rest, '/')));
        t->resource = registry_enter(set, t->json, t->resource);
    }
    return t->json != NULL;
}

static bool find_anchor(const char *fragment, struct target *t)
{
    struct anchor *a = t->resource->anchors;

    while (a && strcmp(a->name, fragment) != 0)
        a = a->next;
    t->anchor = a;
    t->json = a ? a->json : NULL;
    return a != NULL;
}

/* Notes that `document` is needed from `pointer` on. */
static void note_reached(struct schema_set *set, const struct resource *r, const char *fragment)
{
    bool is_own = r == r->document && *fragment == '/';
    const char *pointer = is_own ? fragment : r->pointer;
    struct json_object *pointers = jget(set->reached, r->document->uri);

    if (!pointer || metaschema_text(r->document->uri))
        return;
    if (!pointers) {
        pointers = json_object_new_object();
        json_object_object_add(set->reached, r->document->uri, pointers);
    }
    if (!json_object_object_get_ex(pointers, pointer, NULL))
        json_object_object_add(pointers, pointer, NULL);
}

bool registry_find(struct schema_set *set, struct resource *from, const char *ref,
                   struct target *out, const char **why)
{
    const char *uri = *ref == '#' ? ref : uri_resolve(set->arena, from->uri, ref);
    const char *fragment = uri + strcspn(uri, "#");
    struct resource *r = *ref == '#' ? from : registry_document(set, uri);
    bool found;

    if (!r) {
        *why = "there is no such document";
        return false;
    }
    fragment += *fragment == '#';
    r = registry_enter(set, r->root, r); /* a document may give itself an $id */
    *out = (struct target){.json = r->root, .resource = r};
    found = !*fragment ||
            (*fragment == '/' ? walk_pointer(set, fragment, out) : find_anchor(fragment, out));
    *why = "names nothing";
    if (!found)
        return false;
    note_reached(set, r, fragment);
    registry_scan(set, out->json, out->resource, r->pointer);
    out->resource = registry_enter(set, out->json, out->resource);
    return true;
}
