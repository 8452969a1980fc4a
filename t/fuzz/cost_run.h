/* SPDX-License-Identifier: MIT */
/*
 * One request's body against one of the schemas of cost.def, as a worker reads and checks it, and
 * what that cost. An input is a letter (from '0': the number of a schema) and up to three lines:
 *
 *     before LF unit LF behind        3[ / {"a#":1}, / 1]
 *
 * The body is `unit` again and again between the two others, until it is as large as wanted; '#'
 * in it is a number that differs from one to the next. So a short input is a body of any size.
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
    uint64_t steps;      /* that were taken of them; all, if it ended */
    size_t bytes;        /* of the heap at the peak, the body not included */
    uint64_t ns;         /* of this thread's processor time */
    enum budget_end end; /* why it was refused */
    bool is_scalable;    /* it has a unit */
};

/* How many schemas there are. */
unsigned cost_schemas(void);
/* Runs the input with a body of about `size` bytes, or its own if it has no unit. */
struct cost cost_run(struct slice input, size_t size);

#endif
