/* SPDX-License-Identifier: MIT */
/* The index of a large object's names: open addressing, at most half full. Internal to lib/core. */
#ifndef LEAT_CORE_JSON_JINDEX_H
#define LEAT_CORE_JSON_JINDEX_H

#include "lib/core/json/jvalue.h"

struct jindex {
    uint32_t *slots; /* each the place of a member and 1; 0: it is free */
    uint32_t mask;
};

/* Bytes that an index for `count` members takes of the arena. */
size_t jindex_size(size_t count);
/* Makes one that has room for `count` members, and puts the first `present` of `members` in. */
struct jindex jindex_new(struct arena *arena, size_t count, const struct jmember *members,
                         size_t present);
/* Whether it has room for so many. */
static inline bool jindex_has_room(const struct jindex *index, size_t count)
{
    return index->slots && 2 * count <= (size_t)index->mask + 1;
}
/* Adds members[place], whose name is new. */
void jindex_add(struct jindex *index, const struct jmember *members, size_t place);
/* The place of the member of that name; SIZE_MAX: there is none. */
size_t jindex_find(const struct jindex *index, const struct jmember *members, struct slice name,
                   uint32_t hash);

static inline bool jmember_is(const struct jmember *m, struct slice name, uint32_t hash)
{
    return m->hash == hash && m->len == name.len &&
           (!name.len || memcmp(m->name, name.data, name.len) == 0);
}

#endif
