/* SPDX-License-Identifier: MIT */
/*
 * A schema may contain itself below properties or items: that ends with the value. One that
 * applies itself in place never ends, and every walk over it would not either. Depth-first, with
 * the usual three states; what leads back to an open node is cut.
 */
#include "lib/schema/node.h"

static struct schema *writable(const struct schema *s)
{
    return (struct schema *)(uintptr_t)s;
}

static bool visit(struct schema *s);

static bool leads_back(const struct schema *s)
{
    return s && (s->cycle == CYCLE_OPEN || visit(writable(s)));
}

static bool visit_list(struct schema_list *list)
{
    bool found = false;

    for (size_t i = 0; i < list->count && !found; i++)
        found = leads_back(list->items[i]);
    if (found)
        list->count = 0;
    return found;
}

/* Whether an endless way goes through `s`, which is cut then. */
static bool visit(struct schema *s)
{
    bool found = false;

    if (s->cycle == CYCLE_CLOSED)
        return false;
    s->cycle = CYCLE_OPEN;
    if (leads_back(s->ref)) {
        s->ref = NULL;
        found = true;
    }
    if (leads_back(s->negated)) {
        s->negated = NULL;
        found = true;
    }
    found |= visit_list(&s->all_of);
    found |= visit_list(&s->any_of);
    found |= visit_list(&s->one_of);
    s->cycle = CYCLE_CLOSED;
    return found;
}

static bool walk_list(const struct schema_list *list)
{
    bool found = false;

    for (size_t i = 0; i < list->count; i++)
        found |= schema_cut_cycles(writable(list->items[i]));
    return found;
}

bool schema_cut_cycles(struct schema *s)
{
    bool found;

    if (!s || s->is_walked)
        return false;
    s->is_walked = true;
    found = visit(s);
    found |= schema_cut_cycles(writable(s->ref)) | schema_cut_cycles(writable(s->negated));
    found |= schema_cut_cycles(writable(s->items)) | schema_cut_cycles(writable(s->additional));
    for (size_t i = 0; i < s->member_count; i++)
        found |= schema_cut_cycles(writable(s->members[i].schema));
    return found | walk_list(&s->all_of) | walk_list(&s->any_of) | walk_list(&s->one_of);
}
