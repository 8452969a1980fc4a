/* SPDX-License-Identifier: MIT */
#include "lib/schema/effort.h"

/* A step is one schema applied to one value, some 30 ns. */
enum { STEPS_BASE = 1 << 20, STEPS_PER_VALUE = 128 };

static size_t count_values(struct json_object *value)
{
    size_t n = 1;

    if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value); i++)
            n += count_values(json_object_array_get_idx(value, i));
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            (void)name;
            n += count_values(member);
        }
    }
    return n;
}

struct effort effort_for(struct json_object *root)
{
    return (struct effort){.root = root, .limit = STEPS_BASE};
}

bool effort_give_up(struct effort *e, const char *why)
{
    if (!e->why)
        e->why = why;
    return false;
}

/* The values are counted only where the base, which is enough for most, is used up. */
bool effort_overstep(struct effort *e, unsigned depth)
{
    if (depth >= SCHEMA_DEPTH_MAX)
        return effort_give_up(e, "is nested too deep");
    if (e->limit == STEPS_BASE)
        e->limit += STEPS_PER_VALUE * count_values(e->root);
    return e->spent > e->limit ? effort_give_up(e, "takes too many steps to check") : !e->why;
}
