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

/* Steps charged for applying a schema to a value, and for one that applies others or looks into a
 * container; members or items examined per step, and bytes written per step. */
enum { WALK_STEPS = 3, WALK_PART_STEPS = 2, WALK_ITEMS_PER_STEP = 4, WALK_BYTES_PER_STEP = 8 };

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
