/* SPDX-License-Identifier: MIT */
#include "lib/schema/check.h"
#include "lib/schema/equal.h"

static bool check_items(struct checker *c, const struct schema_array *a, struct json_object *value,
                        const struct step *at, struct evaluated *seen)
{
    size_t n = json_object_array_length(value);
    bool ok = true;

    for (size_t i = 0; i < n && (ok || c->out); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;
        struct step step = {at, NULL, i};

        if (!item)
            break;
        if (item == a->items && item->is_false)
            return check_violate(c, at, "items", "must have at most %zu item%s", i,
                                 i == 1 ? "" : "s");
        ok &= check(c, item, json_object_array_get_idx(value, i), &step, NULL);
        if (seen)
            evaluated_add(seen, i);
    }
    return ok;
}

static bool check_contains(struct checker *c, const struct schema_array *a,
                           struct json_object *value, const struct step *at, struct evaluated *seen)
{
    size_t n = json_object_array_length(value), matches = 0;

    for (size_t i = 0; i < n; i++) {
        if (!check_quietly(c, a->contains, json_object_array_get_idx(value, i), NULL))
            continue;
        matches++;
        if (seen)
            evaluated_add(seen, i);
    }
    if (matches < a->matches.least)
        return check_violate(c, at, a->matches.least == 1 ? "contains" : "minContains",
                             "must have at least %zu item%s of the kind asked for",
                             a->matches.least, a->matches.least == 1 ? "" : "s");
    if (matches > a->matches.most)
        return check_violate(c, at, "maxContains",
                             "must have at most %zu item%s of the kind asked for", a->matches.most,
                             a->matches.most == 1 ? "" : "s");
    return true;
}

bool check_array(struct checker *c, const struct schema *s, struct json_object *value,
                 const struct step *at, struct evaluated *seen)
{
    static const char *const keywords[] = {"minItems", "maxItems"};
    const struct schema_array *a = s->array;
    size_t pair[2];
    bool ok = check_size(c, &a->size, json_object_array_length(value), keywords, "item", at);

    if (!ok && !c->out)
        return false;
    ok &= check_items(c, a, value, at, seen);
    if (a->contains && (ok || c->out))
        ok &= check_contains(c, a, value, at, seen);
    if (a->is_unique && (ok || c->out) && equal_find_pair(value, pair))
        ok =
            check_violate(c, at, "uniqueItems", "items %zu and %zu are the same", pair[0], pair[1]);
    return ok;
}

bool check_unevaluated_items(struct checker *c, const struct schema_array *a,
                             struct json_object *value, const struct step *at,
                             const struct evaluated *seen)
{
    bool ok = true;

    for (size_t i = 0; i < seen->count; i++) {
        struct step step = {at, NULL, i};

        if (evaluated_has(seen, i))
            continue;
        if (a->unevaluated->is_false)
            ok = check_violate(c, &step, "unevaluatedItems", "is not a known item");
        else
            ok &= check(c, a->unevaluated, json_object_array_get_idx(value, i), &step, NULL);
    }
    return ok;
}
