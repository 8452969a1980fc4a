/* SPDX-License-Identifier: MIT */
/* Checks keywords that apply other schemas to the same value (JSON Schema 2020-12, core, 8.2.3 and
 * 10.2; OpenAPI 3.1, 4.8.25). Alternatives are tried quietly, without reports, and what they
 * evaluated counts only if they are valid. If none is, the violation is that of the keyword. With a
 * discriminator the value names its alternative, so only that one is checked, and its violations
 * are reported in full. */
#include <string.h>

#include "lib/core/buf.h"
#include "lib/schema/check.h"

/* Steps charged for looking at all keywords here, and for trying a branch, besides those of the
 * branch itself. */
enum { LOGIC_STEPS = 3, BRANCH_STEPS = 2 };

/* Returns true if the branch is valid. What it evaluated counts only then. */
static bool try_branch(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                       struct evaluated *seen)
{
    struct evaluated own;
    bool ok;

    if (!budget_step(c->budget, BRANCH_STEPS))
        return false;
    if (!seen)
        return check_quietly(c, s, value, NULL);
    if (!evaluated_init(&own, seen->count, c->budget))
        return false;
    ok = check_quietly(c, s, value, &own);
    if (ok)
        evaluated_merge(seen, &own);
    evaluated_fini(&own, c->budget);
    return ok;
}

/* Returns how many are valid. Stops at `enough`, unless what all of them evaluated is needed. */
static size_t count_valid(struct schema_checker *c, const struct schema_list *list,
                          const struct jvalue *value, size_t enough, struct evaluated *seen)
{
    size_t valid = 0;

    for (size_t i = 0; i < list->count && (seen || c->joint || valid < enough); i++)
        valid += try_branch(c, list->items[i], value, seen);
    return valid;
}

/* Returns the schema of the outermost resource entered that has the anchor (core, 8.2.3.2). */
static const struct schema *find_dynamic(const struct schema_checker *c,
                                         const struct schema_logic *l)
{
    const struct schema *found = l->dynamic;

    for (const struct scope *s = c->scope; l->dynamic_anchor && s; s = s->outer)
        for (const struct anchor *a = s->resource ? s->resource->dynamic : NULL; a; a = a->next) {
            budget_step(c->budget, 1);
            if (a->compiled[l->mode] && strcmp(a->name, l->dynamic_anchor) == 0)
                found = a->compiled[l->mode];
        }
    return found;
}

/* Marks all members and items as evaluated. No alternative was chosen, so none of them can be
 * reported as unknown. */
static bool choose_none(struct schema_checker *c, const struct jvalue *value,
                        struct evaluated *seen)
{
    if (c->joint && c->joint->value != value && value->type == JOBJECT)
        joint_note_all(c->joint, value, c->budget);
    if (seen)
        evaluated_add_all(seen);
    return false;
}

static bool is_text(const struct jvalue *value, struct slice text)
{
    return value->type == JSTRING && value->size == text.len &&
           (!text.len || memcmp(value->text, text.data, text.len) == 0);
}

static bool check_discriminator(struct schema_checker *c, const struct schema_discriminator *d,
                                const struct jvalue *value, const struct step *at,
                                struct evaluated *seen)
{
    struct step step = {.parent = at, .name = d->property.plain};
    const struct jvalue *given = jvalue_find(value, d->property.plain, d->property.hash);
    struct buf names = {0};

    if (!budget_step(c->budget, 1 + d->count))
        return false;
    if (!given) {
        check_violate(c, &step, "discriminator", "is required");
        return choose_none(c, value, seen);
    }
    for (size_t i = 0; i < d->count; i++)
        if (is_text(given, d->rows[i].value.plain))
            return check(c, d->rows[i].schema, value, at, seen);
    for (size_t i = 0; check_is_told(c) && i < d->count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", d->rows[i].value.key);
    check_violate(c, &step, "discriminator", "must be one of %s", buf_text(&names));
    buf_fini(&names);
    return choose_none(c, value, seen);
}

static bool check_any_of(struct schema_checker *c, const struct schema_logic *l,
                         const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    if (!l->any_of.count || count_valid(c, &l->any_of, value, 1, seen))
        return true;
    check_violate(c, at, "anyOf", "must match one of the alternatives");
    return choose_none(c, value, seen);
}

static bool check_one_of(struct schema_checker *c, const struct schema_logic *l,
                         const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    size_t valid = l->one_of.count ? count_valid(c, &l->one_of, value, 2, seen) : 1;

    if (valid > 1)
        return check_violate(c, at, "oneOf", "must match only one of the alternatives");
    if (valid)
        return true;
    check_violate(c, at, "oneOf", "must match one of the alternatives");
    return choose_none(c, value, seen);
}

/* Checks the discriminator, which belongs to oneOf if there is one, otherwise to anyOf. */
static bool check_alternatives(struct schema_checker *c, const struct schema_logic *l,
                               const struct jvalue *value, const struct step *at,
                               struct evaluated *seen)
{
    const struct schema_discriminator *d = value->type == JOBJECT ? l->discriminator : NULL;
    bool ok = !d || check_discriminator(c, d, value, at, seen);

    if (!d || l->one_of.count)
        ok &= check_any_of(c, l, value, at, seen);
    if (!d)
        ok &= check_one_of(c, l, value, at, seen);
    return ok;
}

static bool check_condition(struct schema_checker *c, const struct schema_logic *l,
                            const struct jvalue *value, const struct step *at,
                            struct evaluated *seen)
{
    const struct schema *chosen = try_branch(c, l->condition, value, seen) ? l->then : l->otherwise;

    return !chosen || check(c, chosen, value, at, seen);
}

bool check_logic(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                 const struct step *at, struct evaluated *seen)
{
    const struct schema_logic *l = s->logic;
    bool ok = budget_step(c->budget, LOGIC_STEPS);

    if (l->ref)
        ok &= check(c, l->ref, value, at, seen);
    if (l->dynamic && check_goes_on(c, ok))
        ok &= check(c, find_dynamic(c, l), value, at, seen);
    for (size_t i = 0; i < l->all_of.count && check_goes_on(c, ok); i++)
        ok &= check(c, l->all_of.items[i], value, at, seen);
    if (check_goes_on(c, ok))
        ok &= check_alternatives(c, l, value, at, seen);
    if (l->negated && check_goes_on(c, ok) && check_quietly(c, l->negated, value, NULL))
        ok = check_violate(c, at, "not", "must not match the excluded schema");
    if (l->condition && check_goes_on(c, ok))
        ok &= check_condition(c, l, value, at, seen);
    return ok;
}
