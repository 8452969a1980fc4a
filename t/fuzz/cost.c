/* SPDX-License-Identifier: MIT */
/*
 * Looks for bodies that are expensive for their size (cost_run.h). The library is compiled so that
 * each block of code entered counts; that measures the work, equally on any machine, whatever steps
 * the budget has counted. libFuzzer sees the cost as counters, a ladder for each schema and
 * measure, and keeps inputs that climb: blocks, steps, heap and time per byte, and blocks per step.
 * (Time includes the work of libraries; it is never a finding, because it varies.)
 *
 * A body that may become too expensive at a mebibyte is run at that size. A finding is one that
 * enters more than BLOCKS_MAX blocks, at a nanosecond of a core each, or takes more than 20 bytes
 * per byte.
 */
#include "t/fuzz/cost_run.h"

#include <assert.h>
#include <stdio.h>

#include "t/fuzz/fuzz.h"

enum { SMALL = 32 << 10, LARGE = 1 << 20, INPUT_MAX = 1024, RUNGS = 64, LADDERS = 5, ROWS = 64 };
enum { BLOCKS_MAX = 50000000, BYTES_PER_BYTE = 20, BYTES_BASE = 512 << 10 };

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t ladders[ROWS][LADDERS][RUNGS];

static uint64_t blocks;

void __wrap___sanitizer_cov_trace_pc_guard_init(uint32_t *begin, uint32_t *end);
void __wrap___sanitizer_cov_trace_pc_guard(uint32_t *guard);

/* Both replace libFuzzer's own at link time, which refuse to work. */
__attribute__((no_sanitize("coverage"))) void
__wrap___sanitizer_cov_trace_pc_guard_init(uint32_t *begin, uint32_t *end)
{
    (void)begin, (void)end;
}

__attribute__((no_sanitize("coverage"))) void __wrap___sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    (void)guard;
    blocks++;
}

/* Marks the rung of a/b; there are four for each doubling. */
static void climb(uint8_t *ladder, uint64_t a, uint64_t b)
{
    uint64_t ratio = a * 16 / (b + 1) + 4;
    int log2 = 63 - __builtin_clzll(ratio);
    unsigned rung = (unsigned)(log2 - 2) * 4 + (unsigned)(ratio >> (log2 - 2) & 3);

    ladder[rung < RUNGS ? rung : RUNGS - 1] = 1;
}

static struct cost run(struct slice input, size_t size)
{
    blocks = 0;
    return cost_run(input, size);
}

static void judge(const struct cost *cost)
{
    if (cost->bytes > (size_t)BYTES_PER_BYTE * cost->size + BYTES_BASE || blocks > BLOCKS_MAX) {
        fprintf(stderr, "schema %u, %zu bytes: %llu blocks, %llu steps, heap %zu\n", cost->schema,
                cost->size, (unsigned long long)blocks, (unsigned long long)cost->steps,
                cost->bytes);
        abort();
    }
}

/* Returns whether a mebibyte of it may be a finding, as cost grows with size until the budget
 * ends. */
static bool is_suspect(const struct cost *cost)
{
    uint64_t scale = LARGE / (cost->size + 1);

    if (cost->end == BUDGET_ENOUGH && scale > cost->allowed / (cost->steps + 1))
        scale = cost->allowed / (cost->steps + 1) + 1;
    return cost->is_scalable && cost->size > SMALL / 2 && blocks * scale > BLOCKS_MAX / 5 * 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = {(const char *)data, size};
    struct cost cost;
    uint8_t(*mine)[RUNGS];

    if (size < 2 || size > INPUT_MAX || data[0] < '0')
        return 0;
    cost = run(input, SMALL);
    assert(cost_schemas() <= ROWS);
    mine = ladders[cost.schema];
    climb(mine[0], blocks, cost.size);
    climb(mine[1], cost.steps, cost.size);
    climb(mine[2], cost.bytes, cost.size);
    climb(mine[3], cost.ns / 64, cost.size); /* coarser, so that noise is not taken for progress */
    if (cost.end == BUDGET_ENOUGH)
        climb(mine[4], blocks, cost.steps);
    judge(&cost);
    if (is_suspect(&cost)) {
        cost = run(input, LARGE);
        judge(&cost);
    }
    return 0;
}
