/* SPDX-License-Identifier: MIT */
/*
 * What one request may cost: steps of work, JSON values, and bytes of memory. Everything that walks
 * what a client sent takes from the same budget (the reader, the schema's checks, patterns,
 * defaults, forms), so that costs which are small each are bounded in sum. Once anything has run
 * out, nothing more is given: whoever asks stops at once, and the request is refused, because a
 * verdict on what was not looked at is none.
 *
 * A step is about 5 ns of one core. What a kind of work takes is said where it is done.
 */
#ifndef LEAT_CORE_BUDGET_H
#define LEAT_CORE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/arena.h"

/* What ran out first. DEPTH and PATTERN have bounds of their own, wherever they are met. */
enum budget_end {
    BUDGET_ENOUGH,
    BUDGET_STEPS,
    BUDGET_VALUES,
    BUDGET_BYTES,
    BUDGET_DEPTH,   /* schemas apply each other too deep */
    BUDGET_PATTERN, /* one match of a regular expression took more than its text allows */
};

struct budget_limits {
    size_t values; /* JSON values in the body */
    size_t bytes;  /* of memory for the body and what is made of it */
};

/* What work that is done again and again for one `key` has come to need. */
struct budget_hint {
    const void *key;
    uint32_t value; /* 0 at first */
};

enum { BUDGET_HINTS = 8 };

struct budget {
    uint64_t steps;       /* left */
    size_t values, bytes; /* left */
    enum budget_end end;
    struct budget_limits limits;            /* what there was, for messages */
    struct budget_hint hints[BUDGET_HINTS]; /* see budget_hint() */
};

/* Bytes that may be looked at for one step. */
enum { BUDGET_BYTES_PER_STEP = 4 };
/* Steps for each value that the limits allow: with the default of 600,000 values, 36 ms. */
enum { BUDGET_STEPS_PER_VALUE = 12, BUDGET_STEPS_MIN = 2 << 20 };
/* Bytes for each byte of the body, itself included, and for any request. */
enum { BUDGET_BYTES_PER_BYTE = 19, BUDGET_BYTES_MIN = 256 << 10 };

/* The budget of a request whose body has `size` bytes. */
struct budget budget_for(size_t size, const struct budget_limits *limits);
/* One that never ends but by depth or pattern: for what does not come from a client. */
struct budget budget_endless(void);

/* Ends it; the first reason stays. Always false. */
bool budget_stop(struct budget *b, enum budget_end end);
/* Why it ended, for the client, in the arena: which limit, and how much it allows. */
const char *budget_text(const struct budget *b, struct arena *arena);
/* The same as the keyword of a violation: "steps", "values", … Static. */
const char *budget_keyword(const struct budget *b);

/* Each takes `n` from what is left. False: it has ended, now or before. */
static inline bool budget_step(struct budget *b, uint64_t n)
{
    if (b->steps < n) /* so it is once it has ended: n is 1 at least */
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

/* The hint of that key, to be read and written, until another key takes its place. It lives as long
 * as the request, so that what one client sends tells nothing of another's. */
static inline uint32_t *budget_hint(struct budget *b, const void *key)
{
    struct budget_hint *hint = &b->hints[(uintptr_t)key / 16 % BUDGET_HINTS];

    if (hint->key != key)
        *hint = (struct budget_hint){key, 0};
    return &hint->value;
}

/* Gives back what was freed before the request ended. */
static inline void budget_give(struct budget *b, size_t bytes)
{
    b->bytes += bytes;
}

#endif
