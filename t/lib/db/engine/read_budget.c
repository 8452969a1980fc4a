/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/read_budget.h"

#include <criterion/criterion.h>

#include "lib/core/clock.h"

static const struct read_bounds bounds = {.budget = {.steps = 5000, .cpu_ns = 100},
                                          .limit = {.steps = 9000, .cpu_ns = 300}};

Test(read_budget, measures_steps_and_cpu_time)
{
    static const struct {
        uint64_t steps, cpu_ns;
        enum read_extent extent;
    } rows[] = {
        {5000, 7100, READ_WITHIN}, {5001, 7000, READ_OVER}, {5000, 7101, READ_OVER},
        {9000, 7300, READ_OVER},   {9001, 7000, READ_CUT},  {1000, 7301, READ_CUT},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct read_meter m;

        read_meter_begin(&m, &bounds);
        cr_expect(m.extent == READ_WITHIN && !read_meter_add(&m, 1000, 7000), "the clock starts");
        cr_expect(read_meter_add(&m, rows[i].steps - 1000, rows[i].cpu_ns) ==
                  (rows[i].extent == READ_CUT));
        cr_expect(m.extent == rows[i].extent, "row %zu: %d", i, (int)m.extent);
    }
}

Test(read_budget, is_endless_or_bound_to_time)
{
    static const struct read_bounds none = {.budget = {1, 1}, .limit = {UINT64_MAX, UINT64_MAX}};
    struct read_budget endless = read_budget_endless(), some = read_budget_of(NS_PER_MS);
    struct read_meter m;

    cr_expect(endless.steps == none.limit.steps && endless.cpu_ns == none.limit.cpu_ns);
    cr_expect(some.cpu_ns == NS_PER_MS && some.steps >= 100000, "the time decides first");
    read_meter_begin(&m, &none);
    cr_expect(!read_meter_add(&m, 1, 0) && !read_meter_add(&m, UINT64_MAX / 2, UINT64_MAX / 2));
    cr_expect(m.extent == READ_OVER, "it is measured all the same");
}

static struct read_pace pace_after(int overruns, int fast_runs)
{
    struct read_pace p = {0};

    for (int i = 0; i < overruns; i++)
        read_pace_note(&p, i % 2 ? READ_CUT : READ_OVER);
    for (int i = 0; i < fast_runs; i++)
        read_pace_note(&p, READ_WITHIN);
    return p;
}

Test(read_budget, learns_and_forgets_which_plans_are_slow)
{
    static const struct {
        int overruns, fast_runs;
        bool is_slow;
    } rows[] = {
        {0, 0, false},
        {READ_PACE_SLOW - 1, 0, false},
        {READ_PACE_SLOW, 0, true},
        {READ_PACE_SLOW, READ_PACE_FAST - 1, true},
        {READ_PACE_SLOW, READ_PACE_FAST, false},
        {1000, READ_PACE_FAST, false}, /* what was long ago does not count */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct read_pace p = pace_after(rows[i].overruns, rows[i].fast_runs);

        cr_expect(read_pace_is_slow(&p) == rows[i].is_slow, "row %zu", i);
    }
}

Test(read_budget, does_not_trust_a_plan_that_was_slow_at_once)
{
    struct read_pace p = pace_after(READ_PACE_SLOW, READ_PACE_FAST);

    read_pace_note(&p, READ_OVER);
    cr_expect(read_pace_is_slow(&p), "one more suffices");
    for (int i = 0; i < READ_PACE_FAST * 1000; i++)
        read_pace_note(&p, i % READ_PACE_FAST ? READ_WITHIN : READ_OVER);
    cr_expect(read_pace_is_slow(&p), "its reads are not fast in a row");
    for (int i = 0; i < READ_PACE_FAST; i++)
        read_pace_note(&p, READ_UNKNOWN);
    cr_expect(read_pace_is_slow(&p), "what has not run tells nothing");
    for (int i = 0; i < READ_PACE_FAST * READ_PACE_SLOW; i++)
        read_pace_note(&p, READ_WITHIN);
    cr_expect(p.overruns == 0 && p.fast_runs == 0, "all is forgotten");
}
