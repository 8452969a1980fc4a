/* SPDX-License-Identifier: MIT */
/* Takes out of an answer what must not leave: members that any part of its schema, alternatives
 * too, says are writeOnly. */
#include <string.h>

#include "lib/schema/node.h"
#include "lib/schema/edges.h"
#include "lib/schema/member.h"

struct stripping {
    struct json_object *value;
    unsigned depth;
};

static void strip(const struct schema *s, struct json_object *value, unsigned depth);

static void strip_in_place(void *arg, const struct schema **part)
{
    const struct stripping *w = arg;

    strip(*part, w->value, w->depth);
}

static void strip_object(const struct schema_object *o, struct json_object *value, unsigned depth)
{
    for (size_t i = 0; i < o->member_count; i++) {
        const struct schema_member *m = &o->members[i];
        struct json_object *item;

        if (m->is_hidden)
            json_object_object_del(value, m->name);
        else if (m->schema && json_object_object_get_ex(value, m->name, &item))
            strip(m->schema, item, depth);
    }
    json_object_object_foreach(value, name, item)
    {
        if (o->additional && !member_find(o, name, strlen(name)))
            strip(o->additional, item, depth);
        for (size_t i = 0; i < o->pattern_count; i++)
            strip(o->patterns[i].schema, item, depth);
    }
}

static void strip_array(const struct schema_array *a, struct json_object *value, unsigned depth)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (item)
            strip(item, json_object_array_get_idx(value, i), depth);
    }
}

static void strip(const struct schema *s, struct json_object *value, unsigned depth)
{
    struct stripping w = {value, depth - 1};

    if (!depth)
        return;
    if (s->object && json_object_is_type(value, json_type_object))
        strip_object(s->object, value, depth - 1);
    if (s->array && json_object_is_type(value, json_type_array))
        strip_array(s->array, value, depth - 1);
    schema_each_edge(s, strip_in_place, &w);
}

void schema_strip(const struct schema *s, struct json_object *value)
{
    strip(s, value, SCHEMA_DEPTH_MAX);
}
