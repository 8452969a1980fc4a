/* SPDX-License-Identifier: MIT */
/*
 * What a walk of a schema over a value costs, whatever the client sends: schemas that refer to
 * themselves in more than one branch would else multiply with every level of the value. Internal to
 * lib/schema.
 */
#ifndef LEAT_SCHEMA_WALK_H
#define LEAT_SCHEMA_WALK_H

#include "lib/core/budget.h"
#include "lib/schema/node.h"

/* Steps: of applying one schema to one value, and one that applies others or looks into a
 * container; of looking at so many members or items, and of writing so many bytes. */
enum { WALK_STEPS = 3, WALK_PART_STEPS = 2, WALK_ITEMS_PER_STEP = 4, WALK_BYTES_PER_STEP = 8 };

/* Applies a schema, `depth` schemas deep. False: the budget has ended. */
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

/* --- inspect.c: what is asked of schemas meanwhile --- */

/* As schema_is_hidden(). */
bool walk_is_hidden(const struct schema *s, const struct schema_name *name, struct budget *budget);
/* The default; NULL: it has none, or the budget has ended. */
const struct jvalue *walk_default(const struct schema *s, struct budget *budget);

#endif
