/* SPDX-License-Identifier: MIT */
/* Finds schemas that no value can satisfy, as far as that is cheap: they are mistakes in the
 * document. */
#include <string.h>

#include "lib/schema/node.h"
#include "lib/schema/proof.h"

enum { NUMBERS = SCHEMA_INTEGER | SCHEMA_NUMBER };

/* Compares bounds, exactly if both are whole numbers. */
static bool is_above(const struct schema_number *n, int least, int most, bool or_equal)
{
    unsigned both = 1u << least | 1u << most;

    if ((n->present & both) != both)
        return false;
    if ((n->exact & both) == both)
        return n->whole[least] > n->whole[most] || (or_equal && n->whole[least] == n->whole[most]);
    return n->bound[least] > n->bound[most] || (or_equal && n->bound[least] == n->bound[most]);
}

static const char *number_hope(const struct schema_number *n)
{
    return is_above(n, BOUND_MINIMUM, BOUND_MAXIMUM, false) ||
                   is_above(n, BOUND_EXCLUSIVE_MINIMUM, BOUND_MAXIMUM, true) ||
                   is_above(n, BOUND_MINIMUM, BOUND_EXCLUSIVE_MAXIMUM, true) ||
                   is_above(n, BOUND_EXCLUSIVE_MINIMUM, BOUND_EXCLUSIVE_MAXIMUM, true)
               ? "no number lies between the minimum and the maximum"
               : NULL;
}

static const char *range_hope(const struct schema_range *r)
{
    return r->least > r->most ? "the minimum size exceeds the maximum" : NULL;
}

static const char *array_hope(const struct schema_array *a)
{
    if (a->contains && a->matches.least > a->matches.most)
        return "minContains exceeds maxContains";
    if (a->items && a->items->is_false && a->size.least > a->prefix.count)
        return "the minimum size exceeds what items allows";
    return range_hope(&a->size);
}

static const char *object_hope(const struct schema_object *o)
{
    bool is_closed = o->additional && o->additional->is_false && !o->pattern_count;
    size_t known = 0;

    for (size_t i = 0; i < o->member_count; i++) {
        const struct schema_member *m = &o->members[i];

        known += m->schema != NULL;
        if (m->is_required && m->schema && m->schema->is_false)
            return "a required property accepts no value";
        if (m->is_required && !m->schema && is_closed)
            return "the schema does not allow a required property";
    }
    if (is_closed && o->size.least > known)
        return "the minimum size exceeds what the schema allows";
    return range_hope(&o->size);
}

/* Returns true if any of the values is valid. */
static bool is_any_valid(const struct schema *s, const struct values *values, uint64_t *steps)
{
    bool is_valid = false;

    for (size_t i = 0; i < values->count && !is_valid; i++) {
        enum budget_end end;

        is_valid = proof_check(steps, s, &values->items[i], NULL, &end) ||
                   end != BUDGET_ENOUGH; /* undecided */
    }
    return is_valid;
}

/* Returns why no value of the remaining types is valid. What a schema says of one type rules out
 * only values of that type. */
static const char *type_hope(const struct schema *s, int types)
{
    if (s->number && !(types & ~NUMBERS))
        return number_hope(s->number);
    if (s->text && types == SCHEMA_STRING)
        return range_hope(&s->text->length);
    if (s->array && types == SCHEMA_ARRAY)
        return array_hope(s->array);
    if (s->object && types == SCHEMA_OBJECT)
        return object_hope(s->object);
    return NULL;
}

const char *schema_is_hopeless(const struct schema *s, uint64_t *steps)
{
    int types = schema_types(s);

    if (s->is_false)
        return NULL; /* reported for that schema itself */
    if (s->values && !is_any_valid(s, s->values, steps))
        return "no value of enum is valid";
    if (s->constant && !is_any_valid(s, s->constant, steps))
        return "const is not valid";
    if (!types)
        return "its types are mutually exclusive";
    return type_hope(s, types);
}
