/* SPDX-License-Identifier: MIT */
/*
 * Processes one body against one of the schemas of cost.def as a worker does, and measures the
 * cost. An input is a letter (the number of a schema, from '0') and up to three lines:
 *
 *     before LF unit LF behind        3[ / {"a#":1}, / 1]
 *
 * The body is `unit` repeated between the two others until it has the desired size; '#' in it is a
 * number that differs in each repetition. Thus a short input is a body of any size.
 */
#ifndef LEAT_T_FUZZ_COST_RUN_H
#define LEAT_T_FUZZ_COST_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/core/budget.h"
#include "lib/core/slice.h"

struct cost {
    unsigned schema;
    size_t size;         /* of the body */
    uint64_t allowed;    /* steps */
    uint64_t steps;      /* steps taken; all, if the budget ended */
    size_t bytes;        /* heap at the peak, without the body */
    uint64_t ns;         /* processor time of this thread */
    enum budget_end end; /* why it was refused */
    bool is_scalable;    /* it has a unit */
};

/* Returns the number of schemas. */
unsigned cost_schemas(void);
/* Runs the input with a body of about `size` bytes, or with its own if it has no unit. */
struct cost cost_run(struct slice input, size_t size);

#endif
