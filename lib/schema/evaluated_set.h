/* SPDX-License-Identifier: MIT */
/* Records which members or items of one value some schema has evaluated, as unevaluatedProperties
 * and unevaluatedItems need to know (JSON Schema 2020-12, core, 11). */
#ifndef LEAT_SCHEMA_EVALUATED_SET_H
#define LEAT_SCHEMA_EVALUATED_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/budget.h"

enum { EVALUATED_FEW = 4 }; /* words; 256 members need no allocation */

struct evaluated {
    size_t count;
    uint64_t *bits;
    uint64_t few[EVALUATED_FEW];
};

/* Starts with none of `count` evaluated. Must not be copied: it may point into itself. Heap memory
 * is charged to the budget until evaluated_fini(). Returns false, with nothing to clean up, if the
 * budget has ended. */
bool evaluated_init(struct evaluated *e, size_t count, struct budget *budget);
void evaluated_fini(struct evaluated *e, struct budget *budget);
void evaluated_add(struct evaluated *e, size_t index);
void evaluated_add_all(struct evaluated *e);
/* Adds what was evaluated by `more`, of the same value. */
void evaluated_merge(struct evaluated *e, const struct evaluated *more);
bool evaluated_has(const struct evaluated *e, size_t index);

#endif
