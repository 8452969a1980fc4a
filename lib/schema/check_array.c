/* SPDX-License-Identifier: MIT */
#include "lib/schema/check.h"
#include "lib/schema/equal.h"

/* Steps charged for an item tried against `contains`, besides those of the schema itself. */
enum { CONTAINS_STEPS = 2 };

static bool check_items(struct schema_checker *c, const struct schema_array *a,
                        const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    bool ok = true;

    for (size_t i = 0; i < value->size && check_goes_on(c, ok); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;
        struct step step = {.parent = at, .index = i};

        if (!item)
            break;
        if (item == a->items && item->is_false)
            return check_violate(c, at, "items", "must have at most %zu item%s", i,
                                 i == 1 ? "" : "s");
        ok &= check(c, item, &value->items[i], &step, NULL);
        if (seen)
            evaluated_add(seen, i);
    }
    return ok;
}

static bool check_contains(struct schema_checker *c, const struct schema_array *a,
                           const struct jvalue *value, const struct step *at,
                           struct evaluated *seen)
{
    size_t matches = 0;

    for (size_t i = 0; i < value->size && budget_step(c->budget, CONTAINS_STEPS); i++) {
        if (!check_quietly(c, a->contains, &value->items[i], NULL))
            continue;
        matches++;
        if (seen)
            evaluated_add(seen, i);
    }
    if (matches < a->matches.least)
        return check_violate(c, at, a->matches.least == 1 ? "contains" : "minContains",
                             "must contain at least %zu matching item%s", a->matches.least,
                             a->matches.least == 1 ? "" : "s");
    if (matches > a->matches.most)
        return check_violate(c, at, "maxContains", "must contain at most %zu matching item%s",
                             a->matches.most, a->matches.most == 1 ? "" : "s");
    return true;
}

bool check_array(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen)
{
    static const char *const keywords[] = {"minItems", "maxItems"};
    const struct schema_array *a = s->array;
    size_t pair[2];
    bool ok = budget_step(c->budget, WALK_PART_STEPS) &&
              check_size(c, &a->size, value->size, keywords, "item", at);

    if (!ok && !c->out)
        return false;
    ok &= check_items(c, a, value, at, seen);
    if (a->contains && check_goes_on(c, ok))
        ok &= check_contains(c, a, value, at, seen);
    if (a->is_unique && check_goes_on(c, ok) && equal_find_pair(value, pair, c->budget))
        ok =
            check_violate(c, at, "uniqueItems", "items %zu and %zu are the same", pair[0], pair[1]);
    return ok;
}

bool check_unevaluated_items(struct schema_checker *c, const struct schema_array *a,
                             const struct jvalue *value, const struct step *at,
                             const struct evaluated *seen)
{
    bool ok = budget_step(c->budget, 1 + seen->count / WALK_ITEMS_PER_STEP);

    for (size_t i = 0; i < seen->count && check_goes_on(c, ok); i++) {
        struct step step = {.parent = at, .index = i};

        if (evaluated_has(seen, i))
            continue;
        if (a->unevaluated->is_false)
            ok = check_violate(c, &step, "unevaluatedItems", "is not an allowed item");
        else
            ok &= check(c, a->unevaluated, &value->items[i], &step, NULL);
    }
    return ok;
}
