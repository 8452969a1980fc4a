/* SPDX-License-Identifier: MIT */
/* Defaults: added where the schema applies whatever the value is, so not inside alternatives. */
#include <stdlib.h>
#include <string.h>

#include "lib/schema/node.h"
#include "lib/schema/member.h"

static void fill(const struct schema *s, struct json_object *value, unsigned depth);

static int copy_one(json_object *from, json_object *parent, const char *key, size_t index,
                    json_object **to)
{
    int rc = json_c_shallow_copy_default(from, parent, key, index, to);

    return rc < 0 ? rc : 2; /* the mark is not copied */
}

/* A copy: what becomes of the value must not change the document. */
static struct json_object *copy(struct json_object *fallback)
{
    struct json_object *out = NULL;

    if (fallback && json_object_deep_copy(fallback, &out, copy_one) < 0)
        abort();
    return out;
}

/* A default is added as it is written: its own members are not looked at. */
static void fill_member(const struct schema_member *m, struct json_object *value, unsigned depth)
{
    struct json_object *item, *fallback;

    if (!m->schema || m->is_hidden)
        return;
    if (json_object_object_get_ex(value, m->name, &item))
        fill(m->schema, item, depth - 1);
    else if (schema_default(m->schema, &fallback))
        json_object_object_add(value, m->name, copy(fallback));
}

static void fill_object(const struct schema_object *o, struct json_object *value, unsigned depth)
{
    for (size_t i = 0; i < o->member_count; i++)
        fill_member(&o->members[i], value, depth);
    if (!o->additional || o->pattern_count)
        return;
    json_object_object_foreach(value, name, item)
    {
        const struct schema_member *m = member_find(o, name, strlen(name));

        if (!m || !m->schema)
            fill(o->additional, item, depth - 1);
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
