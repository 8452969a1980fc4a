/* SPDX-License-Identifier: MIT */
/*
 * What a walk of a schema over a value may cost, whatever the client sends: schemas that refer to
 * themselves in more than one branch would else multiply with every level of the value. Internal to
 * lib/schema.
 */
#ifndef LEAT_SCHEMA_EFFORT_H
#define LEAT_SCHEMA_EFFORT_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/schema/schema.h"

struct effort {
    struct json_object *root; /* borrowed */
    size_t spent, limit;
    const char *why; /* it was given up: a verdict on what was not looked at is none. Static. */
};

struct effort effort_for(struct json_object *root);
/* Gives it up; the first reason counts. Always false. */
bool effort_give_up(struct effort *e, const char *why);
/* Of effort_step(), where it may be too much. */
bool effort_overstep(struct effort *e, unsigned depth);

/* Takes a step, `depth` schemas deep. False: it is given up. */
static inline bool effort_step(struct effort *e, unsigned depth)
{
    if (e->spent++ < e->limit && depth < SCHEMA_DEPTH_MAX)
        return !e->why;
    return effort_overstep(e, depth);
}

#endif
