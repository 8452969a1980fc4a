/* SPDX-License-Identifier: MIT */
#include "lib/schema/evaluated_set.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"

static size_t words(const struct evaluated *e)
{
    return (e->count + 63) / 64;
}

bool evaluated_init(struct evaluated *e, size_t count, struct budget *budget)
{
    e->count = count;
    e->bits = e->few;
    memset(e->few, 0, sizeof(e->few));
    if (words(e) <= EVALUATED_FEW)
        return true;
    if (!budget_take(budget, words(e) * sizeof(*e->bits)) || !budget_step(budget, words(e)))
        return false;
    e->bits = xcalloc(words(e), sizeof(*e->bits));
    return true;
}

void evaluated_fini(struct evaluated *e, struct budget *budget)
{
    if (e->bits == e->few)
        return;
    budget_give(budget, words(e) * sizeof(*e->bits));
    free(e->bits);
}

void evaluated_add(struct evaluated *e, size_t index)
{
    e->bits[index / 64] |= UINT64_C(1) << index % 64;
}

void evaluated_add_all(struct evaluated *e)
{
    memset(e->bits, 0xff, words(e) * sizeof(*e->bits));
}

void evaluated_merge(struct evaluated *e, const struct evaluated *more)
{
    for (size_t i = 0; i < words(e); i++)
        e->bits[i] |= more->bits[i];
}

bool evaluated_has(const struct evaluated *e, size_t index)
{
    return e->bits[index / 64] >> index % 64 & 1;
}
