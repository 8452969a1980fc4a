/* SPDX-License-Identifier: MIT */
#include "lib/core/budget.h"

#include <criterion/criterion.h>

static const struct budget_limits limits = {.values = 1 << 20, .bytes = 100 << 20};

Test(budget, follows_the_size_of_the_body_and_the_limits)
{
    static const struct {
        size_t size;
        struct budget_limits limits;
        uint64_t steps;
        size_t bytes;
    } rows[] = {
        {0, {1 << 20, SIZE_MAX}, 12 << 20, BUDGET_BYTES_MIN},
        {1 << 20, {1 << 20, SIZE_MAX}, 12 << 20, BUDGET_BYTES_MIN + (19 << 20)},
        {1 << 20, {1 << 20, 4 << 20}, 12 << 20, 4 << 20},
        {1, {1, SIZE_MAX}, BUDGET_STEPS_MIN, BUDGET_BYTES_MIN + 19},
        {SIZE_MAX, {SIZE_MAX, SIZE_MAX}, SIZE_MAX, SIZE_MAX},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct budget b = budget_for(rows[i].size, &rows[i].limits);

        cr_expect(b.steps == rows[i].steps && b.bytes == rows[i].bytes, "%zu: %llu, %zu", i,
                  (unsigned long long)b.steps, b.bytes);
        cr_expect(b.values == rows[i].limits.values && b.end == BUDGET_ENOUGH);
    }
}

/* Once anything has run out, nothing more is given, and the first reason stays. */
Test(budget, ends_for_good)
{
    struct budget b = budget_for(0, &limits);

    cr_expect(budget_take(&b, BUDGET_BYTES_MIN) && !budget_take(&b, 1));
    cr_expect(b.end == BUDGET_BYTES);
    cr_expect(!budget_step(&b, 1) && !budget_value(&b) && !budget_stop(&b, BUDGET_DEPTH));
    budget_give(&b, 100);
    cr_expect(!budget_take(&b, 10) && !budget_take(&b, 0));
    cr_expect(b.end == BUDGET_BYTES);
}

Test(budget, counts_what_is_taken)
{
    struct budget b = budget_for(0, &(struct budget_limits){2, SIZE_MAX});

    cr_expect(budget_step(&b, BUDGET_STEPS_MIN - 1) && budget_step(&b, 1) && !budget_step(&b, 1));
    cr_expect(b.end == BUDGET_STEPS);
    b = budget_for(0, &(struct budget_limits){2, SIZE_MAX});
    cr_expect(budget_value(&b) && budget_value(&b) && !budget_value(&b));
    cr_expect(b.end == BUDGET_VALUES);
    b = budget_for(0, &limits);
    cr_expect(budget_take(&b, BUDGET_BYTES_MIN));
    budget_give(&b, 100);
    cr_expect(budget_take(&b, 100) && !budget_take(&b, 1));
}

/* Which limit, and how much it allows. */
Test(budget, says_which_limit_it_was)
{
    static const struct {
        enum budget_end end;
        const char *keyword, *text;
    } rows[] = {
        {BUDGET_STEPS, "steps",
         "takes more than 6000000 steps to check (12 for each of limits.values)"},
        {BUDGET_VALUES, "values", "must have at most 500000 JSON values in total (limits.values)"},
        {BUDGET_BYTES, "memory",
         "takes more than 262144 bytes of memory to read (limits.memory, or 19 times the size of "
         "the "
         "body)"},
        {BUDGET_DEPTH, "depth", "is nested too deeply"},
        {BUDGET_PATTERN, "steps", "has a string that takes too many steps to match"},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct budget b = budget_for(0, &(struct budget_limits){500000, SIZE_MAX});

        budget_stop(&b, rows[i].end);
        cr_expect_str_eq(budget_keyword(&b), rows[i].keyword);
        cr_expect_str_eq(budget_text(&b, &arena), rows[i].text);
    }
    arena_fini(&arena);
}

Test(budget, may_be_endless)
{
    struct budget b = budget_endless();

    cr_expect(budget_step(&b, UINT64_C(1) << 60) && budget_take(&b, (size_t)1 << 60));
    cr_expect(budget_value(&b) && b.end == BUDGET_ENOUGH);
}
