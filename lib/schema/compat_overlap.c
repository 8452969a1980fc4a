/* SPDX-License-Identifier: MIT */
/* oneOf refuses a value that fits two of its alternatives. So a request breaks too when two
 * alternatives come to accept the same values: those that fit only one before. For each pair of
 * alternatives of the new side the question is whether they overlap, whether the old side accepted
 * values in the overlap, and whether an overlap of the old side had refused them already.
 * "Disjoint" is decided by types, by listed values and by members that one side requires; all else
 * counts as an overlap. */
#include <string.h>

#include "lib/schema/check.h"
#include "lib/schema/compat_view.h"
#include "lib/schema/member.h"
#include "lib/schema/proof.h"

enum { ALTERNATIVES_MAX = 16, DEPTH = 4 };

static bool are_disjoint(struct compat *c, const struct view *a, const struct view *b,
                         unsigned depth);

/* Returns true if the variant accepts none of the values. */
static bool accepts_none(struct compat *c, const struct variant *v, const struct values *values)
{
    enum budget_end end;

    for (size_t i = 0; i < values->count; i++) {
        bool ok = check_type_of(&values->items[i]) & v->types;

        for (size_t k = 0; k < v->count && ok; k++)
            ok = proof_check(&c->proof_steps, v->nodes[k], &values->items[i], NULL, &end) ||
                 end != BUDGET_ENOUGH;
        if (ok)
            return false;
    }
    return true;
}

/* Returns true if a member that `v` requires cannot have a value that suits both. */
static bool is_excluded(struct compat *c, const struct variant *v, const struct variant *other,
                        unsigned depth)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct schema_object *o = v->nodes[i]->object;

        for (size_t k = 0; o && k < o->member_count; k++) {
            const struct members which = {.name = o->members[k].name.key};

            if (o->members[k].is_required && are_disjoint(c, variant_member(c, v, &which),
                                                          variant_member(c, other, &which), depth))
                return true;
        }
    }
    return false;
}

static bool are_variants_disjoint(struct compat *c, const struct variant *a,
                                  const struct variant *b, unsigned depth)
{
    int types = a->types & b->types;
    const struct values *was = compat_listed(a, 0), *is = compat_listed(b, 0);

    if (!types || (was && accepts_none(c, b, was)) || (is && accepts_none(c, a, is)))
        return true;
    return types == SCHEMA_OBJECT && depth &&
           (is_excluded(c, a, b, depth - 1) || is_excluded(c, b, a, depth - 1));
}

static bool are_disjoint(struct compat *c, const struct view *a, const struct view *b,
                         unsigned depth)
{
    for (size_t i = 0; i < a->variant_count; i++)
        for (size_t k = 0; k < b->variant_count; k++)
            if (!are_variants_disjoint(c, &a->variants[i], &b->variants[k], depth))
                return false;
    return true;
}

bool view_is_disjoint(struct compat *c, const struct view *a, const struct view *b)
{
    return are_disjoint(c, a, b, DEPTH);
}

/* Returns the oneOf that applies to each value of the view, or NULL. A discriminator chooses one
 * alternative, so that the others do not matter. */
static const struct schema_list *one_of(const struct view *v)
{
    const struct variant *first = v->variant_count ? &v->variants[0] : NULL;

    for (size_t i = 0; first && i < first->count; i++) {
        const struct schema_logic *l = first->nodes[i]->logic;

        if (l && l->one_of.count > 1 && l->one_of.count <= ALTERNATIVES_MAX &&
            !(l->discriminator && l->discriminator->count))
            return &l->one_of;
    }
    return NULL;
}

static const struct view *overlap(struct compat *c, const struct schema_list *list, size_t i,
                                  size_t k)
{
    const struct schema *both[] = {list->items[i], list->items[k]};
    const struct view *v;

    if (view_is_disjoint(c, view_of_one(c, both[0]), view_of_one(c, both[1])))
        return NULL;
    v = view_of(c, both, 2, false);
    return v->types ? v : NULL;
}

/* Returns true if the old side had an overlap that contains this one. */
static bool was_refused(struct compat *c, const struct view *old, const struct view *both)
{
    const struct schema_list *list = one_of(old);
    unsigned ignored = c->ignored;
    bool is = false;

    c->ignored = 0;
    for (size_t i = 0; list && i < list->count && !is; i++)
        for (size_t k = i + 1; k < list->count && !is; k++) {
            const struct view *other = overlap(c, list, i, k);

            is = other && !(compat_quietly(c, both, other) & NARROWED);
        }
    c->ignored = ignored;
    return is;
}

/* Adds what the variant says of a member, or of all others, as one schema. */
static const struct schema *copy_member(struct compat *c, const struct variant *v,
                                        const struct members *which)
{
    const struct view *member = variant_member(c, v, which);
    struct schema *s = arena_alloc(&c->arena, sizeof(*s));

    *s = schema_anything;
    s->logic = arena_zalloc(&c->arena, sizeof(*s->logic));
    s->logic->all_of = (struct schema_list){member->roots, member->count};
    return s;
}

/* Makes a schema of all that the variant says of an object's members, so that a request that it
 * closes stays closed beside other schemas. */
static const struct schema *shape_of(struct compat *c, const struct variant *v)
{
    const struct members others = {0};
    struct schema *s = arena_alloc(&c->arena, sizeof(*s));
    size_t room = 0;

    *s = schema_anything;
    s->object = arena_zalloc(&c->arena, sizeof(*s->object));
    s->object->size.most = SIZE_MAX;
    s->object->additional = copy_member(c, v, &others);
    for (size_t i = 0; i < v->count; i++)
        room += v->nodes[i]->object ? v->nodes[i]->object->member_count : 0;
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; v->nodes[i]->object && k < v->nodes[i]->object->member_count; k++) {
            const struct members which = {.name = v->nodes[i]->object->members[k].name.key};
            struct schema_member *m = member_add(s->object, &c->arena, which.name, room);

            m->schema = copy_member(c, v, &which);
            m->is_required = variant_requires(v, which.name);
        }
    return s;
}

/* Returns true if the old side accepted a value that fits both alternatives. */
static bool was_accepted(struct compat *c, const struct view *old, const struct view *both)
{
    for (size_t i = 0; i < old->variant_count; i++) {
        const struct variant *v = &old->variants[i];
        const struct schema *roots[] = {both->roots[0], both->roots[both->count - 1], NULL};
        const struct view *one = &(struct view){.variants = &old->variants[i], .variant_count = 1};

        if (view_is_disjoint(c, one, both))
            continue;
        roots[2] = shape_of(c, v);
        if (!was_refused(c, old, view_of(c, roots, 3, false)))
            return true;
    }
    return false;
}

void compat_overlaps(struct compat *c, const struct view *old, const struct view *new)
{
    const struct schema_list *list = new->is_folded || old->is_folded ? NULL : one_of(new);

    for (size_t i = 0; list && i < list->count; i++)
        for (size_t k = i + 1; k < list->count; k++) {
            const struct view *both = overlap(c, list, i, k);

            if (both && was_accepted(c, old, both))
                compat_say(c, NARROWED, "oneOf",
                           "alternatives %zu and %zu now accept the same values, and so none of "
                           "them",
                           i + 1, k + 1);
        }
}
