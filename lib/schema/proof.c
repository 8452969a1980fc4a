/* SPDX-License-Identifier: MIT */
#include "lib/schema/proof.h"

bool proof_check(uint64_t *left, const struct schema *s, const struct jvalue *value,
                 struct violations *v, enum budget_end *end)
{
    struct budget budget = budget_endless();
    uint64_t steps = *left < PROOF_STEPS_EACH ? *left : PROOF_STEPS_EACH;
    bool is_valid;

    budget.steps = steps;
    is_valid = schema_check(s, value, "", "", &budget, v);
    *end = budget.end;
    *left -= steps - budget.steps; /* an ended budget has none left */
    return is_valid;
}
