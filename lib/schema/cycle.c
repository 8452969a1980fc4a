/* SPDX-License-Identifier: MIT */
/*
 * A schema may contain itself below properties or items: that ends with the value. One that
 * applies itself in place never ends, and every walk over it would not either. Depth-first, with
 * the usual three states; what leads back to an open node, or too far down, is cut.
 */
#include "lib/schema/edges.h"

struct visit {
    unsigned depth, height;
    const char *why;
};

static void visit(struct schema *s, struct visit *v);

static void visit_edge(void *arg, const struct schema **edge)
{
    struct visit *v = arg, below = {.depth = v->depth + 1};
    const char *why = NULL;

    if ((*edge)->cycle == CYCLE_OPEN)
        why = "the schema applies itself without end";
    else if ((*edge)->cycle == CYCLE_UNSEEN && below.depth <= SCHEMA_HEIGHT_MAX)
        visit((struct schema *)(uintptr_t)*edge, &below);
    if (!why && ((*edge)->cycle == CYCLE_UNSEEN || (*edge)->height >= SCHEMA_HEIGHT_MAX))
        why = "too many schemas apply each other to the same value";
    if (why)
        *edge = &schema_anything;
    if (v->height <= (*edge)->height)
        v->height = (*edge)->height + 1;
    if (why || below.why)
        v->why = why ? why : below.why;
}

static void visit(struct schema *s, struct visit *v)
{
    s->cycle = CYCLE_OPEN;
    schema_each_edge(s, visit_edge, v);
    s->height = v->height;
    s->cycle = CYCLE_CLOSED;
}

const char *schema_cut_cycles(struct schema *s)
{
    struct visit v = {0};

    if (s->cycle == CYCLE_UNSEEN)
        visit(s, &v);
    return v.why;
}
