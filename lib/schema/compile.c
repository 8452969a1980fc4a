/* SPDX-License-Identifier: MIT */
/* JSON → nodes. A table says of each keyword what it wants and who compiles it. */
#include "lib/schema/compile.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/jget.h"
#include "lib/core/mark.h"

#define NUMBERS (SCHEMA_INTEGER | SCHEMA_NUMBER)
#define SUBSCHEMA (SCHEMA_OBJECT | SCHEMA_BOOLEAN)

/* Of schemas inside schemas, over references too: compiling and every walk after it is recursive.
 */
enum { COMPILE_DEPTH_MAX = 1000 };

static const struct schema anything = {
    .types = SCHEMA_ANY, .cycle = CYCLE_CLOSED, .is_walked = true};

/* Sorted by name (ASCII). */
static const struct keyword keywords[] = {
    {"$anchor", SCHEMA_STRING, false, NULL},
    {"$comment", SCHEMA_STRING, false, NULL},
    {"$defs", SCHEMA_OBJECT, false, NULL},
    {"$dynamicAnchor", SCHEMA_STRING, false, NULL},
    {"$dynamicRef", SCHEMA_STRING, false, compile_dynamic_ref},
    {"$id", SCHEMA_STRING, false, NULL},
    {"$ref", SCHEMA_STRING, false, compile_ref},
    {"$schema", SCHEMA_STRING, false, NULL},
    {"$vocabulary", SCHEMA_OBJECT, false, NULL},
    {"additionalProperties", SUBSCHEMA, false, compile_additional},
    {"allOf", SCHEMA_ARRAY, false, compile_branches},
    {"anyOf", SCHEMA_ARRAY, false, compile_branches},
    {"const", SCHEMA_ANY, true, compile_const},
    {"contains", SUBSCHEMA, false, compile_contains},
    {"contentEncoding", SCHEMA_STRING, false, compile_content_encoding},
    {"contentMediaType", SCHEMA_STRING, false, compile_content_media},
    {"contentSchema", SUBSCHEMA, false, NULL},
    {"default", SCHEMA_ANY, false, compile_default},
    {"dependentRequired", SCHEMA_OBJECT, true, compile_dependent_required},
    {"dependentSchemas", SCHEMA_OBJECT, false, compile_dependent_schemas},
    {"deprecated", SCHEMA_BOOLEAN, false, NULL},
    {"description", SCHEMA_STRING, false, NULL},
    {"discriminator", SCHEMA_OBJECT, false, compile_discriminator},
    {"else", SUBSCHEMA, false, compile_verdict},
    {"enum", SCHEMA_ARRAY, true, compile_enum},
    {"examples", SCHEMA_ARRAY, false, NULL},
    {"exclusiveMaximum", NUMBERS | SCHEMA_BOOLEAN, true, compile_bound},
    {"exclusiveMinimum", NUMBERS | SCHEMA_BOOLEAN, true, compile_bound},
    {"externalDocs", SCHEMA_OBJECT, false, NULL},
    {"format", SCHEMA_STRING, false, compile_format},
    {"if", SUBSCHEMA, false, compile_verdict},
    {"items", SUBSCHEMA, false, compile_items},
    {"maxContains", NUMBERS, true, compile_array_size},
    {"maxItems", NUMBERS, true, compile_array_size},
    {"maxLength", NUMBERS, true, compile_length},
    {"maxProperties", NUMBERS, true, compile_object_size},
    {"maximum", NUMBERS, true, compile_bound},
    {"minContains", NUMBERS, true, compile_array_size},
    {"minItems", NUMBERS, true, compile_array_size},
    {"minLength", NUMBERS, true, compile_length},
    {"minProperties", NUMBERS, true, compile_object_size},
    {"minimum", NUMBERS, true, compile_bound},
    {"multipleOf", NUMBERS, true, compile_bound},
    {"not", SUBSCHEMA, false, compile_verdict},
    {"nullable", SCHEMA_BOOLEAN, false, compile_nullable},
    {"oneOf", SCHEMA_ARRAY, false, compile_branches},
    {"pattern", SCHEMA_STRING, true, compile_text_pattern},
    {"patternProperties", SCHEMA_OBJECT, false, compile_pattern_properties},
    {"prefixItems", SCHEMA_ARRAY, false, compile_prefix_items},
    {"properties", SCHEMA_OBJECT, false, compile_properties},
    {"propertyNames", SUBSCHEMA, false, compile_names},
    {"readOnly", SCHEMA_BOOLEAN, false, NULL},
    {"required", SCHEMA_ARRAY, true, compile_required},
    {"then", SUBSCHEMA, false, compile_verdict},
    {"title", SCHEMA_STRING, false, NULL},
    {"type", SCHEMA_STRING | SCHEMA_ARRAY, true, compile_type},
    {"unevaluatedItems", SUBSCHEMA, false, compile_unevaluated_items},
    {"unevaluatedProperties", SUBSCHEMA, false, compile_unevaluated_properties},
    {"uniqueItems", SCHEMA_BOOLEAN, true, compile_unique_items},
    {"writeOnly", SCHEMA_BOOLEAN, false, NULL},
    {"xml", SCHEMA_OBJECT, false, NULL},
};

void compile_complain(struct compiler *c, const char *format, ...)
{
    va_list args;

    if (!c->set->diags)
        return;
    va_start(args, format);
    diag_error(c->set->diags, mark_key(c->json, c->keyword), "%s: %s", c->keyword,
               arena_vprintf(c->set->arena, format, args));
    va_end(args);
}

static int compare_keyword(const void *name, const void *row)
{
    return strcmp(name, ((const struct keyword *)row)->name);
}

static int type_of(struct json_object *value)
{
    static const int types[] = {
        [json_type_null] = SCHEMA_NULL,     [json_type_boolean] = SCHEMA_BOOLEAN,
        [json_type_double] = SCHEMA_NUMBER, [json_type_int] = SCHEMA_INTEGER,
        [json_type_object] = SCHEMA_OBJECT, [json_type_array] = SCHEMA_ARRAY,
        [json_type_string] = SCHEMA_STRING};

    return types[json_object_get_type(value)];
}

static void compile_keyword(struct compiler *c, const char *name, struct json_object *value)
{
    const struct keyword *row = bsearch(name, keywords, sizeof(keywords) / sizeof(*keywords),
                                        sizeof(*keywords), compare_keyword);

    if (!row || (row->is_validation && !c->resource->has_validation))
        return;
    c->keyword = row->name;
    if (!(row->types & type_of(value)))
        compile_complain(c, "must be %s", schema_type_names(c->set->arena, row->types));
    else if (row->compile)
        row->compile(c, value);
}

static void compile_keywords(struct compiler *c)
{
    struct json_object *ref = c->resource->is_3_0 ? jget(c->json, "$ref") : NULL;

    if (ref) { /* OpenAPI 3.0.3, 4.7.23: what stands beside it is ignored */
        compile_keyword(c, "$ref", ref);
        return;
    }
    json_object_object_foreach(c->json, name, value)
    {
        compile_keyword(c, name, value);
    }
    c->keyword = "properties";
    compile_finish_object(c);
}

static void note_fresh(struct schema_set *set, const struct schema *node, struct json_object *json)
{
    struct fresh *f = arena_alloc(set->arena, sizeof(*f));

    *f = (struct fresh){node, json, set->fresh};
    set->fresh = f;
}

static const struct schema *compile_node(struct schema_set *set, struct json_object *json,
                                         struct resource *resource, enum schema_mode mode)
{
    struct compiler c = {.set = set, .json = json, .mode = mode};
    void *known;

    if (set->depth == COMPILE_DEPTH_MAX) {
        set->is_too_deep = true;
        return &anything;
    }
    if (json && lh_table_lookup_ex(set->compiled[mode], json, &known))
        return known;
    c.node = arena_zalloc(set->arena, sizeof(*c.node));
    c.resource = registry_enter(set, json, resource);
    *c.node = (struct schema){.resource = c.resource, .types = SCHEMA_ANY};
    if (json)
        lh_table_insert(set->compiled[mode], json, c.node);
    if (set->diags)
        note_fresh(set, c.node, json);
    set->depth++;
    if (json_object_is_type(json, json_type_boolean))
        c.node->is_false = !json_object_get_boolean(json);
    else if (json_object_is_type(json, json_type_object))
        compile_keywords(&c);
    else if (set->diags)
        diag_error(set->diags, mark_where(json), "a schema must be a map or a boolean");
    set->depth--;
    return c.node;
}

const struct schema *compile_child(struct compiler *c, struct json_object *json)
{
    return compile_node(c->set, json, c->resource, c->mode == MODE_BRANCH ? MODE_CLOSED : c->mode);
}

const struct schema *compile_branch(struct compiler *c, struct json_object *json)
{
    const struct schema *branch =
        compile_node(c->set, json, c->resource, c->mode == MODE_CLOSED ? MODE_BRANCH : c->mode);

    c->node->names_members |= branch->names_members;
    return branch;
}

const struct schema *compile_aside(struct compiler *c, struct json_object *json)
{
    return compile_node(c->set, json, c->resource, MODE_PLAIN);
}

void compile_list(struct compiler *c, struct json_object *value,
                  const struct schema *(*one)(struct compiler *c, struct json_object *json),
                  struct schema_list *out)
{
    size_t n = json_object_array_length(value);

    if (!n)
        compile_complain(c, "must have at least one schema");
    out->items = arena_alloc(c->set->arena, (n + 1) * sizeof(*out->items));
    for (size_t i = 0; i < n; i++)
        out->items[i] = one(c, json_object_array_get_idx(value, i));
    out->count = n;
}

/* Mistakes that only the finished program shows. */
static void prove_fresh(struct schema_set *set)
{
    for (struct fresh *f = set->fresh; f; f = f->next) {
        const char *why = schema_is_hopeless(f->node);
        struct violations v = {.arena = set->arena};

        if (why)
            diag_error(set->diags, mark_where(f->json), "no value can satisfy the schema: %s", why);
        if (f->node->has_default && !schema_check(f->node, f->node->fallback, "", "", &v))
            diag_error(set->diags, mark_key(f->json, "default"), "default: %s%s%s",
                       v.items[0].pointer, *v.items[0].pointer ? " " : "", v.items[0].message);
    }
    set->fresh = NULL;
}

/* What a dynamic reference may lead to at run time. */
static void compile_dynamic_anchors(struct schema_set *set)
{
    for (struct resource *r = set->resources; r; r = r->next)
        for (struct anchor *a = r->anchors; a; a = a->next)
            for (int mode = 0; a->is_dynamic && mode < MODE_COUNT; mode++)
                if (!a->compiled[mode])
                    a->compiled[mode] = compile_node(set, a->json, r, (enum schema_mode)mode);
}

static struct resource *base_of(struct schema_set *set, const char *base, struct json_object *json)
{
    struct resource *r = registry_document(set, base);

    if (!r) {
        schema_set_add(set, base, json);
        r = registry_document(set, base);
    }
    return r;
}

static const struct schema *compile_whole(struct schema_set *set, struct json_object *json,
                                          struct resource *resource, enum schema_mode mode)
{
    const struct schema *node = compile_node(set, json, resource, mode);

    if (set->has_dynamic)
        compile_dynamic_anchors(set);
    if (schema_cut_cycles((struct schema *)(uintptr_t)node) && set->diags)
        diag_error(set->diags, mark_where(json), "the schema applies itself without end");
    if (set->is_too_deep && set->diags)
        diag_error(set->diags, mark_where(json), "schemas refer to each other more than %d deep",
                   COMPILE_DEPTH_MAX);
    set->is_too_deep = false;
    prove_fresh(set);
    return node;
}

const struct schema *schema_compile(struct schema_set *set, const char *base,
                                    struct json_object *json, enum schema_use use)
{
    static const enum schema_mode modes[] = {[SCHEMA_PLAIN] = MODE_PLAIN,
                                             [SCHEMA_REQUEST] = MODE_CLOSED,
                                             [SCHEMA_RESPONSE] = MODE_RESPONSE};
    struct resource *resource;

    if (!json)
        return &anything;
    resource = base_of(set, base, json);
    registry_scan(set, json, resource, NULL);
    return compile_whole(set, json, resource, modes[use]);
}

void schema_set_compile_all(struct schema_set *set, const char *uri)
{
    struct resource *r = registry_document(set, uri);
    struct json_object *schemas = jget(jget(r ? r->root : NULL, "components"), "schemas");

    if (!json_object_is_type(schemas, json_type_object))
        return;
    json_object_object_foreach(schemas, name, schema)
    {
        (void)name;
        compile_whole(set, schema, r, MODE_PLAIN);
    }
}

struct schema_set *schema_set_new(struct arena *arena, struct diags *diags, schema_load_fn load,
                                  void *arg)
{
    struct schema_set *set = calloc(1, sizeof(*set));

    if (!set)
        abort();
    *set = (struct schema_set){.arena = arena, .diags = diags, .load = load, .load_arg = arg};
    set->roots = lh_kptr_table_new(16, NULL);
    set->scanned = lh_kptr_table_new(64, NULL);
    for (int i = 0; i < MODE_COUNT; i++)
        set->compiled[i] = lh_kptr_table_new(64, NULL);
    set->reached = json_object_new_object();
    set->metaschemas = json_object_new_array();
    return set;
}

void schema_set_free(struct schema_set **set)
{
    if (!*set)
        return;
    lh_table_free((*set)->roots);
    lh_table_free((*set)->scanned);
    for (int i = 0; i < MODE_COUNT; i++)
        lh_table_free((*set)->compiled[i]);
    json_object_put((*set)->reached);
    json_object_put((*set)->metaschemas);
    free(*set);
    *set = NULL;
}

void schema_set_annotate_formats(struct schema_set *set)
{
    set->annotates_formats = true;
}

bool schema_set_has_hidden(const struct schema_set *set)
{
    return set->has_hidden;
}

bool schema_set_has_defaults(const struct schema_set *set)
{
    return set->has_defaults;
}
