/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/read_budget.h"

#include <assert.h>

/* The time of the fastest steps. */
enum { STEP_NS = 5 };

struct read_budget read_budget_of(uint64_t cpu_ns)
{
    return (struct read_budget){.steps = cpu_ns / STEP_NS, .cpu_ns = cpu_ns};
}

struct read_budget read_budget_endless(void)
{
    return (struct read_budget){.steps = UINT64_MAX, .cpu_ns = UINT64_MAX};
}

void read_meter_begin(struct read_meter *m, const struct read_bounds *bounds)
{
    *m = (struct read_meter){.bounds = bounds, .extent = READ_WITHIN};
}

static bool exceeds(const struct read_meter *m, const struct read_budget *b, uint64_t cpu_ns)
{
    return m->steps > b->steps || cpu_ns - m->begun_ns > b->cpu_ns;
}

bool read_meter_add(struct read_meter *m, uint64_t steps, uint64_t cpu_ns)
{
    assert(m->bounds);
    if (!m->steps)
        m->begun_ns = cpu_ns;
    m->steps += steps;
    if (exceeds(m, &m->bounds->limit, cpu_ns))
        m->extent = READ_CUT;
    else if (exceeds(m, &m->bounds->budget, cpu_ns))
        m->extent = READ_OVER;
    return m->extent == READ_CUT;
}

void read_pace_note(struct read_pace *p, enum read_extent extent)
{
    if (extent == READ_UNKNOWN)
        return;
    if (extent != READ_WITHIN) {
        if (p->overruns < READ_PACE_SLOW)
            p->overruns++;
        p->fast_runs = 0;
    } else if (p->overruns && ++p->fast_runs == READ_PACE_FAST) {
        p->overruns--;
        p->fast_runs = 0;
    }
}
