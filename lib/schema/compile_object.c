/* SPDX-License-Identifier: MIT */
/* Compiles the keywords of objects (JSON Schema 2020-12, core, 10.3.2 and 11.3; validation, 6.5),
 * and closes those of requests: a member that no part of the schema names is refused, because a
 * misspelled name that is silently ignored is the worst answer. An object whose schema has only its
 * own properties is closed by `additional`, a composed one by `unevaluated`, which waits for all
 * branches. If the author wrote additionalProperties or unevaluatedProperties, nothing is added. */
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/schema/compile.h"
#include "lib/schema/member.h"

static const struct schema nothing = {.is_false = true, .cycle = CYCLE_CLOSED};

static struct schema_member *add_member(struct compiler *c, const char *name)
{
    struct json_object *properties = jget(c->json, "properties");
    struct schema_object *o = node_object(c);
    size_t room = jget_count(c->json, "required");

    if (json_object_is_type(properties, json_type_object))
        room += (size_t)json_object_object_length(properties);
    return member_add(o, c->set->arena, name, room);
}

/* Returns the keyword that hides members in this direction: readOnly or writeOnly. */
static const char *hidden_by(struct compiler *c)
{
    static const char *const keywords[MODE_COUNT] = {
        [MODE_CLOSED] = "readOnly", [MODE_BRANCH] = "readOnly", [MODE_RESPONSE] = "writeOnly"};

    return node_object(c)->hidden_by = keywords[c->mode];
}

void compile_properties(struct compiler *c, struct json_object *value)
{
    const char *hidden = hidden_by(c);

    json_object_object_foreach(value, name, json)
    {
        struct schema_member *m = add_member(c, name);

        m->schema = compile_child(c, json);
        m->is_hidden = hidden && compile_says(c, json, hidden);
        c->set->has_hidden |= m->is_hidden;
    }
}

void compile_required(struct compiler *c, struct json_object *value)
{
    hidden_by(c);
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *name = json_object_array_get_idx(value, i);
        struct schema_member *m;

        if (!json_object_is_type(name, json_type_string)) {
            compile_complain(c, "must be a list of names");
            continue;
        }
        m = add_member(c, json_object_get_string(name));
        if (m->is_required)
            compile_complain(c, "%s occurs twice", json_object_get_string(name));
        m->is_required = true;
    }
}

void compile_pattern_properties(struct compiler *c, struct json_object *value)
{
    struct schema_object *o = node_object(c);
    size_t n = (size_t)json_object_object_length(value);

    o->patterns = arena_alloc(c->set->arena, (n + 1) * sizeof(*o->patterns));
    json_object_object_foreach(value, text, json)
    {
        const struct pattern *pattern = compile_pattern(c, value, text);
        const struct schema *schema = compile_child(c, json);

        if (pattern)
            o->patterns[o->pattern_count++] =
                (struct schema_pattern){arena_strdup(c->set->arena, text), pattern, schema};
    }
}

void compile_additional(struct compiler *c, struct json_object *value)
{
    node_object(c)->additional = compile_child(c, value);
}

void compile_unevaluated_properties(struct compiler *c, struct json_object *value)
{
    node_object(c)->unevaluated = compile_child(c, value);
}

void compile_names(struct compiler *c, struct json_object *value)
{
    node_object(c)->names = compile_aside(c, value);
}

void compile_object_size(struct compiler *c, struct json_object *value)
{
    struct schema_range *size = &node_object(c)->size;

    compile_size(c, value, c->keyword[1] == 'i' ? &size->least : &size->most);
}

static struct schema_dependency *add_dependency(struct compiler *c, const char *name)
{
    static const char *const keywords[] = {"dependentRequired", "dependentSchemas"};
    struct schema_object *o = node_object(c);
    size_t room = 0;

    for (int i = 0; i < 2; i++)
        if (json_object_is_type(jget(c->json, keywords[i]), json_type_object))
            room += (size_t)json_object_object_length(jget(c->json, keywords[i]));
    if (!o->dependencies)
        o->dependencies = arena_alloc(c->set->arena, room * sizeof(*o->dependencies));
    o->dependencies[o->dependency_count] =
        (struct schema_dependency){.name = member_name(c->set->arena, name)};
    return &o->dependencies[o->dependency_count++];
}

static void read_dependency(struct compiler *c, const char *name, struct json_object *list)
{
    struct schema_dependency *d = add_dependency(c, name);
    size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    struct json_object *seen = json_object_new_object();

    if (!json_object_is_type(list, json_type_array))
        compile_complain(c, "%s: must be a list of names", name);
    d->required = arena_alloc(c->set->arena, (n + 1) * sizeof(*d->required));
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const char *text = json_object_get_string(item);

        if (!json_object_is_type(item, json_type_string)) {
            compile_complain(c, "%s: must be a list of names", name);
            continue;
        }
        if (json_object_object_get_ex(seen, text, NULL))
            compile_complain(c, "%s: %s occurs twice", name, text);
        json_object_object_add(seen, text, NULL);
        d->required[d->required_count++] = member_name(c->set->arena, text);
    }
    json_object_put(seen);
}

void compile_dependent_required(struct compiler *c, struct json_object *value)
{
    hidden_by(c);
    json_object_object_foreach(value, name, list)
    {
        read_dependency(c, name, list);
    }
}

void compile_dependent_schemas(struct compiler *c, struct json_object *value)
{
    json_object_object_foreach(value, name, json)
    {
        add_dependency(c, name)->schema = compile_branch(c, json);
    }
}

/* Returns true if the schema has parts besides its own properties. */
static bool is_composed(const struct schema *s)
{
    const struct schema_logic *l = s->logic;

    for (size_t i = 0; s->object && i < s->object->dependency_count; i++)
        if (s->object->dependencies[i].schema)
            return true;
    return l && (l->ref || l->dynamic || l->all_of.count || l->any_of.count || l->one_of.count ||
                 l->then || l->otherwise);
}

/* Closes a request's object to the members that its schema names. */
static void close_object(struct compiler *c)
{
    struct schema_object *o;

    if (!c->node->names_members || compile_is_only_ref(c->json) ||
        jget(c->json, "additionalProperties") || jget(c->json, "unevaluatedProperties"))
        return;
    o = node_object(c);
    o->is_closed = true;
    for (size_t i = 0; i < o->member_count; i++) /* `required` names members too */
        if (!o->members[i].schema)
            o->members[i].schema = &schema_anything;
    if (is_composed(c->node))
        o->unevaluated = &nothing;
    else
        o->additional = &nothing;
}

void compile_finish_object(struct compiler *c)
{
    struct schema_object *o = c->node->object;

    c->node->names_members |=
        jget(c->json, "properties") != NULL || jget(c->json, "patternProperties") != NULL;
    if (c->mode == MODE_CLOSED)
        close_object(c);
    for (size_t i = 0; o && i < o->member_count; i++) {
        o->members[i].is_required &= !o->members[i].is_hidden;
        o->required_count += o->members[i].is_required;
    }
}
