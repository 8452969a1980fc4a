/* SPDX-License-Identifier: MIT */
#include "lib/core/budget.h"

#include <assert.h>

static size_t times(size_t a, size_t b)
{
    size_t product;

    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

static size_t steps_of(const struct budget_limits *limits)
{
    size_t steps = times(limits->values, BUDGET_STEPS_PER_VALUE);

    return steps < BUDGET_STEPS_MIN ? BUDGET_STEPS_MIN : steps;
}

struct budget budget_for(size_t size, const struct budget_limits *limits)
{
    size_t bytes = times(size, BUDGET_BYTES_PER_BYTE);
    struct budget b = {.steps = steps_of(limits), .values = limits->values, .limits = *limits};

    bytes = bytes < SIZE_MAX - BUDGET_BYTES_MIN ? bytes + BUDGET_BYTES_MIN : SIZE_MAX;
    b.bytes = bytes < limits->bytes ? bytes : limits->bytes;
    b.limits.bytes = b.bytes;
    return b;
}

struct budget budget_endless(void)
{
    return (struct budget){.steps = UINT64_MAX, .values = SIZE_MAX, .bytes = SIZE_MAX};
}

bool budget_stop(struct budget *b, enum budget_end end)
{
    assert(end != BUDGET_ENOUGH);
    if (b->end == BUDGET_ENOUGH)
        b->end = end;
    b->steps = b->values = b->bytes = 0;
    return false;
}

const char *budget_text(const struct budget *b, struct arena *arena)
{
    switch (b->end) {
    case BUDGET_STEPS:
        return arena_printf(arena,
                            "takes more than %zu steps to check (%d for each of limits.values)",
                            steps_of(&b->limits), BUDGET_STEPS_PER_VALUE);
    case BUDGET_VALUES:
        return arena_printf(arena, "must have at most %zu JSON values in total (limits.values)",
                            b->limits.values);
    case BUDGET_BYTES:
        return arena_printf(
            arena,
            "takes more than %zu bytes of memory to read (limits.memory, or %d times "
            "the size of the body)",
            b->limits.bytes, BUDGET_BYTES_PER_BYTE);
    case BUDGET_DEPTH:
        return "is nested too deeply";
    case BUDGET_PATTERN:
        return "has a string that takes too many steps to match";
    case BUDGET_ENOUGH:
        break;
    }
    return "";
}

const char *budget_keyword(const struct budget *b)
{
    static const char *const keywords[] = {
        [BUDGET_ENOUGH] = "",      [BUDGET_STEPS] = "steps", [BUDGET_VALUES] = "values",
        [BUDGET_BYTES] = "memory", [BUDGET_DEPTH] = "depth", [BUDGET_PATTERN] = "steps"};

    assert(b->end <= BUDGET_PATTERN);
    return keywords[b->end];
}
