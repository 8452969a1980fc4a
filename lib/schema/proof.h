/* SPDX-License-Identifier: MIT */
/*
 * Checks of values that documents contain: defaults, enums, constants. Since a document may be
 * hostile too, one such check may take PROOF_STEPS_EACH steps (lib/core/budget.h) and all together
 * PROOF_STEPS. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_PROOF_H
#define LEAT_SCHEMA_PROOF_H

#include "lib/schema/schema.h"

enum { PROOF_STEPS = 1 << 28, PROOF_STEPS_EACH = 1 << 22 };

/* Like schema_check(), taking the steps from the common allowance. *end says why there is no
 * verdict, BUDGET_ENOUGH if there is. */
bool proof_check(uint64_t *left, const struct schema *s, const struct jvalue *value,
                 struct violations *v, enum budget_end *end);

#endif
