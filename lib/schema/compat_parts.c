/* SPDX-License-Identifier: MIT */
/* Compares arrays, and the rules whose sets cannot be computed (`not`, `if`, `contains`,
 * alternatives that were too many): they are laid side by side in order. A rule that was added
 * narrows, one that is gone widens, and one that differs may do both, which counts as a break in
 * either use. */
#include <string.h>

#include "lib/schema/compat_view.h"

/* --- rules side by side --- */

static const struct schema *next_picked(const struct variant *v, pick_fn pick, size_t *at)
{
    const struct schema *found = NULL;

    while (*at < v->count && !found)
        found = pick(v->nodes[(*at)++]);
    return found;
}

static unsigned negate(unsigned change)
{
    return (change & NARROWED ? WIDENED : 0u) | (change & WIDENED ? NARROWED : 0u);
}

void compat_picked(struct compat *c, const struct variant *a, const struct variant *b,
                   const char *keyword, pick_fn pick, bool is_negated)
{
    const struct schema *was, *is;
    size_t i = 0, k = 0;

    do {
        unsigned change, ignored = c->ignored;

        was = next_picked(a, pick, &i);
        is = next_picked(b, pick, &k);
        if (!was && !is)
            break;
        c->ignored = 0; /* these are sets of their own */
        change = was && is ? compat_quietly(c, view_of_one(c, was), view_of_one(c, is)) : 0;
        c->ignored = ignored;
        if (!was || !is)
            compat_say(c, was ? WIDENED : NARROWED, keyword, was ? "is gone" : "is new");
        else if (change)
            compat_say(c, is_negated ? negate(change) : change, keyword, "is another");
    } while (was || is);
}

static const struct schema *pick_negated(const struct schema *s)
{
    return s->logic ? s->logic->negated : NULL;
}

static const struct schema *pick_condition(const struct schema *s)
{
    const struct schema_logic *l = s->logic;

    return l && (l->then || l->otherwise) ? l->condition : NULL;
}

static const struct schema *pick_then(const struct schema *s)
{
    return pick_condition(s) ? s->logic->then : NULL;
}

static const struct schema *pick_otherwise(const struct schema *s)
{
    return pick_condition(s) ? s->logic->otherwise : NULL;
}

/* Returns true if both sides have the same conditions. Otherwise their branches apply to different
 * values. */
static bool has_same_conditions(struct compat *c, const struct variant *a, const struct variant *b)
{
    const struct schema *was, *is;
    size_t i = 0, k = 0;

    do {
        was = next_picked(a, pick_condition, &i);
        is = next_picked(b, pick_condition, &k);
        if (was && is && compat_quietly(c, view_of_one(c, was), view_of_one(c, is)))
            return false;
    } while (was && is);
    return true;
}

/* Compares the alternatives of two nodes in order. */
static bool is_list_equal(struct compat *c, const struct schema_list *was,
                          const struct schema_list *is)
{
    for (size_t i = 0; i < was->count && was->count == is->count; i++)
        if (compat_quietly(c, view_of_one(c, was->items[i]), view_of_one(c, is->items[i])))
            return false;
    return was->count == is->count;
}

static const struct schema_logic *next_folded(const struct variant *v, size_t *at)
{
    for (; *at < v->count; ++*at) {
        const struct schema_logic *l = v->nodes[*at]->logic;

        if (l && (l->any_of.count || l->one_of.count)) {
            ++*at;
            return l;
        }
    }
    return NULL;
}

static void compare_folded(struct compat *c, const struct variant *a, const struct variant *b)
{
    const struct schema_logic *was, *is;
    size_t i = 0, k = 0;
    bool is_equal = true;

    do {
        was = next_folded(a, &i);
        is = next_folded(b, &k);
        is_equal &= !was == !is;
        if (was && is)
            is_equal &= is_list_equal(c, &was->any_of, &is->any_of) &&
                        is_list_equal(c, &was->one_of, &is->one_of);
    } while (was && is && is_equal);
    if (!is_equal)
        compat_say(c, BOTH, "anyOf", "the alternatives differ and are too many to compare");
}

void compat_logic(struct compat *c, const struct variant *a, const struct variant *b,
                  bool is_folded)
{
    compat_picked(c, a, b, "not", pick_negated, true);
    if (!has_same_conditions(c, a, b))
        compat_say(c, BOTH, "if", "is another");
    compat_picked(c, a, b, "then", pick_then, false);
    compat_picked(c, a, b, "else", pick_otherwise, false);
    if (is_folded)
        compare_folded(c, a, b);
}

/* --- arrays --- */

static const struct schema *pick_contains(const struct schema *s)
{
    return s->array ? s->array->contains : NULL;
}

static struct schema_range matches_of(const struct variant *v)
{
    struct schema_range out = {0, SIZE_MAX};

    for (size_t i = 0; i < v->count; i++)
        if (pick_contains(v->nodes[i]))
            out = compat_tighter(out, v->nodes[i]->array->matches);
    return out;
}

static struct schema_range size_of(const struct variant *v)
{
    struct schema_range out = {0, SIZE_MAX};

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->array)
            out = compat_tighter(out, v->nodes[i]->array->size);
    return out;
}

static bool is_unique(const struct variant *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->array && v->nodes[i]->array->is_unique)
            return true;
    return false;
}

static size_t prefix_of(const struct variant *v)
{
    size_t longest = 0;

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->array && v->nodes[i]->array->prefix.count > longest)
            longest = v->nodes[i]->array->prefix.count;
    return longest;
}

/* Compares `contains`. If more matches are required, or fewer allowed, narrowing and widening
 * change places. */
static void compare_contains(struct compat *c, const struct variant *a, const struct variant *b)
{
    static const char *const keywords[] = {"minContains", "maxContains"};
    struct schema_range was = matches_of(a), is = matches_of(b);
    bool has_most = was.most != SIZE_MAX || is.most != SIZE_MAX;
    unsigned before = c->found;

    c->found = 0;
    compat_picked(c, a, b, "contains", pick_contains, false);
    if (!c->found)
        compat_range(c, keywords, was, is);
    else if (has_most)
        compat_say(c, BOTH, "maxContains", "now counts other items");
    c->found |= before;
}

void compat_array(struct compat *c, const struct variant *a, const struct variant *b)
{
    static const char *const keywords[] = {"minItems", "maxItems"};
    size_t n = prefix_of(a), m = prefix_of(b);

    compat_range(c, keywords, size_of(a), size_of(b));
    if (is_unique(a) != is_unique(b))
        compat_say(c, is_unique(b) ? NARROWED : WIDENED, "uniqueItems",
                   is_unique(b) ? "items must now be unique" : "items no longer need to be unique");
    for (size_t i = 0; i <= n || i <= m; i++) /* the last index means all further items */
        compat_below(c, variant_item(c, a, i), variant_item(c, b, i), NULL, i);
    compare_contains(c, a, b);
}
