/* SPDX-License-Identifier: MIT */
/* The graph of schemas: what each applies, in place or below. */
#include "lib/schema/node.h"

struct walk {
    void (*fn)(void *arg, const struct schema **edge);
    void *arg;
};

static void one(const struct walk *w, const struct schema **edge)
{
    if (*edge)
        w->fn(w->arg, edge);
}

static void list(const struct walk *w, const struct schema_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        one(w, &l->items[i]);
}

static void each_in_place(const struct walk *w, const struct schema *s)
{
    struct schema_logic *l = s->logic;

    for (size_t i = 0; s->object && i < s->object->dependency_count; i++)
        one(w, &s->object->dependencies[i].schema);
    if (!l)
        return;
    one(w, &l->ref);
    one(w, &l->dynamic);
    list(w, &l->all_of);
    list(w, &l->any_of);
    list(w, &l->one_of);
    one(w, &l->negated);
    one(w, &l->condition);
    one(w, &l->then);
    one(w, &l->otherwise);
    for (size_t i = 0; l->discriminator && i < l->discriminator->count; i++)
        one(w, &l->discriminator->rows[i].schema);
}

static void each_below(const struct walk *w, const struct schema *s)
{
    struct schema_object *o = s->object;

    if (s->array) {
        list(w, &s->array->prefix);
        one(w, &s->array->items);
        one(w, &s->array->contains);
        one(w, &s->array->unevaluated);
    }
    if (!o)
        return;
    for (size_t i = 0; i < o->member_count; i++)
        one(w, &o->members[i].schema);
    for (size_t i = 0; i < o->pattern_count; i++)
        one(w, &o->patterns[i].schema);
    one(w, &o->additional);
    one(w, &o->names);
    one(w, &o->unevaluated);
}

void schema_each_edge(const struct schema *s, bool is_in_place,
                      void (*fn)(void *arg, const struct schema **edge), void *arg)
{
    struct walk w = {fn, arg};

    if (is_in_place)
        each_in_place(&w, s);
    else
        each_below(&w, s);
}
