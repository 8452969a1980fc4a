/* SPDX-License-Identifier: MIT */
/*
 * The limits of what one request may cost: steps of work, JSON values, and bytes of memory. All
 * code that walks client input (the JSON reader, schema checks, patterns, defaults, forms) draws on
 * the same budget, so that many small costs are bounded in sum. Once any of the three is used up
 * the budget grants nothing more: the caller stops and the request is refused, because input that
 * was checked only in part has not been checked.
 *
 * One step is about 5 ns of one core. Each kind of work defines its price where it is done.
 */
#ifndef LEAT_CORE_BUDGET_H
#define LEAT_CORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/arena.h"

/* The resource that ran out first. DEPTH and PATTERN have limits of their own, enforced where they
 * apply. */
enum budget_end {
    BUDGET_ENOUGH,
    BUDGET_STEPS,
    BUDGET_VALUES,
    BUDGET_BYTES,
    BUDGET_DEPTH,   /* schemas refer to each other too deeply */
    BUDGET_PATTERN, /* one match of a regular expression took more steps than its text allows */
};

struct budget_limits {
    size_t values; /* JSON values in the body */
    size_t bytes;  /* memory for the body and what is built from it */
};

/* Remembers how expensive repeated work for one `key` has turned out to be. */
struct budget_hint {
    const void *key;
    uint32_t value; /* starts at 0 */
};

enum { BUDGET_HINTS = 8 };

struct budget {
    uint64_t steps;       /* steps left */
    size_t values, bytes; /* what is left of each */
    enum budget_end end;
    struct budget_limits limits;            /* the initial limits, for messages */
    struct budget_hint hints[BUDGET_HINTS]; /* see budget_hint() */
};

/* The bytes that may be examined for one step. */
enum { BUDGET_BYTES_PER_STEP = 4 };
/* The steps granted for each value that the limits allow: 36 ms for the default of 600,000
 * values. */
enum { BUDGET_STEPS_PER_VALUE = 12, BUDGET_STEPS_MIN = 2 << 20 };
/* The memory granted for each byte of the body, itself included, and the least that any request
 * gets. */
enum { BUDGET_BYTES_PER_BYTE = 19, BUDGET_BYTES_MIN = 256 << 10 };

/* Returns the budget of a request with a body of `size` bytes. */
struct budget budget_for(size_t size, const struct budget_limits *limits);
/* Returns a budget that only depth or a pattern can end, for input that does not come from a
 * client. */
struct budget budget_endless(void);

/* Ends the budget. The first reason is kept. Always returns false. */
bool budget_stop(struct budget *b, enum budget_end end);
/* Says for the client which limit was reached and how much it allows. The text lies in the
 * arena. */
const char *budget_text(const struct budget *b, struct arena *arena);
/* Returns the reason as the keyword of a violation: "steps", "values", … Static. */
const char *budget_keyword(const struct budget *b);

/* Each of these takes `n` from what is left. They return false once the budget has ended, now or
 * before. */
static inline bool budget_step(struct budget *b, uint64_t n)
{
    if (b->steps < n) /* also true once the budget has ended, since n is at least 1 */
        return budget_stop(b, BUDGET_STEPS);
    b->steps -= n;
    return true;
}

static inline bool budget_value(struct budget *b)
{
    if (!b->values)
        return budget_stop(b, BUDGET_VALUES);
    b->values--;
    return true;
}

static inline bool budget_take(struct budget *b, size_t bytes)
{
    if (b->bytes < bytes)
        return budget_stop(b, BUDGET_BYTES);
    b->bytes -= bytes;
    return b->end == BUDGET_ENOUGH;
}

/* Returns the hint for `key`, to be read and written until another key takes its slot. Hints live
 * as long as the request, so that one client's input reveals nothing of another's. */
static inline uint32_t *budget_hint(struct budget *b, const void *key)
{
    struct budget_hint *hint = &b->hints[(uintptr_t)key / 16 % BUDGET_HINTS];

    if (hint->key != key)
        *hint = (struct budget_hint){key, 0};
    return &hint->value;
}

/* Returns bytes to the budget that were freed before the end of the request. */
static inline void budget_give(struct budget *b, size_t bytes)
{
    b->bytes += bytes;
}

#endif
