/* SPDX-License-Identifier: MIT */
#include "lib/schema/member.h"

#include <string.h>

struct schema_name member_name(struct arena *arena, const char *key)
{
    struct schema_name name = {.key = arena_strdup(arena, key), .plain = jvalue_name(arena, key)};

    name.hash = jvalue_hash(name.plain);
    return name;
}

const struct schema_member *member_find(const struct schema_object *o, struct slice name,
                                        uint32_t hash)
{
    const struct schema_member *m = o->buckets ? o->buckets[hash & o->bucket_mask] : NULL;

    while (m && !(m->name.hash == hash && m->name.plain.len == name.len &&
                  (!name.len || memcmp(m->name.plain.data, name.data, name.len) == 0)))
        m = m->chain;
    return m;
}

const struct schema_member *member_find_key(const struct schema_object *o, const char *key)
{
    const struct schema_member *m;
    struct arena arena = {0};
    struct slice name;

    if (!strchr(key, 0xc0))
        return member_find(o, slice_of(key), jvalue_hash(slice_of(key)));
    name = jvalue_name(&arena, key);
    m = member_find(o, name, jvalue_hash(name));
    arena_fini(&arena);
    return m;
}

static void reserve(struct schema_object *o, struct arena *arena, size_t room)
{
    size_t size = 4;

    while (size < room * 2)
        size *= 2;
    o->members = arena_alloc(arena, (room + 1) * sizeof(*o->members));
    o->buckets = arena_zalloc(arena, size * sizeof(struct schema_member *));
    o->bucket_mask = size - 1;
}

struct schema_member *member_add(struct schema_object *o, struct arena *arena, const char *key,
                                 size_t room)
{
    struct schema_member *m = (struct schema_member *)(uintptr_t)member_find_key(o, key), **bucket;

    if (m)
        return m;
    if (!o->buckets)
        reserve(o, arena, room);
    m = &o->members[o->member_count++];
    *m = (struct schema_member){.name = member_name(arena, key)};
    bucket = &o->buckets[m->name.hash & o->bucket_mask];
    m->chain = *bucket;
    *bucket = m;
    return m;
}
