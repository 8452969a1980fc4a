/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jindex.h"

#include <assert.h>

static size_t slots_for(size_t count)
{
    size_t size = 4;

    while (size < 2 * count)
        size *= 2;
    return size;
}

size_t jindex_size(size_t count)
{
    return slots_for(count) * sizeof(uint32_t);
}

void jindex_add(struct jindex *index, const struct jmember *members, size_t place)
{
    uint32_t i = members[place].hash & index->mask;

    assert(place < index->mask); /* so that one slot at least is free */
    while (index->slots[i])
        i = (i + 1) & index->mask;
    index->slots[i] = (uint32_t)place + 1;
}

struct jindex jindex_new(struct arena *arena, size_t count, const struct jmember *members,
                         size_t present)
{
    struct jindex index = {arena_zalloc(arena, jindex_size(count)), (uint32_t)slots_for(count) - 1};

    assert(present <= count);
    for (size_t i = 0; i < present; i++)
        jindex_add(&index, members, i);
    return index;
}

size_t jindex_find(const struct jindex *index, const struct jmember *members, struct slice name,
                   uint32_t hash)
{
    for (uint32_t i = hash & index->mask; index->slots[i]; i = (i + 1) & index->mask)
        if (jmember_is(&members[index->slots[i] - 1], name, hash))
            return index->slots[i] - 1;
    return SIZE_MAX;
}
