/* SPDX-License-Identifier: MIT */
/*
 * The cost of walking a schema over a value. It is charged whatever the client sends, since schemas
 * that refer to themselves in more than one branch would otherwise multiply with every level of the
 * value. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_WALK_H
#define LEAT_SCHEMA_WALK_H

#include "lib/core/budget.h"
#include "lib/schema/node.h"

enum {
    WALK_STEPS = 3,          /* for applying a schema to a value, */
    WALK_PART_STEPS = 2,     /* and more if it applies others or looks into a container */
    WALK_ITEMS_PER_STEP = 4, /* members or items that may be examined for one step */
    WALK_BYTES_PER_STEP = 8  /* bytes that may be written for one step */
};

/* Charges for applying a schema, `depth` schemas deep. Returns false if the budget has ended. */
static inline bool walk_enter(struct budget *budget, unsigned depth)
{
    if (depth >= SCHEMA_DEPTH_MAX)
        return budget_stop(budget, BUDGET_DEPTH);
    return budget_step(budget, WALK_STEPS);
}

static inline bool walk_ended(const struct budget *budget)
{
    return budget->end != BUDGET_ENOUGH;
}

/* --- inspect.c: queries during walks --- */

/* Like schema_is_hidden(), within a budget. */
bool walk_is_hidden(const struct schema *s, const struct schema_name *name, struct budget *budget);
/* Returns the default, or NULL if there is none or the budget has ended. */
const struct jvalue *walk_default(const struct schema *s, struct budget *budget);

#endif
