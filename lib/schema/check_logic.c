/* SPDX-License-Identifier: MIT */
/* Schemas that apply other schemas to the same value (JSON Schema 2020-12, core, 8.2.3 and 10.2;
 * OpenAPI 3.1, 4.8.25). */
#include <string.h>

#include "lib/core/buf.h"
#include "lib/schema/check.h"

/* Whether the branch is valid; what it looked at counts only then. */
static bool try_branch(struct checker *c, const struct schema *s, struct json_object *value,
                       struct evaluated *seen)
{
    struct evaluated own;
    bool ok;

    if (!seen)
        return check_quietly(c, s, value, NULL);
    evaluated_init(&own, seen->count);
    ok = check_quietly(c, s, value, &own);
    if (ok)
        evaluated_merge(seen, &own);
    evaluated_fini(&own);
    return ok;
}

/* How many are valid, up to `enough` unless all must say what they looked at. */
static size_t count_valid(struct checker *c, const struct schema_list *list,
                          struct json_object *value, size_t enough, struct evaluated *seen)
{
    size_t valid = 0;

    for (size_t i = 0; i < list->count && (seen || valid < enough); i++)
        valid += try_branch(c, list->items[i], value, seen);
    return valid;
}

/* The outermost resource that was entered and has the anchor gives the schema (core, 8.2.3.2). */
static const struct schema *find_dynamic(const struct checker *c, const struct schema_logic *l)
{
    const struct schema *found = l->dynamic;

    for (const struct scope *s = c->scope; l->dynamic_anchor && s; s = s->outer)
        for (const struct anchor *a = s->resource ? s->resource->anchors : NULL; a; a = a->next)
            if (a->is_dynamic && a->compiled[l->mode] && strcmp(a->name, l->dynamic_anchor) == 0)
                found = a->compiled[l->mode];
    return found;
}

/* No alternative was chosen: that members are unknown to it cannot be said. */
static bool choose_none(struct evaluated *seen)
{
    if (seen)
        evaluated_add_all(seen);
    return false;
}

static bool is_text(struct json_object *value, const char *text)
{
    return json_object_is_type(value, json_type_string) &&
           slice_is((struct slice){json_object_get_string(value),
                                   (size_t)json_object_get_string_len(value)},
                    text);
}

static bool check_discriminator(struct checker *c, const struct schema_discriminator *d,
                                struct json_object *value, const struct step *at,
                                struct evaluated *seen)
{
    struct step step = {at, d->property, 0};
    struct json_object *given;
    struct buf names = {0};

    if (!json_object_object_get_ex(value, d->property, &given)) {
        check_violate(c, &step, "discriminator", "is required");
        return choose_none(seen);
    }
    for (size_t i = 0; i < d->count; i++)
        if (is_text(given, d->rows[i].value))
            return check(c, d->rows[i].schema, value, at, seen);
    for (size_t i = 0; check_is_told(c) && i < d->count; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", d->rows[i].value);
    check_violate(c, &step, "discriminator", "must be one of %s", buf_text(&names));
    buf_fini(&names);
    return choose_none(seen);
}

static bool check_any_of(struct checker *c, const struct schema_logic *l, struct json_object *value,
                         const struct step *at, struct evaluated *seen)
{
    if (!l->any_of.count || count_valid(c, &l->any_of, value, 1, seen))
        return true;
    check_violate(c, at, "anyOf", "must match one of the alternatives");
    return choose_none(seen);
}

static bool check_one_of(struct checker *c, const struct schema_logic *l, struct json_object *value,
                         const struct step *at, struct evaluated *seen)
{
    size_t valid = l->one_of.count ? count_valid(c, &l->one_of, value, 2, seen) : 1;

    if (valid > 1)
        return check_violate(c, at, "oneOf", "must match only one of the alternatives");
    if (valid)
        return true;
    check_violate(c, at, "oneOf", "must match one of the alternatives");
    return choose_none(seen);
}

/* A discriminator speaks for oneOf, or else for anyOf. */
static bool check_alternatives(struct checker *c, const struct schema_logic *l,
                               struct json_object *value, const struct step *at,
                               struct evaluated *seen)
{
    const struct schema_discriminator *d =
        json_object_is_type(value, json_type_object) ? l->discriminator : NULL;
    bool ok = !d || check_discriminator(c, d, value, at, seen);

    if (!d || l->one_of.count)
        ok &= check_any_of(c, l, value, at, seen);
    if (!d)
        ok &= check_one_of(c, l, value, at, seen);
    return ok;
}

static bool check_condition(struct checker *c, const struct schema_logic *l,
                            struct json_object *value, const struct step *at,
                            struct evaluated *seen)
{
    const struct schema *chosen = try_branch(c, l->condition, value, seen) ? l->then : l->otherwise;

    return !chosen || check(c, chosen, value, at, seen);
}

bool check_logic(struct checker *c, const struct schema *s, struct json_object *value,
                 const struct step *at, struct evaluated *seen)
{
    const struct schema_logic *l = s->logic;
    bool ok = true;

    if (l->ref)
        ok &= check(c, l->ref, value, at, seen);
    if (l->dynamic && (ok || c->out))
        ok &= check(c, find_dynamic(c, l), value, at, seen);
    for (size_t i = 0; i < l->all_of.count && (ok || c->out); i++)
        ok &= check(c, l->all_of.items[i], value, at, seen);
    if (ok || c->out)
        ok &= check_alternatives(c, l, value, at, seen);
    if (l->negated && (ok || c->out) && check_quietly(c, l->negated, value, NULL))
        ok = check_violate(c, at, "not", "matches what is excluded");
    if (l->condition && (ok || c->out))
        ok &= check_condition(c, l, value, at, seen);
    return ok;
}
