/* SPDX-License-Identifier: MIT */
/* Equality and hashes that agree with it: what is equal must hash alike, so 1 and 1.0 hash as the
 * same whole number, and the members of an object are summed up, which ignores their order. The
 * hash is keyed (lib/core/hash.h), and probes are charged as well, so that a client who found
 * collisions anyway could not win by them. uniqueItems looks each item up in one table instead of
 * comparing all pairs. */
#include "lib/schema/equal.h"

#include <math.h>
#include <stdlib.h>

#include "lib/core/memory.h"

enum { FEW = 32 };                       /* items whose table fits on the stack */
enum { HASH_STEPS = 4, MISS_STEPS = 5 }; /* of a value, and of a slot that is not in the cache */

bool equal_read_whole(const struct jvalue *number, int64_t *out)
{
    double x;

    if (number->type == JINTEGER) {
        *out = number->integer;
        return true;
    }
    x = number->real;
    if (floor(x) != x || x < -9223372036854775808.0 || x >= 9223372036854775808.0)
        return false;
    *out = (int64_t)x;
    return true;
}

static bool equal_numbers(const struct jvalue *a, const struct jvalue *b)
{
    int64_t x, y;

    if (equal_read_whole(a, &x) && equal_read_whole(b, &y))
        return x == y;
    return a->type == JDOUBLE && b->type == JDOUBLE && a->real == b->real;
}

static bool equal_strings(const struct jvalue *a, const struct jvalue *b, struct budget *budget)
{
    return a->size == b->size && budget_step(budget, 1 + a->size / BUDGET_BYTES_PER_STEP) &&
           (!a->size || memcmp(a->text, b->text, a->size) == 0);
}

static bool equal_arrays(const struct jvalue *a, const struct jvalue *b, struct budget *budget)
{
    for (size_t i = 0; i < a->size; i++)
        if (!equal_values(&a->items[i], &b->items[i], budget))
            return false;
    return true;
}

static bool equal_objects(const struct jvalue *a, const struct jvalue *b, struct budget *budget)
{
    for (size_t i = 0; i < a->size; i++) {
        const struct jmember *m = &a->members[i];
        const struct jvalue *other = jvalue_find(b, jmember_name(m), m->hash);

        if (!other || !equal_values(&m->value, other, budget))
            return false;
    }
    return true;
}

bool equal_values(const struct jvalue *a, const struct jvalue *b, struct budget *budget)
{
    if (!budget_step(budget, 1))
        return false;
    if (jvalue_is_number(a) && jvalue_is_number(b))
        return equal_numbers(a, b);
    if (a->type != b->type)
        return false;
    switch ((enum jtype)a->type) {
    case JSTRING:
        return equal_strings(a, b, budget);
    case JARRAY:
        return a->size == b->size && equal_arrays(a, b, budget);
    case JOBJECT:
        return a->size == b->size && equal_objects(a, b, budget);
    case JBOOLEAN:
        return a->boolean == b->boolean;
    default:
        return true;
    }
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
    return hash_bytes(hash, (struct slice){(const char *)&word, sizeof(word)});
}

static uint64_t hash_number(const struct jvalue *v, uint64_t hash)
{
    uint64_t bits;
    int64_t whole;

    if (equal_read_whole(v, &whole))
        return hash_word(hash, (uint64_t)whole);
    memcpy(&bits, &v->real, sizeof(bits));
    return hash_word(hash, bits);
}

uint64_t equal_hash(const struct jvalue *v, struct budget *budget)
{
    uint64_t hash = jvalue_is_number(v) ? JDOUBLE : v->type, sum = 0;

    if (!budget_step(budget, HASH_STEPS))
        return 0;
    switch ((enum jtype)v->type) {
    case JINTEGER:
    case JDOUBLE:
        return hash_number(v, hash);
    case JSTRING:
        return budget_step(budget, 1 + v->size / BUDGET_BYTES_PER_STEP)
                   ? hash_bytes(hash, jvalue_text(v))
                   : 0;
    case JARRAY:
        for (size_t i = 0; i < v->size; i++)
            hash = hash_word(hash, equal_hash(&v->items[i], budget));
        return hash_word(hash, v->size);
    case JOBJECT:
        for (size_t i = 0; i < v->size; i++) /* a sum, since order does not matter */
            sum += hash_word(v->members[i].hash, equal_hash(&v->members[i].value, budget));
        return hash_word(hash, sum);
    case JBOOLEAN:
        return hash_word(hash, v->boolean);
    default:
        return hash_word(hash, 0);
    }
}

/* The items examined so far, by hash. A slot is an item's place plus 1, or 0 if free. */
struct item_table {
    uint32_t *slots;
    size_t mask;
};

/* Returns true if an earlier item equals the one at `place`; otherwise adds that one. */
static bool has_twin(struct item_table *t, const struct jvalue *array, size_t place, size_t *twin,
                     struct budget *budget)
{
    size_t i = equal_hash(&array->items[place], budget) & t->mask;

    if (t->mask >= 2 * FEW && !budget_step(budget, MISS_STEPS))
        return false;
    for (; t->slots[i]; i = (i + 1) & t->mask) {
        *twin = t->slots[i] - 1;
        if (equal_values(&array->items[*twin], &array->items[place], budget))
            return true;
        if (budget->end != BUDGET_ENOUGH)
            return false;
    }
    t->slots[i] = (uint32_t)place + 1;
    return false;
}

bool equal_find_pair(const struct jvalue *array, size_t pair[static 2], struct budget *budget)
{
    uint32_t few[2 * FEW] = {0};
    struct item_table t = {few, 2 * FEW - 1};
    size_t bytes = 0;
    bool found = false;

    if (array->size > FEW) {
        while (t.mask < 2 * (size_t)array->size)
            t.mask = 2 * t.mask + 1;
        bytes = (t.mask + 1) * sizeof(*t.slots);
        if (!budget_take(budget, bytes))
            return false;
        t.slots = xcalloc(t.mask + 1, sizeof(*t.slots));
    }
    for (size_t i = 0; i < array->size && !found && budget->end == BUDGET_ENOUGH; i++) {
        found = has_twin(&t, array, i, &pair[0], budget);
        pair[1] = i;
    }
    if (t.slots != few)
        free(t.slots);
    budget_give(budget, bytes);
    return found;
}
