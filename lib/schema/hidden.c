/* SPDX-License-Identifier: MIT */
/* Removes hidden members from a value: readOnly ones from a request, writeOnly ones from an answer.
 * A member is hidden if any part of the schema says so, even in an alternative. */
#include "lib/schema/edges.h"
#include "lib/schema/member.h"
#include "lib/schema/walk.h"

enum { MEMBER_STEPS = 3 };

struct stripper {
    struct budget *budget;
    struct jvalue *value; /* the current one */
    unsigned depth;
};

static void strip(struct stripper *w, const struct schema *s, struct jvalue *value);

static void strip_in_place(void *arg, const struct schema **part)
{
    struct stripper *w = arg;

    strip(w, *part, w->value);
}

/* Removes a member, moving all others up. */
static void remove_member(struct stripper *w, struct jvalue *value, struct slice name)
{
    if (jvalue_remove(value, name))
        budget_step(w->budget, 1 + value->size / WALK_ITEMS_PER_STEP);
}

static void strip_object(struct stripper *w, const struct schema_object *o, struct jvalue *value)
{
    for (size_t i = 0; i < o->member_count && budget_step(w->budget, MEMBER_STEPS); i++) {
        const struct schema_member *m = &o->members[i];
        struct jvalue *item = jvalue_find(value, m->name.plain, m->name.hash);

        if (item && m->is_hidden)
            remove_member(w, value, m->name.plain);
        else if (item && m->schema)
            strip(w, m->schema, item);
    }
    for (size_t i = 0; i < value->size && budget_step(w->budget, MEMBER_STEPS); i++) {
        struct jmember *member = &value->members[i];

        if (o->additional && !member_find(o, jmember_name(member), member->hash))
            strip(w, o->additional, &member->value);
        for (size_t k = 0; k < o->pattern_count; k++)
            strip(w, o->patterns[k].schema, &member->value);
    }
}

static void strip_array(struct stripper *w, const struct schema_array *a, struct jvalue *value)
{
    for (size_t i = 0; i < value->size && budget_step(w->budget, 1); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (!item)
            break;
        strip(w, item, &value->items[i]);
    }
}

static void strip(struct stripper *w, const struct schema *s, struct jvalue *value)
{
    struct jvalue *outer = w->value;

    if (value->type < JARRAY || !walk_enter(w->budget, w->depth))
        return; /* a scalar has no members */
    w->depth++;
    w->value = value;
    if (s->object && value->type == JOBJECT)
        strip_object(w, s->object, value);
    if (s->array && value->type == JARRAY)
        strip_array(w, s->array, value);
    schema_each_edge(s, strip_in_place, w);
    w->value = outer;
    w->depth--;
}

bool schema_strip(const struct schema *s, struct jvalue *value, struct budget *budget)
{
    struct stripper w = {.budget = budget};

    strip(&w, s, value);
    return !walk_ended(budget);
}
