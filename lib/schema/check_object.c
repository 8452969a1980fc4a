/* SPDX-License-Identifier: MIT */
#include "lib/schema/check.h"
#include "lib/schema/member.h"

enum { MEMBER_STEPS = 3 }; /* for one lookup in the schema or the value */

static bool check_name(struct schema_checker *c, const struct schema *names, struct slice name,
                       const struct step *at)
{
    struct jvalue text = jvalue_string(name);

    return check_quietly(c, names, &text, NULL) ||
           check_violate(c, at, "propertyNames", "is not an allowed property name");
}

/* Checks the schemas of matching patterns. *is_known is set if any pattern matches. */
static bool check_patterns(struct schema_checker *c, const struct schema_object *o,
                           const struct jmember *m, const struct step *at, bool *is_known)
{
    bool ok = true;

    for (size_t i = 0; i < o->pattern_count && check_goes_on(c, ok); i++)
        if (pattern_match(o->patterns[i].pattern, jmember_name(m), c->budget)) {
            *is_known = true;
            ok &= check(c, o->patterns[i].schema, &m->value, at, NULL);
        }
    return ok && !walk_ended(c->budget);
}

static bool check_unknown(struct schema_checker *c, const struct schema *s,
                          const struct jvalue *item, const char *keyword, const struct step *at)
{
    return s->is_false ? check_violate(c, at, keyword, "is not a known property")
                       : check(c, s, item, at, NULL);
}

/* Checks one member. *required counts the members of `required` found so far. */
static bool check_member(struct schema_checker *c, const struct schema_object *o,
                         const struct jmember *member, const struct step *at, bool *is_known,
                         size_t *required)
{
    const struct schema_member *m = member_find(o, jmember_name(member), member->hash);
    bool ok = budget_step(c->budget, MEMBER_STEPS);

    *is_known = m && m->schema;
    *required += m && m->is_required;
    if (m && m->is_hidden && c->hidden) {
        c->hidden->has_hidden = true;
        return ok;
    }
    if (m && m->is_hidden)
        return check_violate(c, at, o->hidden_by, "%s",
                             *o->hidden_by == 'r' ? "is read-only" : "is write-only");
    if (*is_known)
        ok &= check(c, m->schema, &member->value, at, NULL);
    if (o->pattern_count)
        ok &= check_patterns(c, o, member, at, is_known);
    if (!*is_known && o->additional) {
        *is_known = true;
        ok &= check_unknown(c, o->additional, &member->value, "additionalProperties", at);
    }
    if (o->names && check_goes_on(c, ok))
        ok &= check_name(c, o->names, jmember_name(member), at);
    return ok;
}

/* Returns true if a required member is missing. Members that must not be sent by another part of
 * the schema need not be there. */
static bool is_missing(const struct schema_checker *c, const struct schema_object *o,
                       const struct jvalue *value, const struct schema_name *name)
{
    return budget_step(c->budget, MEMBER_STEPS) && !jvalue_find(value, name->plain, name->hash) &&
           !(o->hidden_by && walk_is_hidden(c->whole, name, c->budget));
}

static bool check_required(struct schema_checker *c, const struct schema_object *o,
                           const struct jvalue *value, const struct step *at)
{
    bool ok = true;

    for (size_t i = 0; i < o->member_count && check_goes_on(c, ok); i++) {
        const struct schema_name *name = &o->members[i].name;
        struct step step = {.parent = at, .name = name->plain};

        if (o->members[i].is_required && is_missing(c, o, value, name))
            ok = check_violate(c, &step, "required", "is required");
    }
    return ok;
}

static bool check_dependency(struct schema_checker *c, const struct schema_object *o,
                             const struct schema_dependency *d, const struct jvalue *value,
                             const struct step *at, struct evaluated *seen)
{
    bool ok = budget_step(c->budget, MEMBER_STEPS);

    if (!jvalue_find(value, d->name.plain, d->name.hash))
        return ok;
    for (size_t i = 0; i < d->required_count && check_goes_on(c, ok); i++) {
        struct step step = {.parent = at, .name = d->required[i].plain};

        if (is_missing(c, o, value, &d->required[i]))
            ok = check_violate(c, &step, "dependentRequired", "is required when %s is present",
                               d->name.key);
    }
    return d->schema ? check(c, d->schema, value, at, seen) && ok : ok;
}

bool check_object(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at, struct evaluated *seen)
{
    static const char *const keywords[] = {"minProperties", "maxProperties"};
    const struct schema_object *o = s->object;
    size_t required = 0;
    bool ok = budget_step(c->budget, WALK_PART_STEPS) &&
              check_size(c, &o->size, value->size, keywords, "member", at);

    for (size_t i = 0; i < value->size && check_goes_on(c, ok); i++) {
        const struct jmember *m = &value->members[i];
        struct step step = {.parent = at, .name = jmember_name(m)};
        bool is_known;

        ok &= check_member(c, o, m, &step, &is_known, &required);
        if (seen && is_known)
            evaluated_add(seen, i);
    }
    if (required < o->required_count && check_goes_on(c, ok))
        ok &= check_required(c, o, value, at);
    for (size_t i = 0; i < o->dependency_count && check_goes_on(c, ok); i++)
        ok &= check_dependency(c, o, &o->dependencies[i], value, at, seen);
    return ok;
}

bool check_unevaluated_properties(struct schema_checker *c, const struct schema_object *o,
                                  const struct jvalue *value, const struct step *at,
                                  const struct evaluated *seen)
{
    const char *keyword = o->is_closed ? "additionalProperties" : "unevaluatedProperties";
    bool ok = budget_step(c->budget, 1 + seen->count / WALK_ITEMS_PER_STEP);

    for (size_t i = 0; i < seen->count && check_goes_on(c, ok); i++) {
        const struct jmember *m = &value->members[i];
        struct step step = {.parent = at, .name = jmember_name(m)};

        if (!evaluated_has(seen, i))
            ok &= check_unknown(c, o->unevaluated, &m->value, keyword, &step);
    }
    return ok;
}
