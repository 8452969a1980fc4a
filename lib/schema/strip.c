/* SPDX-License-Identifier: MIT */
/* Takes out of an answer what must not leave: members that any part of its schema, alternatives
 * too, says are writeOnly. */
#include <string.h>

#include "lib/schema/edges.h"
#include "lib/schema/effort.h"
#include "lib/schema/member.h"
#include "lib/schema/node.h"

struct stripper {
    struct effort effort;
    struct json_object *value; /* the one at hand */
    unsigned depth;
};

static void strip(struct stripper *w, const struct schema *s, struct json_object *value);

static void strip_in_place(void *arg, const struct schema **part)
{
    struct stripper *w = arg;

    strip(w, *part, w->value);
}

static void strip_object(struct stripper *w, const struct schema_object *o,
                         struct json_object *value)
{
    for (size_t i = 0; i < o->member_count; i++) {
        const struct schema_member *m = &o->members[i];
        struct json_object *item;

        if (m->is_hidden)
            json_object_object_del(value, m->name);
        else if (m->schema && json_object_object_get_ex(value, m->name, &item))
            strip(w, m->schema, item);
    }
    json_object_object_foreach(value, name, item)
    {
        if (o->additional && !member_find(o, name, strlen(name)))
            strip(w, o->additional, item);
        for (size_t i = 0; i < o->pattern_count; i++)
            strip(w, o->patterns[i].schema, item);
    }
}

static void strip_array(struct stripper *w, const struct schema_array *a, struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (item)
            strip(w, item, json_object_array_get_idx(value, i));
    }
}

static void strip(struct stripper *w, const struct schema *s, struct json_object *value)
{
    struct json_object *outer = w->value;

    if (!effort_step(&w->effort, w->depth))
        return;
    w->depth++;
    w->value = value;
    if (s->object && json_object_is_type(value, json_type_object))
        strip_object(w, s->object, value);
    if (s->array && json_object_is_type(value, json_type_array))
        strip_array(w, s->array, value);
    schema_each_edge(s, strip_in_place, w);
    w->value = outer;
    w->depth--;
}

bool schema_strip(const struct schema *s, struct json_object *value)
{
    struct stripper w = {.effort = effort_for(value)};

    strip(&w, s, value);
    return !w.effort.why;
}
