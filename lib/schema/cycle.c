/* SPDX-License-Identifier: MIT */
/*
 * A schema may contain itself below properties or items, since the value ends the recursion. A
 * schema that applies itself to the same value never ends, and neither would any walk over it. This
 * is a depth-first search with the usual three states; edges that lead back to an open node, too
 * deep, or to too many others, are cut.
 */
#include "lib/schema/edges.h"

struct visit {
    unsigned depth, height, size;
    const char *why;
};

static void visit_schema(struct schema *s, struct visit *v);

static void visit_edge(void *arg, const struct schema **edge)
{
    struct visit *v = arg, below = {.depth = v->depth + 1, .size = 1};
    const char *why = NULL;

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

const char *schema_cut_cycles(struct schema *s)
{
    struct visit v = {.size = 1};

    if (s->cycle == CYCLE_UNSEEN)
        visit_schema(s, &v);
    return v.why;
}
