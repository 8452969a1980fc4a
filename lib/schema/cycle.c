/* SPDX-License-Identifier: MIT */
/*
 * A schema may contain itself below properties or items: that ends with the value. One that
 * applies itself in place never ends, and every walk over it would not either. Depth-first, with
 * the usual three states; what leads back to an open node is cut.
 */
#include "lib/schema/node.h"

static const struct schema anything = {
    .types = SCHEMA_ANY, .cycle = CYCLE_CLOSED, .is_walked = true};

static bool visit(struct schema *s);

static struct schema *writable(const struct schema *s)
{
    return (struct schema *)(uintptr_t)s;
}

static void visit_edge(void *arg, const struct schema **edge)
{
    bool *found = arg;

    if ((*edge)->cycle == CYCLE_OPEN) {
        *edge = &anything;
        *found = true;
    } else if ((*edge)->cycle == CYCLE_UNSEEN) {
        *found |= visit(writable(*edge));
    }
}

/* Whether an endless way goes through `s`; it is cut then. */
static bool visit(struct schema *s)
{
    bool found = false;

    s->cycle = CYCLE_OPEN;
    schema_each_edge(s, true, visit_edge, &found);
    s->cycle = CYCLE_CLOSED;
    return found;
}

static void walk_edge(void *arg, const struct schema **edge)
{
    *(bool *)arg |= schema_cut_cycles(writable(*edge));
}

bool schema_cut_cycles(struct schema *s)
{
    bool found;

    if (s->is_walked)
        return false;
    s->is_walked = true;
    found = s->cycle == CYCLE_UNSEEN && visit(s);
    schema_each_edge(s, true, walk_edge, &found);
    schema_each_edge(s, false, walk_edge, &found);
    return found;
}
