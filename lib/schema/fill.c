/* SPDX-License-Identifier: MIT */
/* Defaults: added where the schema applies whatever the value is, so not inside alternatives. */
#include "lib/schema/node.h"

static void fill(const struct schema *s, struct json_object *value, unsigned depth);

/* A default of its own for each value: another part of the schema may fill what is inside. */
static struct json_object *copy(struct json_object *fallback)
{
    struct json_object *out = NULL;

    if (fallback && json_object_deep_copy(fallback, &out, NULL) < 0)
        abort();
    return out;
}

static void fill_object(const struct schema_object *o, struct json_object *value, unsigned depth)
{
    for (size_t i = 0; i < o->member_count; i++) {
        const struct schema_member *m = &o->members[i];
        struct json_object *item, *fallback;

        if (!m->schema || m->is_hidden)
            continue;
        if (json_object_object_get_ex(value, m->name, &item))
            fill(m->schema, item, depth - 1);
        else if (schema_default(m->schema, &fallback))
            json_object_object_add(value, m->name, copy(fallback));
    }
}

static void fill_array(const struct schema_array *a, struct json_object *value, unsigned depth)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (item)
            fill(item, json_object_array_get_idx(value, i), depth - 1);
    }
}

static void fill(const struct schema *s, struct json_object *value, unsigned depth)
{
    if (!depth)
        return;
    if (s->object && json_object_is_type(value, json_type_object))
        fill_object(s->object, value, depth);
    if (s->array && json_object_is_type(value, json_type_array))
        fill_array(s->array, value, depth);
    if (!s->logic)
        return;
    if (s->logic->ref)
        fill(s->logic->ref, value, depth - 1);
    for (size_t i = 0; i < s->logic->all_of.count; i++)
        fill(s->logic->all_of.items[i], value, depth - 1);
}

void schema_fill(const struct schema *s, struct json_object *value)
{
    fill(s, value, SCHEMA_DEPTH_MAX);
}
