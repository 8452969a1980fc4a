/* SPDX-License-Identifier: MIT */
#include "lib/schema/joint.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/schema/check.h"
#include "lib/schema/member.h"

enum { NAME_STEPS = 3 };

void joint_init(struct joint *j, const struct jvalue *value)
{
    j->value = value;
    j->notes = j->few;
    j->count = 0;
    j->room = JOINT_FEW;
}

/* Doubles the room. Returns false if the budget has ended, and with it the check. */
static bool widen(struct joint *j, struct budget *budget)
{
    struct joint_note *old = j->notes == j->few ? NULL : j->notes;
    size_t more = old ? j->room : 2 * j->room;

    if (!budget_take(budget, more * sizeof(*j->notes)))
        return false;
    j->notes = xreallocarray(old, 2 * j->room, sizeof(*j->notes));
    if (!old)
        memcpy(j->notes, j->few, sizeof(j->few));
    j->room *= 2;
    return true;
}

void joint_note(struct joint *j, const struct jvalue *value, const struct schema *s,
                struct budget *budget)
{
    if (j->count < j->room || widen(j, budget))
        j->notes[j->count++] = (struct joint_note){value, s};
}

void joint_note_all(struct joint *j, const struct jvalue *value, struct budget *budget)
{
    static struct schema_object open = {.additional = &schema_anything};
    static const struct schema all = {.object = &open};

    joint_note(j, value, &all, budget);
}

void joint_fini(struct joint *j, struct budget *budget)
{
    if (j->notes == j->few)
        return;
    budget_give(budget, j->room * sizeof(*j->notes));
    free(j->notes);
}

static int compare_notes(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct joint_note *)a)->value;
    uintptr_t right = (uintptr_t)((const struct joint_note *)b)->value;

    return (left > right) - (left < right);
}

/* Returns the first note of the value, or the end. */
static size_t first_note(const struct joint *j, const struct jvalue *value)
{
    size_t low = 0, high = j->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((uintptr_t)j->notes[middle].value < (uintptr_t)value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool names(struct schema_checker *c, const struct schema_object *o, const struct jmember *m)
{
    if (o->additional || o->unevaluated || member_find(o, jmember_name(m), m->hash))
        return true;
    for (size_t i = 0; i < o->pattern_count; i++)
        if (pattern_match(o->patterns[i].pattern, jmember_name(m), c->budget))
            return true;
    return false;
}

static bool is_known(struct schema_checker *c, const struct joint *j, size_t first,
                     const struct jvalue *value, const struct jmember *m)
{
    for (size_t i = first; i < j->count && j->notes[i].value == value; i++) {
        const struct schema *s = j->notes[i].schema;

        if (!budget_step(c->budget, NAME_STEPS) || (s->object && names(c, s->object, m)))
            return true;
    }
    return false;
}

/* Returns true if the object takes only members that a schema names. */
static bool is_closed(const struct joint *j, size_t first, const struct jvalue *value)
{
    bool is_closed = false;

    for (size_t i = first; i < j->count && j->notes[i].value == value && !is_closed; i++)
        is_closed = j->notes[i].schema->is_joint && j->notes[i].schema->names_members;
    return is_closed;
}

static bool check_below(struct schema_checker *c, const struct joint *j, const struct jvalue *value,
                        const struct step *at)
{
    size_t first = first_note(j, value);
    bool closed = value->type == JOBJECT && is_closed(j, first, value), ok = true;

    for (size_t i = 0; i < value->size && check_goes_on(c, ok); i++) {
        const struct jmember *m = value->type == JOBJECT ? &value->members[i] : NULL;
        const struct jvalue *item = m ? &m->value : &value->items[i];
        struct step step = {.parent = at, .index = i};

        if (m)
            step.name = jmember_name(m);
        if (!budget_step(c->budget, 1))
            return false;
        if (closed && !is_known(c, j, first, value, m))
            ok = check_violate(c, &step, "additionalProperties", "is not a known property");
        else if (item->type >= JARRAY)
            ok &= check_below(c, j, item, &step);
    }
    return ok && !walk_ended(c->budget);
}

bool joint_check(struct schema_checker *c, struct joint *j, const struct step *at)
{
    if (!j->count)
        return true;
    if (!budget_step(c->budget, j->count))
        return false;
    qsort(j->notes, j->count, sizeof(*j->notes), compare_notes);
    return check_below(c, j, j->value, at);
}
