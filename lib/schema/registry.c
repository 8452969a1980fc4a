/* SPDX-License-Identifier: MIT */
/* Knows every document, resource and anchor of a set. A scan walks a schema once, through the
 * keywords that hold schemas and nothing else, and records each $id and anchor on the way: "$id"
 * inside an enum is data. References are then found by URI and either a pointer or an anchor:
 *
 *     ref ──uri_resolve()──▶ URI ──by_uri──▶ resource ──▶ pointer: walked / anchor: "URI#name"
 *
 * What is not yet known is loaded on demand: a built-in metaschema, or a file by way of set->load.
 * Each reference is noted as reached, so that a release carries only what is needed. */
#include "lib/schema/registry.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/mark.h"
#include "lib/core/json/pointer.h"
#include "lib/core/slice.h"
#include "lib/schema/uri.h"

enum { METASCHEMA_DEPTH = 64, URI_MAX = 2000 };

static const char validation_vocabulary[] =
    "https://json-schema.org/draft/2020-12/vocab/validation";

/* The keywords that hold schemas (JSON Schema 2020-12, core, 10 and 11; validation, 8). */
static const char in_place[] = "additionalProperties|items|contains|propertyNames|not|if|then|else|"
                               "unevaluatedItems|unevaluatedProperties|contentSchema";
static const char in_lists[] = "allOf|anyOf|oneOf|prefixItems";
static const char in_maps[] = "properties|patternProperties|$defs|dependentSchemas";

/* Records a key's value, replacing an earlier one. */
static void remember(struct lh_table *table, const void *key, const void *value)
{
    struct lh_entry *entry = lh_table_lookup_entry(table, key);

    if (entry)
        entry->v = value;
    else
        lh_table_insert(table, key, value);
}

static void *recall(const struct lh_table *table, const void *key)
{
    void *value = NULL;

    lh_table_lookup_ex((struct lh_table *)(uintptr_t)table, key, &value);
    return value;
}

static struct resource *add_resource(struct schema_set *set, const char *uri,
                                     struct json_object *root, struct resource *outer,
                                     const char *pointer)
{
    struct resource *r = arena_zalloc(set->arena, sizeof(*r));

    *r = (struct resource){.uri = uri,
                           .root = root,
                           .document = outer ? outer->document : r,
                           .pointer = pointer,
                           .is_3_0 = outer ? outer->is_3_0 : set->is_3_0,
                           .outer = outer,
                           .next = set->resources};
    set->resources = r;
    remember(set->by_uri, uri, r);
    return r;
}

/* Determines whether the resource's dialect has validation keywords, which a custom dialect may
 * leave out (core, 8.1). */
static void read_dialect(struct schema_set *set, struct resource *r)
{
    const char *dialect = jget_text(r->root, "$schema");
    bool has_own = dialect && !metaschema_text(dialect) && strcmp(dialect, r->uri) != 0;
    struct resource *meta = has_own ? registry_document(set, dialect) : NULL;
    bool has = dialect || !r->outer || registry_has_validation(set, r->outer);

    if (meta) {
        registry_reach(set, meta);
        meta = registry_enter(set, meta->root, meta);
    }
    if (meta && jget(meta->root, "$vocabulary"))
        has = jget(jget(meta->root, "$vocabulary"), validation_vocabulary) != NULL;
    r->dialect = has ? DIALECT_FULL : DIALECT_WITHOUT_VALIDATION;
}

bool registry_has_validation(struct schema_set *set, struct resource *r)
{
    if (r->dialect == DIALECT_UNREAD)
        read_dialect(set, r);
    return r->dialect == DIALECT_FULL;
}

static const char *anchor_key(struct schema_set *set, const struct resource *r, const char *name)
{
    return arena_printf(set->arena, "%s#%s", r->uri, name);
}

static void add_anchor(struct schema_set *set, struct resource *r, struct json_object *json,
                       const char *keyword)
{
    const char *name = jget_text(json, keyword), *key;
    const struct anchor *known;
    struct anchor *a;

    if (!name)
        return;
    key = anchor_key(set, r, name);
    known = recall(set->anchors, key);
    if (known && known->json != json)
        registry_complain(set, mark_key(json, keyword), "%s: %s occurs twice", keyword, name);
    a = arena_zalloc(set->arena, sizeof(*a));
    *a = (struct anchor){.name = arena_strdup(set->arena, name),
                         .json = json,
                         .is_dynamic = strcmp(keyword, "$dynamicAnchor") == 0};
    remember(set->anchors, key, a);
    if (a->is_dynamic) {
        a->next = r->dynamic;
        r->dynamic = a;
    }
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
        if (strlen(uri) > URI_MAX) {
            registry_complain(set, mark_key(json, "$id"), "$id: more than %d bytes", URI_MAX);
            return outer;
        }
        r = recall(set->by_uri, uri);
        if (r && r->root != json)
            registry_complain(set, mark_key(json, "$id"), "$id: %s occurs twice", uri);
        r = add_resource(set, uri, json, outer, pointer);
        remember(set->roots, json, r);
    }
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

/* Returns the fragment for registry_find(), where '%' begins an escape. */
static const char *fragment_of(struct schema_set *set, const char *place, const char *name)
{
    struct buf pointer = {0}, fragment = {0};
    const char *out;

    pointer_put(&pointer, slice_of(name));
    buf_puts(&fragment, place);
    for (size_t i = 0; i < pointer.len; i++)
        if (pointer.data[i] == '%')
            buf_puts(&fragment, "%25");
        else
            buf_putc(&fragment, pointer.data[i]);
    out = arena_strndup(set->arena, fragment.data, fragment.len);
    buf_fini(&pointer);
    buf_fini(&fragment);
    return out;
}

/* Scans a map of schemas at `place`. */
static void scan_map(struct schema_set *set, struct resource *r, struct json_object *schemas,
                     const char *place)
{
    if (!json_object_is_type(schemas, json_type_object))
        return;
    json_object_object_foreach(schemas, name, schema)
    {
        registry_scan(set, schema, r, fragment_of(set, place, name));
    }
}

/* Returns true for a schema, and false for a file that holds several. */
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
    const char *name = arena_strndup(set->arena, uri, strcspn(uri, "#"));
    struct resource *r = recall(set->by_uri, name);
    struct json_object *root;

    if (r)
        return r;
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

static bool find_anchor(struct schema_set *set, const char *fragment, struct target *t)
{
    const struct anchor *a = recall(set->anchors, anchor_key(set, t->resource, fragment));

    t->anchor = a;
    t->json = a ? a->json : NULL;
    return a != NULL;
}

static void note_reached(struct schema_set *set, const struct resource *document,
                         const char *pointer)
{
    struct json_object *pointers = jget(set->reached, document->uri);

    if (metaschema_text(document->uri))
        return;
    if (!pointers) {
        pointers = json_object_new_object();
        json_object_object_add(set->reached, document->uri, pointers);
    }
    if (!json_object_object_get_ex(pointers, pointer, NULL))
        json_object_object_add(pointers, pointer, NULL);
}

void registry_reach(struct schema_set *set, const struct resource *r)
{
    if (r->pointer) /* otherwise it is part of the operation that contains it */
        note_reached(set, r->document, r->pointer);
}

/* Notes what a reference to `fragment` of `r` needs. A pointer that leads through another resource
 * needs that resource's $id. */
static void reach_target(struct schema_set *set, const struct resource *r, const char *fragment,
                         const struct target *t)
{
    if (r != r->document || *fragment != '/')
        registry_reach(set, r);
    else if (t->resource == r)
        note_reached(set, r, fragment);
    else
        note_reached(set, r, t->resource->pointer ? t->resource->pointer : "");
}

bool registry_find(struct schema_set *set, struct resource *from, const char *ref,
                   struct target *out, struct fault *fault)
{
    const char *uri = *ref == '#' ? ref : uri_resolve(set->arena, from->uri, ref);
    const char *fragment = uri + strcspn(uri, "#");
    struct resource *named = *ref == '#' ? from : registry_document(set, uri), *r;
    bool found;

    if (!named)
        return fault_set(fault, "no such document");
    fragment += *fragment == '#';
    r = registry_enter(set, named->root, named); /* a document may have an $id of its own */
    *out = (struct target){.json = r->root, .resource = r};
    found = !*fragment ||
            (*fragment == '/' ? walk_pointer(set, fragment, out) : find_anchor(set, fragment, out));
    if (!found)
        return fault_set(fault, "does not resolve");
    reach_target(set, r, fragment, out);
    if (named->document != r->document) /* one file under two URIs */
        registry_reach(set, named);
    registry_scan(set, out->json, out->resource, r->pointer);
    out->resource = registry_enter(set, out->json, out->resource);
    return true;
}
