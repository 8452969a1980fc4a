/* SPDX-License-Identifier: MIT */
/* The named members of an object's schema, found by hash. */
#ifndef LEAT_SCHEMA_MEMBER_H
#define LEAT_SCHEMA_MEMBER_H

#include "lib/schema/node.h"

/* The member of that name; NULL where there is none. */
const struct schema_member *member_find(const struct schema_object *o, const char *name,
                                        size_t len);
/* The same, made where there is none; `room` is how many there can be in all. */
struct schema_member *member_add(struct schema_object *o, struct arena *arena, const char *name,
                                 size_t room);

#endif
