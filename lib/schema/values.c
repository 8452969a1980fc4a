/* SPDX-License-Identifier: MIT */
#include "lib/schema/values.h"

#include "lib/schema/equal.h"

enum { FEW = 8 }; /* up to this many are compared in turn */

static unsigned type_of(const struct jvalue *v)
{
    return 1u << (jvalue_is_number(v) ? JDOUBLE : v->type);
}

static bool is_at(const struct values *values, const struct value_slot *slot, uint64_t hash,
                  const struct jvalue *value, struct budget *budget)
{
    return slot->hash == hash && equal_values(&values->items[slot->place - 1], value, budget);
}

/* Builds the index. A value that occurs twice is in it once. */
static void index_values(struct arena *arena, struct values *values)
{
    struct budget budget = budget_endless();
    struct value_slot *slots;

    values->mask = 4 * FEW - 1;
    while (values->mask < 2 * values->count)
        values->mask = 2 * values->mask + 1;
    slots = arena_zalloc(arena, (values->mask + 1) * sizeof(*slots));
    for (size_t place = 0; place < values->count; place++) {
        const struct jvalue *item = &values->items[place];
        uint64_t hash = equal_hash(item, &budget);
        size_t i = hash & values->mask;

        while (slots[i].place && !is_at(values, &slots[i], hash, item, &budget))
            i = (i + 1) & values->mask;
        slots[i] = (struct value_slot){hash, place + 1};
    }
    values->slots = slots;
}

static struct values *make_values(struct arena *arena, const struct jvalue *items, size_t count)
{
    struct values *values = arena_zalloc(arena, sizeof(*values));

    values->items = items;
    values->count = count;
    for (size_t i = 0; i < count; i++)
        values->types |= type_of(&items[i]);
    return values;
}

const struct values *values_new(struct arena *arena, struct json_object *array)
{
    struct jvalue copy = jvalue_of(arena, array);
    struct values *values = make_values(arena, copy.items, copy.size);

    if (values->count > FEW)
        index_values(arena, values);
    return values;
}

const struct values *values_of_one(struct arena *arena, struct json_object *value)
{
    struct jvalue *copy = arena_alloc(arena, sizeof(*copy));

    *copy = jvalue_of(arena, value);
    return make_values(arena, copy, 1);
}

bool values_have(const struct values *values, const struct jvalue *value, struct budget *budget)
{
    uint64_t hash;
    size_t i;

    if (!(values->types & type_of(value)))
        return false;
    if (!values->slots) {
        for (i = 0; i < values->count; i++)
            if (equal_values(&values->items[i], value, budget))
                return true;
        return false;
    }
    hash = equal_hash(value, budget);
    for (i = hash & values->mask; values->slots[i].place; i = (i + 1) & values->mask)
        if (is_at(values, &values->slots[i], hash, value, budget))
            return true;
    return false;
}
