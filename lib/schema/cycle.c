/* SPDX-License-Identifier: MIT */
/*
 * A schema may contain itself below properties or items, since the value ends the recursion. A
 * schema that applies itself to the same value never ends, and neither would any walk over it. This
 * is a depth-first search with the usual three states; edges that lead back to an open node, too
 * deep, or to too many others, are cut.
 *
 * One such circle has a meaning that everybody agrees on, and generators write it: a base whose
 * discriminator chooses among schemas that each extend the base by allOf. A value that was led to
 * an alternative is then checked against the base without its alternatives.
 */
#include "lib/schema/edges.h"

struct visit {
    struct arena *arena;
    unsigned depth, height, size;
    const char *why;
};

static void visit_schema(struct schema *s, struct visit *v);

/* Returns true if one of the alternatives, or what it refers to, is being visited. */
static bool is_any_open(const struct schema_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct schema *s = list->items[i];

        for (int n = 0; s && n < SCHEMA_HEIGHT_MAX; n++) {
            if (s->cycle == CYCLE_OPEN)
                return true;
            s = s->logic ? s->logic->ref : NULL;
        }
    }
    return false;
}

/* Returns true if the schema is a base that an alternative of it has led to. */
static bool is_base(const struct schema *s)
{
    return s->logic && s->logic->discriminator &&
           (is_any_open(&s->logic->one_of) || is_any_open(&s->logic->any_of));
}

/* Returns what a mere reference leads to, otherwise the schema itself. */
static const struct schema *follow(const struct schema *s)
{
    for (int n = 0; n < SCHEMA_HEIGHT_MAX; n++) {
        const struct schema_logic *l = s->logic;
        bool is_bare = l && l->ref && !s->object && !s->array && !s->text && !s->number &&
                       !s->values && !s->constant && s->types == SCHEMA_ANY && !l->all_of.count &&
                       !l->any_of.count && !l->one_of.count && !l->negated && !l->condition &&
                       !l->dynamic;

        if (!is_bare)
            break;
        s = l->ref;
    }
    return s;
}

/* Returns the base without its alternatives. */
static const struct schema *without_alternatives(struct arena *arena, const struct schema *s)
{
    struct schema *base = arena_alloc(arena, sizeof(*base));
    struct schema_logic *logic = arena_alloc(arena, sizeof(*logic));

    *base = *s;
    *logic = *s->logic;
    logic->one_of = logic->any_of = (struct schema_list){0};
    logic->discriminator = NULL;
    base->logic = logic;
    base->cycle = CYCLE_UNSEEN;
    return base;
}

static void visit_edge(void *arg, const struct schema **edge)
{
    struct visit *v = arg, below = {.arena = v->arena, .depth = v->depth + 1, .size = 1};
    const char *why = NULL;

    if (is_base(follow(*edge)))
        *edge = without_alternatives(v->arena, follow(*edge));
    if ((*edge)->cycle == CYCLE_OPEN)
        why = "the schema applies itself endlessly";
    else if ((*edge)->cycle == CYCLE_UNSEEN && below.depth <= SCHEMA_HEIGHT_MAX)
        visit_schema((struct schema *)(uintptr_t)*edge, &below);
    if (!why && ((*edge)->cycle == CYCLE_UNSEEN || (*edge)->height >= SCHEMA_HEIGHT_MAX))
        why = "too many schemas apply each other to the same value";
    else if (!why && v->size + (*edge)->size > SCHEMA_SIZE_MAX)
        why = "more than 16384 schemas apply to the same value";
    if (why)
        *edge = &schema_anything;
    if (v->size < SCHEMA_SIZE_MAX)
        v->size += (*edge)->size;
    if (v->height <= (*edge)->height)
        v->height = (*edge)->height + 1;
    if (why || below.why)
        v->why = why ? why : below.why;
}

static void visit_schema(struct schema *s, struct visit *v)
{
    s->cycle = CYCLE_OPEN;
    schema_each_edge(s, visit_edge, v);
    s->height = v->height;
    s->size = v->size;
    s->all_types = schema_join_types(s);
    s->cycle = CYCLE_CLOSED;
}

const char *schema_cut_cycles(struct schema *s, struct arena *arena)
{
    struct visit v = {.arena = arena, .size = 1};

    if (s->cycle == CYCLE_UNSEEN)
        visit_schema(s, &v);
    return v.why;
}
