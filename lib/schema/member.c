/* SPDX-License-Identifier: MIT */
#include "lib/schema/member.h"

#include <string.h>

/* FNV-1a. */
static size_t hash(const char *name, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

const struct schema_member *member_find(const struct schema_object *o, const char *name, size_t len)
{
    const struct schema_member *m =
        o->buckets ? o->buckets[hash(name, len) & o->bucket_mask] : NULL;

    while (m && !(m->len == len && memcmp(m->name, name, len) == 0))
        m = m->chain;
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

struct schema_member *member_add(struct schema_object *o, struct arena *arena, const char *name,
                                 size_t room)
{
    size_t len = strlen(name);
    struct schema_member *m = (struct schema_member *)(uintptr_t)member_find(o, name, len);
    struct schema_member **bucket;

    if (m)
        return m;
    if (!o->buckets)
        reserve(o, arena, room);
    m = &o->members[o->member_count++];
    bucket = &o->buckets[hash(name, len) & o->bucket_mask];
    *m = (struct schema_member){
        .name = arena_strndup(arena, name, len), .len = len, .chain = *bucket};
    *bucket = m;
    return m;
}
