/* SPDX-License-Identifier: MIT */
/* The named members of an object schema, found by hash. */
#ifndef LEAT_SCHEMA_MEMBER_H
#define LEAT_SCHEMA_MEMBER_H

#include "lib/schema/node.h"

/* Returns the name that a json-c key stands for, in the arena. */
struct schema_name member_name(struct arena *arena, const char *key);
/* Returns the member of that name, or NULL. `hash` is jvalue_hash() of the name. */
const struct schema_member *member_find(const struct schema_object *o, struct slice name,
                                        uint32_t hash);
/* Returns the member of a json-c key, or NULL. */
const struct schema_member *member_find_key(const struct schema_object *o, const char *key);
/* Returns the member of a json-c key, added if necessary; `room` is the most members there can
 * be. */
struct schema_member *member_add(struct schema_object *o, struct arena *arena, const char *key,
                                 size_t room);

#endif
