/* SPDX-License-Identifier: MIT */
/* The named members of an object's schema, found by hash. */
#ifndef LEAT_SCHEMA_MEMBER_H
#define LEAT_SCHEMA_MEMBER_H

#include "lib/schema/node.h"

/* The name that a key of json-c stands for, in the arena. */
struct schema_name member_name(struct arena *arena, const char *key);
/* The member of that name; NULL where there is none. `hash` is its jvalue_hash(). */
const struct schema_member *member_find(const struct schema_object *o, struct slice name,
                                        uint32_t hash);
/* The same by a key of json-c. */
const struct schema_member *member_find_key(const struct schema_object *o, const char *key);
/* The same, made where there is none; `room` is how many there can be in all. */
struct schema_member *member_add(struct schema_object *o, struct arena *arena, const char *key,
                                 size_t room);

#endif
