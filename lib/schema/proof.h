/* SPDX-License-Identifier: MIT */
/*
 * Checks of values that the documents themselves give: defaults, enums, constants. A document may
 * be hostile too, so such a check may take PROOF_STEPS_EACH steps (lib/core/budget.h), and all of
 * them together PROOF_STEPS. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_PROOF_H
#define LEAT_SCHEMA_PROOF_H

#include "lib/schema/schema.h"

enum { PROOF_STEPS = 1 << 28, PROOF_STEPS_EACH = 1 << 22 };

/* As schema_check(); takes the steps from what is left for all. *end says why there is no verdict;
 * BUDGET_ENOUGH: there is one. */
bool proof_check(uint64_t *left, const struct schema *s, const struct jvalue *value,
                 struct violations *v, enum budget_end *end);

#endif
