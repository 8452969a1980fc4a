/* SPDX-License-Identifier: MIT */
/* Walks the graph of schemas: those that each schema applies to its own value. */
#include "lib/schema/edges.h"

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

void schema_each_edge(const struct schema *s, void (*fn)(void *arg, const struct schema **edge),
                      void *arg)
{
    const struct walk walk = {fn, arg}, *w = &walk;
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
