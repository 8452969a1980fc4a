/* SPDX-License-Identifier: MIT */
/* JSON → nodes. A table says of each keyword what it wants; unknown ones are annotations. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/mark.h"
#include "lib/schema/node.h"

struct compiler {
    struct schema_set *set;
    struct schema *node;
};

static const struct schema *compile_node(struct schema_set *set, struct json_object *json);

static const char *const type_names[] = {"null",   "boolean", "integer", "number",
                                         "string", "array",   "object"};

static void complain(struct compiler *c, struct json_object *at, const char *keyword,
                     const char *what)
{
    if (c->set->diags)
        diag_error(c->set->diags, mark_key(at, keyword), "%s: %s", keyword, what);
}

static int type_bit(const char *name)
{
    for (int i = 0; i < 7; i++)
        if (name && strcmp(type_names[i], name) == 0)
            return 1 << i;
    return 0;
}

const char *schema_type_names(struct arena *arena, int types)
{
    const char *text = "";

    if (types == SCHEMA_ANY)
        return "any value";
    for (int i = 6; i >= 0; i--)
        if ((types & 1 << i) && !(i == 2 && (types & SCHEMA_NUMBER)))
            text = arena_printf(arena, "%s%s%s", text, *text ? " or " : "", type_names[i]);
    return text;
}

static void compile_type(struct compiler *c, struct json_object *json, struct json_object *value)
{
    bool is_list = json_object_is_type(value, json_type_array);
    size_t n = is_list ? json_object_array_length(value) : 1;

    c->node->types = 0;
    for (size_t i = 0; i < n; i++) {
        struct json_object *name = is_list ? json_object_array_get_idx(value, i) : value;
        int bit = json_object_is_type(name, json_type_string)
                      ? type_bit(json_object_get_string(name))
                      : 0;

        if (!bit)
            complain(c, json, "type",
                     "not a type; allowed: null, boolean, integer, number, string, array, object");
        c->node->types |= bit;
    }
    if (c->node->types & SCHEMA_NUMBER)
        c->node->types |= SCHEMA_INTEGER;
}

static void put_value(void *value)
{
    json_object_put(value);
}

static void compile_values(struct compiler *c, struct json_object *json)
{
    struct json_object *value;

    if (json_object_object_get_ex(json, "const", &value)) {
        c->node->constant = json_object_new_array();
        json_object_array_add(c->node->constant, json_object_get(value));
        arena_defer(c->set->arena, put_value, c->node->constant);
    }
    if (!json_object_object_get_ex(json, "enum", &value))
        return;
    if (json_object_is_type(value, json_type_array)) {
        c->node->values = json_object_get(value);
        arena_defer(c->set->arena, put_value, c->node->values);
    } else {
        complain(c, json, "enum", "must be an array");
    }
}

/* 2.0 is a whole number too. */
static bool read_whole(struct json_object *value, int64_t *out)
{
    double number = json_object_get_double(value);

    *out = json_object_get_int64(value);
    if (json_object_is_type(value, json_type_int))
        return true;
    if (!json_object_is_type(value, json_type_double) || floor(number) != number ||
        fabs(number) >= 9223372036854775808.0)
        return false;
    *out = (int64_t)number;
    return true;
}

static void compile_bound(struct compiler *c, struct json_object *json, const char *keyword,
                          struct json_object *value, enum schema_bound bound)
{
    bool is_size = bound >= BOUND_MIN_LENGTH;

    if (json_object_is_type(value, json_type_boolean) &&
        (bound == BOUND_EXCLUSIVE_MINIMUM || bound == BOUND_EXCLUSIVE_MAXIMUM)) {
        complain(c, json, keyword,
                 "must be a number (OpenAPI 3.1; 3.0's boolean is not supported)");
        return;
    }
    if (read_whole(value, &c->node->whole[bound])) {
        c->node->exact |= 1u << bound;
    } else if (is_size || !json_object_is_type(value, json_type_double)) {
        complain(c, json, keyword, is_size ? "must be a whole number" : "must be a number");
        return;
    }
    c->node->bound[bound] = json_object_get_double(value);
    if ((is_size && c->node->bound[bound] < 0) ||
        (bound == BOUND_MULTIPLE_OF && c->node->bound[bound] <= 0)) {
        complain(c, json, keyword, is_size ? "must not be negative" : "must be more than 0");
        return;
    }
    c->node->bounds |= 1u << bound;
}

static struct schema_member *member_of(struct schema *s, const char *name)
{
    for (size_t i = 0; i < s->member_count; i++)
        if (strcmp(s->members[i].name, name) == 0)
            return &s->members[i];
    return NULL;
}

static size_t count_members(struct json_object *json)
{
    struct json_object *properties = json_object_object_get(json, "properties");
    struct json_object *required = json_object_object_get(json, "required");
    size_t n = 0;

    if (json_object_is_type(properties, json_type_object))
        n += (size_t)json_object_object_length(properties);
    if (json_object_is_type(required, json_type_array))
        n += json_object_array_length(required);
    return n;
}

static void compile_properties(struct compiler *c, struct json_object *json,
                               struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object)) {
        complain(c, json, "properties", "must be a map of schemas");
        return;
    }
    json_object_object_foreach(value, name, member)
    {
        c->node->members[c->node->member_count++] = (struct schema_member){
            .name = arena_strdup(c->set->arena, name), .schema = compile_node(c->set, member)};
    }
}

static void compile_required(struct compiler *c, struct json_object *json,
                             struct json_object *value)
{
    if (!json_object_is_type(value, json_type_array)) {
        complain(c, json, "required", "must be an array of names");
        return;
    }
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        const char *name = json_object_get_string(item);
        struct schema_member *member;

        if (!json_object_is_type(item, json_type_string)) {
            complain(c, json, "required", "must be an array of names");
            return;
        }
        member = member_of(c->node, name);
        if (!member) {
            member = &c->node->members[c->node->member_count++];
            *member = (struct schema_member){.name = arena_strdup(c->set->arena, name)};
        }
        member->is_required = true;
    }
}

static void compile_list(struct compiler *c, struct json_object *json, const char *keyword,
                         struct json_object *value, struct schema_list *list)
{
    if (!json_object_is_type(value, json_type_array) || !json_object_array_length(value)) {
        complain(c, json, keyword, "must be an array of schemas");
        return;
    }
    list->count = json_object_array_length(value);
    list->items = arena_alloc(c->set->arena, list->count * sizeof(*list->items));
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = compile_node(c->set, json_object_array_get_idx(value, i));
}

static const struct schema *compile_definition(struct schema_set *set, const char *name,
                                               struct json_object *json, struct schema *fresh);

static void compile_ref(struct compiler *c, struct json_object *json, struct json_object *value)
{
    const char *ref = json_object_get_string(value);
    const char *name = ref && strncmp(ref, "#/", 2) == 0 ? ref + 2 : "";
    struct json_object *known, *definition;
    /* A request's schemas are closed, so that the two kinds are two schemas. */
    const char *key = arena_printf(c->set->arena, "%c%s", c->set->is_request ? '>' : '<', name);

    if (json_object_object_get_ex(c->set->compiled, key, &known)) {
        c->node->ref = (const struct schema *)(uintptr_t)json_object_get_uint64(known);
    } else if (json_object_object_get_ex(c->set->definitions, name, &definition)) {
        c->node->ref = compile_definition(c->set, key, definition,
                                          arena_zalloc(c->set->arena, sizeof(struct schema)));
    } else {
        complain(c, json, "$ref", "names nothing");
    }
}

/* Beside properties of its own, what $ref names is a branch: it must not close the whole. */
static void compile_branch_ref(struct compiler *c, struct json_object *json,
                               struct json_object *value)
{
    bool was_request = c->set->is_request;

    c->set->is_request &= !json_object_object_get(json, "properties");
    compile_ref(c, json, value);
    c->set->is_request = was_request;
}

/* Keywords that restrict but are not enforced yet: said aloud rather than ignored. */
static const char *const unenforced[] = {
    "pattern",          "patternProperties",     "propertyNames",    "contains",
    "minContains",      "maxContains",           "prefixItems",      "dependentRequired",
    "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "if",
    "minProperties",    "maxProperties",         "$dynamicRef",      "discriminator"};

static const char *const bound_names[BOUND_COUNT] = {
    "minimum",   "maximum",   "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems",         "maxItems"};

static void compile_bounds(struct compiler *c, struct json_object *json)
{
    struct json_object *value;

    for (int i = 0; i < BOUND_COUNT; i++)
        if (json_object_object_get_ex(json, bound_names[i], &value))
            compile_bound(c, json, bound_names[i], value, (enum schema_bound)i);
}

static void compile_object(struct compiler *c, struct json_object *json)
{
    struct json_object *value;
    size_t n = count_members(json);

    if (n)
        c->node->members = arena_alloc(c->set->arena, n * sizeof(*c->node->members));
    if (json_object_object_get_ex(json, "properties", &value))
        compile_properties(c, json, value);
    if (json_object_object_get_ex(json, "required", &value))
        compile_required(c, json, value);
    if (json_object_object_get_ex(json, "additionalProperties", &value)) {
        if (json_object_is_type(value, json_type_boolean))
            c->node->is_closed = !json_object_get_boolean(value);
        else
            c->node->additional = compile_node(c->set, value);
    } else {
        c->node->is_closed =
            c->set->is_request && json_object_object_get(json, "properties") &&
            !json_object_object_get(json, "$ref") && !json_object_object_get(json, "allOf") &&
            !json_object_object_get(json, "anyOf") && !json_object_object_get(json, "oneOf") &&
            !json_object_object_get(json, "patternProperties");
    }
}

/* A branch must not close what another branch or the whole may open. */
static void compile_lists(struct compiler *c, struct json_object *json)
{
    static const char *const names[] = {"allOf", "anyOf", "oneOf"};
    struct schema_list *lists[] = {&c->node->all_of, &c->node->any_of, &c->node->one_of};
    bool was_request = c->set->is_request;
    struct json_object *value;

    c->set->is_request = false;
    for (int i = 0; i < 3; i++)
        if (json_object_object_get_ex(json, names[i], &value))
            compile_list(c, json, names[i], value, lists[i]);
    if (json_object_object_get_ex(json, "not", &value))
        c->node->negated = compile_node(c->set, value);
    c->set->is_request = was_request;
}

static void warn_unenforced(struct compiler *c, struct json_object *json)
{
    for (size_t i = 0; i < sizeof(unenforced) / sizeof(*unenforced); i++)
        if (c->set->diags && json_object_object_get_ex(json, unenforced[i], NULL))
            diag_warn(c->set->diags, mark_key(json, unenforced[i]),
                      "%s: this version does not enforce the keyword", unenforced[i]);
}

static void compile_keywords(struct compiler *c, struct json_object *json)
{
    struct json_object *value;

    if (json_object_object_get_ex(json, "$ref", &value))
        compile_branch_ref(c, json, value);
    if (json_object_object_get_ex(json, "type", &value))
        compile_type(c, json, value);
    if (json_object_get_boolean(json_object_object_get(json, "nullable")))
        c->node->types |= SCHEMA_NULL;
    compile_values(c, json);
    if (json_object_object_get_ex(json, "items", &value))
        c->node->items = compile_node(c->set, value);
    c->node->is_unique = json_object_get_boolean(json_object_object_get(json, "uniqueItems"));
    compile_bounds(c, json);
    compile_object(c, json);
    compile_lists(c, json);
    warn_unenforced(c, json);
}

static void compile_into(struct schema_set *set, struct json_object *json, struct schema *node)
{
    struct compiler c = {set, node};

    node->types = SCHEMA_ANY;
    if (json_object_is_type(json, json_type_boolean))
        node->is_false = !json_object_get_boolean(json);
    else if (json_object_is_type(json, json_type_object))
        compile_keywords(&c, json);
    else if (json && set->diags)
        diag_error(set->diags, mark_where(json), "a schema must be a map or a boolean");
}

static const struct schema *compile_definition(struct schema_set *set, const char *name,
                                               struct json_object *json, struct schema *fresh)
{
    json_object_object_add(set->compiled, name, json_object_new_uint64((uintptr_t)fresh));
    compile_into(set, json, fresh);
    return fresh;
}

static const struct schema *compile_node(struct schema_set *set, struct json_object *json)
{
    struct schema *node = arena_zalloc(set->arena, sizeof(*node));

    compile_into(set, json, node);
    return node;
}

const struct schema *schema_compile(struct schema_set *set, struct json_object *json)
{
    const struct schema *node = compile_node(set, json);

    if (schema_cut_cycles((struct schema *)(uintptr_t)node) && set->diags)
        diag_error(set->diags, mark_where(json), "the schema applies itself without end");
    return node;
}

void schema_set_init(struct schema_set *set, struct arena *arena, struct json_object *definitions,
                     struct diags *diags)
{
    *set = (struct schema_set){.arena = arena, .definitions = definitions, .diags = diags};
    set->compiled = json_object_new_object();
}

void schema_set_fini(struct schema_set *set)
{
    json_object_put(set->compiled);
    set->compiled = NULL;
}
