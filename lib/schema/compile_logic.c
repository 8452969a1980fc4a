/* SPDX-License-Identifier: MIT */
/* Compiles the keywords that apply other schemas to the same value (JSON Schema 2020-12, core,
 * 8.2.3, 10.2; OpenAPI 3.1, 4.8.25). For a request the question is always who closes the object. A
 * branch does not close itself, or the members of the next branch would be unknown to it; the whole
 * closes after all branches. A lone $ref is no branch: what it refers to is the whole. */
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"
#include "lib/schema/compile.h"
#include "lib/schema/edges.h"
#include "lib/schema/member.h"

bool compile_is_only_ref(struct json_object *json)
{
    static const char bare[] = "$ref|description|title|summary|deprecated|readOnly|writeOnly|"
                               "default|example|examples|$comment|externalDocs|xml";

    json_object_object_foreach(json, name, value)
    {
        (void)value;
        if (!slice_is_choice(bare, name) && strncmp(name, "x-", 2) != 0)
            return false;
    }
    return true;
}

static bool find_target(struct compiler *c, struct json_object *value, struct target *target)
{
    const char *ref = json_object_get_string(value);
    struct fault fault;

    if (registry_find(c->set, c->resource, ref, target, &fault))
        return true;
    compile_complain(c, "%s: %s", ref, fault.text);
    return false;
}

/* Compiles the target as if it were here. If nothing is beside the reference the target is the
 * whole, otherwise both are branches. */
static const struct schema *compile_target(struct compiler *c, const struct target *target)
{
    bool is_whole = c->resource->is_3_0 || compile_is_only_ref(c->json);
    struct compiler there = *c;

    there.resource = target->resource;
    return c->mode == MODE_CLOSED && is_whole ? compile_child(&there, target->json)
                                              : compile_branch(&there, target->json);
}

void compile_ref(struct compiler *c, struct json_object *value)
{
    struct target target;

    if (find_target(c, value, &target))
        node_logic(c)->ref = compile_target(c, &target);
}

void compile_dynamic_ref(struct compiler *c, struct json_object *value)
{
    struct schema_logic *l = node_logic(c);
    struct target target;

    if (!find_target(c, value, &target))
        return;
    l->dynamic = compile_target(c, &target);
    if (target.anchor && target.anchor->is_dynamic) {
        l->dynamic_anchor = target.anchor->name;
        l->mode = c->mode == MODE_CLOSED ? MODE_BRANCH : c->mode;
        c->set->has_dynamic = true;
    }
}

void compile_branches(struct compiler *c, struct json_object *value)
{
    struct schema_logic *l = node_logic(c);
    struct schema_list *list = strcmp(c->keyword, "allOf") == 0   ? &l->all_of
                               : strcmp(c->keyword, "anyOf") == 0 ? &l->any_of
                                                                  : &l->one_of;

    compile_list(c, value, compile_branch, list);
}

/* Compiles definitions that nothing refers to, since they must be valid too. */
void compile_definitions(struct compiler *c, struct json_object *value)
{
    if (!c->set->diags)
        return;
    json_object_object_foreach(value, name, json)
    {
        (void)name;
        compile_aside(c, json);
    }
}

/* Compiles `then` and `else` as branches of the whole, `if` and `not` for their verdict only. */
void compile_verdict(struct compiler *c, struct json_object *value)
{
    struct schema_logic *l = node_logic(c);

    if (strcmp(c->keyword, "not") == 0)
        l->negated = compile_aside(c, value);
    else if (strcmp(c->keyword, "if") == 0)
        l->condition = compile_aside(c, value);
    else if (strcmp(c->keyword, "then") == 0)
        l->then = compile_branch(c, value);
    else
        l->otherwise = compile_branch(c, value);
}

/* Returns "Cat" for "#/components/schemas/Cat". */
static const char *last_token(const char *ref)
{
    const char *slash = strrchr(ref, '/');

    return slash ? slash + 1 : ref;
}

static void add_row(struct compiler *c, struct schema_discriminator *d, const char *value,
                    const struct schema *schema)
{
    d->rows[d->count++] = (struct schema_discriminated){member_name(c->set->arena, value), schema};
}

/* Finds what a mapping refers to: the name of a schema in the document, or a reference (OpenAPI
 * 3.1.1, 4.8.25.3). */
static bool find_mapped(struct compiler *c, const char *text, struct target *target,
                        struct fault *fault)
{
    struct resource *document = (struct resource *)(uintptr_t)c->resource->document;
    const char *ref = arena_printf(c->set->arena, "#/components/schemas/%s", text);

    if (!strpbrk(text, "/#") && registry_find(c->set, document, ref, target, fault))
        return true;
    if (!strpbrk(text, "/#.")) /* not a file name either */
        return fault_set(fault, "does not resolve");
    return registry_find(c->set, c->resource, text, target, fault);
}

static void add_mapping(struct compiler *c, struct schema_discriminator *d, const char *value,
                        struct json_object *target_text)
{
    const char *text = json_object_get_string(target_text);
    struct fault fault;
    struct target target = {0};
    struct compiler there = *c;

    if (!find_mapped(c, text, &target, &fault)) {
        compile_complain(c, "mapping: %s: %s: %s", value, text, fault.text);
        return;
    }
    there.resource = target.resource;
    add_row(c, d, value, compile_branch(&there, target.json));
}

/* Adds the alternatives, each under the name that its $ref ends in, unless the mapping has that
 * name. Without alternatives the keyword only informs code generators about subclasses. */
static void add_alternatives(struct compiler *c, struct schema_discriminator *d,
                             struct json_object *list, struct json_object *mapping)
{
    struct json_object *named = json_object_new_object();

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const char *ref = jget_text(item, "$ref");

        if (!ref || jget(mapping, last_token(ref)) || jget(named, last_token(ref)))
            continue;
        json_object_object_add(named, last_token(ref), json_object_new_boolean(true));
        add_row(c, d, last_token(ref), compile_branch(c, item));
    }
    json_object_put(named);
}

/* Keeps the values of a discriminator without alternatives for those who compare schemas: clients
 * choose subclasses by them. */
static void keep_mapped(struct compiler *c, struct json_object *mapping)
{
    struct schema_logic *l = node_logic(c);

    if (!json_object_is_type(mapping, json_type_object))
        return;
    l->mapped = arena_alloc(c->set->arena,
                            ((size_t)json_object_object_length(mapping) + 1) * sizeof(*l->mapped));
    json_object_object_foreach(mapping, name, target)
    {
        if (!json_object_is_type(target, json_type_string))
            compile_complain(c, "mapping: %s: must be text", name);
        l->mapped[l->mapped_count++] = arena_strdup(c->set->arena, name);
    }
}

void compile_discriminator(struct compiler *c, struct json_object *value)
{
    struct json_object *mapping = jget(value, "mapping");
    struct json_object *list = jget(c->json, jget(c->json, "oneOf") ? "oneOf" : "anyOf");
    const char *property = jget_text(value, "propertyName");
    struct schema_discriminator *d;
    size_t n;

    compile_annotation(c, value);
    if (!property)
        return;
    if (!json_object_is_type(list, json_type_array)) {
        keep_mapped(c, mapping);
        return;
    }
    d = arena_zalloc(c->set->arena, sizeof(*d));
    d->property = member_name(c->set->arena, property);
    n = json_object_array_length(list);
    if (json_object_is_type(mapping, json_type_object))
        n += (size_t)json_object_object_length(mapping);
    d->rows = arena_alloc(c->set->arena, (n + 1) * sizeof(*d->rows));
    if (json_object_is_type(mapping, json_type_object)) {
        json_object_object_foreach(mapping, name, target)
        {
            if (json_object_is_type(target, json_type_string))
                add_mapping(c, d, name, target);
            else
                compile_complain(c, "mapping: %s: must be text", name);
        }
    }
    add_alternatives(c, d, list, mapping);
    node_logic(c)->discriminator = d;
}

static bool says(struct compiler *c, struct resource *resource, struct json_object *json,
                 const char *keyword, unsigned depth);

static bool is_said_by_parts(struct compiler *c, struct resource *resource,
                             struct json_object *json, const char *keyword, unsigned depth)
{
    const char *ref = jget_text(json, "$ref");
    struct fault fault;
    struct json_object *all = jget(json, "allOf");
    struct target target;

    if (ref && registry_find(c->set, resource, ref, &target, &fault) &&
        says(c, target.resource, target.json, keyword, depth - 1))
        return true;
    for (size_t i = 0; i < jget_count(json, "allOf"); i++)
        if (says(c, resource, json_object_array_get_idx(all, i), keyword, depth - 1))
            return true;
    return false;
}

/* Returns true if the schema or one of its parts has the keyword. Each schema is asked once; while
 * its parts are being asked, it counts as not having it. */
static bool says(struct compiler *c, struct resource *resource, struct json_object *json,
                 const char *keyword, unsigned depth)
{
    static const char yes[] = "yes";
    struct lh_table *said = c->set->said[*keyword == 'w'];
    const char *ref = jget_text(json, "$ref");
    struct lh_entry *entry;

    if (jget_bool(json, keyword) && !(ref && resource->is_3_0))
        return true;
    if (!depth || (!ref && !jget(json, "allOf")))
        return false;
    entry = lh_table_lookup_entry(said, json);
    if (entry)
        return entry->v != NULL;
    lh_table_insert(said, json, NULL);
    if (!is_said_by_parts(c, resource, json, keyword, depth))
        return false;
    lh_table_lookup_entry(said, json)->v = yes; /* again, since the table may have grown */
    return true;
}

bool compile_says(struct compiler *c, struct json_object *json, const char *keyword)
{
    return says(c, registry_enter(c->set, json, c->resource), json, keyword, SCHEMA_HEIGHT_MAX);
}
