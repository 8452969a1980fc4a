/* SPDX-License-Identifier: MIT */
/* The name index of a large object: open addressing, at most half full. Internal to lib/core. */
#ifndef LEAT_CORE_JSON_JINDEX_H
#define LEAT_CORE_JSON_JINDEX_H

#include "lib/core/json/jvalue.h"

struct jindex {
    uint32_t *slots; /* each a member's place plus 1; 0 is a free slot */
    uint32_t mask;
};

/* Returns the arena bytes that an index for `count` members takes. */
size_t jindex_size(size_t count);
/* Makes an index with room for `count` members and adds the first `present` of `members`. */
struct jindex jindex_new(struct arena *arena, size_t count, const struct jmember *members,
                         size_t present);
/* Returns true if the index has room for `count` members. */
static inline bool jindex_has_room(const struct jindex *index, size_t count)
{
    return index->slots && 2 * count <= (size_t)index->mask + 1;
}
/* Adds members[place], whose name must be new. */
void jindex_add(struct jindex *index, const struct jmember *members, size_t place);
/* Returns the place of the member with that name, or SIZE_MAX if there is none. */
size_t jindex_find(const struct jindex *index, const struct jmember *members, struct slice name,
                   uint32_t hash);

static inline bool jmember_is(const struct jmember *m, struct slice name, uint32_t hash)
{
    return m->hash == hash && m->len == name.len &&
           (!name.len || memcmp(m->name, name.data, name.len) == 0);
}

#endif
