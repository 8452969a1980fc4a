/* SPDX-License-Identifier: MIT */
/* Defaults: added where the schema applies whatever the value is, so not inside alternatives. */
#include <stdlib.h>
#include <string.h>

#include "lib/schema/effort.h"
#include "lib/schema/member.h"
#include "lib/schema/node.h"

struct filler {
    struct effort effort; /* where it does not suffice, no check finds the value valid either */
    unsigned depth;
};

static void fill(struct filler *f, const struct schema *s, struct json_object *value);

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
static void fill_member(struct filler *f, const struct schema_member *m, struct json_object *value)
{
    struct json_object *item, *fallback;

    if (!m->schema || m->is_hidden)
        return;
    if (json_object_object_get_ex(value, m->name, &item))
        fill(f, m->schema, item);
    else if (schema_default(m->schema, &fallback))
        json_object_object_add(value, m->name, copy(fallback));
}

static void fill_object(struct filler *f, const struct schema_object *o, struct json_object *value)
{
    for (size_t i = 0; i < o->member_count; i++)
        fill_member(f, &o->members[i], value);
    if (!o->additional || o->pattern_count)
        return;
    json_object_object_foreach(value, name, item)
    {
        const struct schema_member *m = member_find(o, name, strlen(name));

        if (!m || !m->schema)
            fill(f, o->additional, item);
    }
}

static void fill_array(struct filler *f, const struct schema_array *a, struct json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (item)
            fill(f, item, json_object_array_get_idx(value, i));
    }
}

static void fill(struct filler *f, const struct schema *s, struct json_object *value)
{
    if (!effort_step(&f->effort, f->depth))
        return;
    f->depth++;
    if (s->object && json_object_is_type(value, json_type_object))
        fill_object(f, s->object, value);
    if (s->array && json_object_is_type(value, json_type_array))
        fill_array(f, s->array, value);
    if (s->logic && s->logic->ref)
        fill(f, s->logic->ref, value);
    for (size_t i = 0; s->logic && i < s->logic->all_of.count; i++)
        fill(f, s->logic->all_of.items[i], value);
    f->depth--;
}

void schema_fill(const struct schema *s, struct json_object *value)
{
    struct filler f = {.effort = effort_for(value)};

    fill(&f, s, value);
}
