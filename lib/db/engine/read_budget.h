/* SPDX-License-Identifier: MIT */
/*
 * Bounds what one read may use of a thread, in steps of the engine's machine and in CPU time, and
 * learns which plans use more. Wall time would not do: it goes on while the processor serves other
 * programs, so that on a busy machine every read would look slow.
 *
 * A plan that exceeded its budget READ_PACE_SLOW times goes to the reader threads at once. It is
 * measured there too, so that it returns when its reads have become fast: READ_PACE_FAST reads in a
 * row within the budget undo one that exceeded it.
 */
#ifndef LEAT_DB_ENGINE_READ_BUDGET_H
#define LEAT_DB_ENGINE_READ_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { READ_PACE_SLOW = 3, READ_PACE_FAST = 16 };

struct read_budget {
    uint64_t steps, cpu_ns;
};

struct read_bounds {
    struct read_budget budget; /* a read that uses more counts as slow */
    struct read_budget limit;  /* a read that uses more is interrupted */
};

/* What is known of a read after it has run. */
enum read_extent { READ_UNKNOWN, READ_WITHIN, READ_OVER, READ_CUT };

struct read_meter {
    const struct read_bounds *bounds; /* borrowed; NULL: nothing is measured */
    uint64_t steps, begun_ns;         /* begun_ns: the thread's CPU time at the first measurement */
    enum read_extent extent;
};

struct read_pace {
    unsigned char overruns, fast_runs;
};

/* Returns the budget of `cpu_ns`. Its steps are more than a processor makes in that time, so that
 * they decide only where its clock does not. */
struct read_budget read_budget_of(uint64_t cpu_ns);
/* Returns a budget that no read exceeds. */
struct read_budget read_budget_endless(void);

void read_meter_begin(struct read_meter *m, const struct read_bounds *bounds);
/* Adds steps, at the thread's CPU time `cpu_ns`. Returns true if the read must be interrupted. The
 * first call starts the clock, so that reads of a few steps need not ask for the time. */
bool read_meter_add(struct read_meter *m, uint64_t steps, uint64_t cpu_ns);

/* Takes note of a read of the plan. */
void read_pace_note(struct read_pace *p, enum read_extent extent);
/* Returns true if the plan's reads should not run on the loop. */
static inline bool read_pace_is_slow(const struct read_pace *p)
{
    return p->overruns == READ_PACE_SLOW;
}

#endif
