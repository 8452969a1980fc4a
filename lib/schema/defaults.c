/* SPDX-License-Identifier: MIT */
/* Adds defaults where a schema applies unconditionally, and so not inside of alternatives. */
#include "lib/schema/member.h"
#include "lib/schema/walk.h"

enum { MEMBER_STEPS = 3, ADD_STEPS = 10, BYTES_OF_MEMBER = 2 * sizeof(struct jmember) };

struct filler {
    struct arena *arena;
    struct budget *budget;
    unsigned depth;
};

static void fill_value(struct filler *f, const struct schema *s, struct jvalue *value);

/* Charges for a new member: those present may have to move, and a new index be built. */
static bool take_member(struct filler *f, const struct jvalue *value)
{
    bool moves = !value->room_log2 || value->size == UINT32_C(1) << value->room_log2;
    size_t bytes = moves ? ((size_t)value->size + 2) * BYTES_OF_MEMBER : 0;

    return budget_value(f->budget) && budget_take(f->budget, bytes) &&
           budget_step(f->budget, ADD_STEPS + bytes / WALK_BYTES_PER_STEP);
}

/* Adds a member's default as written: defaults inside of it are not added. It is not copied either,
 * since values that come from a document are never changed in place (jvalue.h). */
static void fill_member(struct filler *f, const struct schema_member *m, struct jvalue *value)
{
    const struct jvalue *fallback;
    struct jvalue *item;

    if (!m->schema || m->is_hidden || !budget_step(f->budget, MEMBER_STEPS))
        return;
    item = jvalue_find(value, m->name.plain, m->name.hash);
    fallback = item ? NULL : walk_default(m->schema, f->budget);
    if (item)
        fill_value(f, m->schema, item);
    else if (fallback && take_member(f, value))
        jvalue_add(f->arena, value, m->name.plain, *fallback);
}

static void fill_object(struct filler *f, const struct schema_object *o, struct jvalue *value)
{
    for (size_t i = 0; i < o->member_count; i++)
        fill_member(f, &o->members[i], value);
    if (!o->additional || o->pattern_count)
        return;
    for (size_t i = 0; i < value->size && budget_step(f->budget, MEMBER_STEPS); i++) {
        struct jmember *member = &value->members[i];
        const struct schema_member *m = member_find(o, jmember_name(member), member->hash);

        if (!m || !m->schema)
            fill_value(f, o->additional, &member->value);
    }
}

static void fill_array(struct filler *f, const struct schema_array *a, struct jvalue *value)
{
    for (size_t i = 0; i < value->size && budget_step(f->budget, 1); i++) {
        const struct schema *item = i < a->prefix.count ? a->prefix.items[i] : a->items;

        if (!item)
            break;
        fill_value(f, item, &value->items[i]);
    }
}

static void fill_value(struct filler *f, const struct schema *s, struct jvalue *value)
{
    if (value->type < JARRAY || !walk_enter(f->budget, f->depth))
        return; /* a scalar has no members */
    f->depth++;
    if (s->object && value->type == JOBJECT)
        fill_object(f, s->object, value);
    if (s->array && value->type == JARRAY)
        fill_array(f, s->array, value);
    if (s->logic && s->logic->ref)
        fill_value(f, s->logic->ref, value);
    for (size_t i = 0; s->logic && i < s->logic->all_of.count; i++)
        fill_value(f, s->logic->all_of.items[i], value);
    f->depth--;
}

bool schema_fill(const struct schema *s, struct jvalue *value, struct arena *arena,
                 struct budget *budget)
{
    struct filler f = {.arena = arena, .budget = budget};

    fill_value(&f, s, value);
    return !walk_ended(budget);
}
