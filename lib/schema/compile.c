/* SPDX-License-Identifier: MIT */
/* Compiles JSON to nodes, by a table of keywords: the type that each value must have, and the
 * function that compiles it. Functions see one keyword at a time and find the rest of the schema in
 * the compiler.
 *
 * Schemas are compiled from a queue, not recursively: compile_enlist() gives a reference its node
 * at once, and the node is filled when its turn comes, so schemas may refer to each other in
 * circles and to any depth. Only branches of the same value are compiled at once, because whether a
 * request's object is closed depends on the members that they name. */
#include "lib/schema/compile.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"
#include "lib/schema/edges.h"

#define NUMBERS (SCHEMA_INTEGER | SCHEMA_NUMBER)
#define SUBSCHEMA (SCHEMA_OBJECT | SCHEMA_BOOLEAN)

/* Sorted by name (ASCII), for bsearch(). */
static const struct keyword keywords[] = {
    {"$anchor", SCHEMA_STRING, false, NULL},
    {"$comment", SCHEMA_STRING, false, NULL},
    {"$defs", SCHEMA_OBJECT, false, compile_definitions},
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
    {"externalDocs", SCHEMA_OBJECT, false, compile_external_docs},
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
    {"xml", SCHEMA_OBJECT, false, compile_annotation},
};

/* The keywords that Schema Objects of OpenAPI 3.0 do not have (3.0.3, 4.7.24). */
static const char since_3_1[] =
    "$anchor|$defs|$dynamicAnchor|$dynamicRef|$vocabulary|const|contains|contentEncoding|"
    "contentMediaType|contentSchema|dependentRequired|dependentSchemas|else|examples|if|"
    "maxContains|minContains|patternProperties|prefixItems|propertyNames|then|unevaluatedItems|"
    "unevaluatedProperties";

void compile_complain(struct compiler *c, const char *format, ...)
{
    va_list args;

    if (!c->set->diags)
        return;
    va_start(args, format);
    registry_complain(c->set, mark_key(c->json, c->keyword), "%s: %s", c->keyword,
                      arena_vprintf(c->set->arena, format, args));
    va_end(args);
}

static int compare_keyword(const void *name, const void *row)
{
    return strcmp(name, ((const struct keyword *)row)->name);
}

int compile_type_of(struct json_object *value)
{
    static const int types[] = {
        [json_type_null] = SCHEMA_NULL,     [json_type_boolean] = SCHEMA_BOOLEAN,
        [json_type_double] = SCHEMA_NUMBER, [json_type_int] = SCHEMA_INTEGER,
        [json_type_object] = SCHEMA_OBJECT, [json_type_array] = SCHEMA_ARRAY,
        [json_type_string] = SCHEMA_STRING};

    return types[json_object_get_type(value)];
}

static const struct keyword *find_keyword(const char *name)
{
    return bsearch(name, keywords, sizeof(keywords) / sizeof(*keywords), sizeof(*keywords),
                   compare_keyword);
}

bool schema_is_keyword(const char *name)
{
    return find_keyword(name) != NULL;
}

static void compile_keyword(struct compiler *c, const char *name, struct json_object *value)
{
    const struct keyword *row = find_keyword(name);

    if (!row || (row->is_validation && !registry_has_validation(c->set, c->resource)))
        return;
    c->keyword = row->name;
    if (c->resource->is_3_0 && slice_is_choice(since_3_1, name))
        compile_complain(c, "is a keyword only since OpenAPI 3.1");
    if (!(row->types & compile_type_of(value)))
        compile_complain(c, "must be %s", schema_type_names(c->set->arena, row->types));
    else if (row->compile)
        row->compile(c, value);
}

/* Returns true if a name may be in `properties` and match a pattern, or match several. */
static bool has_overlap(struct compiler *c)
{
    struct json_object *patterns = jget(c->json, "patternProperties");

    return json_object_is_type(patterns, json_type_object) &&
           json_object_object_length(patterns) + (jget(c->json, "properties") != NULL) > 1;
}

/* Returns true if several schemas may describe the members of a value's members. */
static bool has_parts(struct compiler *c)
{
    static const char *const applicators[] = {
        "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"};
    size_t count = has_overlap(c);

    for (size_t i = 0; i < sizeof(applicators) / sizeof(*applicators); i++)
        count += jget(c->json, applicators[i]) != NULL;
    return count &&
           !(jget(c->json, "$ref") && (c->resource->is_3_0 || compile_is_only_ref(c->json)));
}

static void compile_keywords(struct compiler *c)
{
    struct json_object *ref = c->resource->is_3_0 ? jget(c->json, "$ref") : NULL;

    c->node->is_joint = c->mode == MODE_BRANCH;
    c->node->is_joined = c->mode == MODE_CLOSED && has_parts(c);
    if (ref) { /* by OpenAPI 3.0.3 (4.7.23), what is beside it is ignored */
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

struct pending *compile_enlist(struct schema_set *set, struct json_object *json,
                               struct resource *resource, enum schema_mode mode)
{
    struct pending *p;
    void *known;

    if (lh_table_lookup_ex(set->compiled[mode], json, &known))
        return known;
    p = arena_zalloc(set->arena, sizeof(*p));
    *p = (struct pending){.json = json, .mode = mode, .older = set->fresh};
    p->node = (struct schema){.resource = registry_enter(set, json, resource), .types = SCHEMA_ANY};
    lh_table_insert(set->compiled[mode], json, p);
    set->fresh = p;
    *set->last = p;
    set->last = &p->next;
    return p;
}

static void compile_pending(struct schema_set *set, struct pending *p)
{
    struct compiler c = {.set = set, .json = p->json, .mode = p->mode, .node = &p->node};

    /* Deeper schemas are compiled in their turn, and cycle.c finds that they are too deep. */
    if (p->is_begun || set->depth > SCHEMA_HEIGHT_MAX)
        return;
    p->is_begun = true;
    c.resource = (struct resource *)(uintptr_t)p->node.resource;
    set->depth++;
    if (json_object_is_type(p->json, json_type_boolean))
        p->node.is_false = !json_object_get_boolean(p->json);
    else if (json_object_is_type(p->json, json_type_object))
        compile_keywords(&c);
    else
        registry_complain(set, mark_where(p->json), "a schema must be a map or a boolean");
    set->depth--;
}

void compile_todo(struct schema_set *set)
{
    for (; set->todo; set->todo = set->todo->next)
        compile_pending(set, set->todo);
    set->last = &set->todo;
}

/* Enlists a part. JSON null is reported here, since it has no mark of its own. */
static struct pending *enlist_part(struct compiler *c, struct json_object *json,
                                   enum schema_mode mode)
{
    if (!json)
        compile_complain(c, "a schema must be a map or a boolean, not null");
    if (c->resource->is_3_0 && json_object_is_type(json, json_type_boolean) &&
        strcmp(c->keyword, "additionalProperties") != 0)
        compile_complain(c, "a schema must be a map; true and false are OpenAPI 3.1");
    return json ? compile_enlist(c->set, json, c->resource, mode) : NULL;
}

const struct schema *compile_child(struct compiler *c, struct json_object *json)
{
    struct pending *p = enlist_part(c, json, c->node->is_joined ? MODE_BRANCH : c->mode);

    return p ? &p->node : &schema_anything;
}

const struct schema *compile_branch(struct compiler *c, struct json_object *json)
{
    struct pending *p = enlist_part(c, json, c->mode == MODE_CLOSED ? MODE_BRANCH : c->mode);

    if (!p)
        return &schema_anything;
    compile_pending(c->set, p); /* at once: the whole must know whether it names members */
    c->node->names_members |= p->node.names_members;
    return &p->node;
}

const struct schema *compile_aside(struct compiler *c, struct json_object *json)
{
    struct pending *p = enlist_part(c, json, MODE_PLAIN);

    return p ? &p->node : &schema_anything;
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
