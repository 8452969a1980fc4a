/* SPDX-License-Identifier: MIT */
/* Compares objects: the properties that either side names, then those that neither names (patterns
 * and additional ones), then rules for the whole object. Direction decides: in a request a new
 * optional property is harmless and a new required one breaks; in a response a property that is
 * gone breaks, though the set of values has not widened. That one exception is made here and
 * nowhere else. */
#include <string.h>

#include "lib/schema/compat_view.h"
#include "lib/schema/member.h"

/* --- one property --- */

/* Returns true if the view accepts nothing, so that the property must be absent. */
static bool refuses(const struct view *v)
{
    return v->types == 0;
}

/* Reports only breaks. That the property is new or gone was reported before. */
static void compare_breaks(struct compat *c, const struct view *was, const struct view *is,
                           const char *name)
{
    unsigned before = c->ignored;

    c->ignored |= BOTH & ~c->breaking;
    compat_below(c, was, is, name, 0);
    c->ignored = before;
}

static void say_gone(struct compat *c, const struct view *is)
{
    unsigned change = refuses(is) ? NARROWED : WIDENED;

    if (c->use == COMPAT_RESPONSE)
        compat_say(c, change | WIDENED, "properties", "the property has been removed");
    else
        compat_say(c, change, "properties", "the property is %s",
                   refuses(is) ? "no longer accepted" : "removed, but still accepted");
}

static void say_new(struct compat *c, bool was_refused, bool is_required)
{
    if (is_required)
        compat_say(c, NARROWED | (was_refused ? WIDENED : 0u), "required",
                   "the property is new and required");
    else
        compat_say(c, was_refused ? WIDENED : 0, "properties",
                   was_refused && c->use == COMPAT_RESPONSE
                       ? "the property is new, and undeclared properties were ruled out before"
                       : "the property is new");
}

static void compare_property(struct compat *c, const struct variant *a, const struct variant *b,
                             const char *name)
{
    const struct members which = {.name = name};
    const struct view *was = variant_member(c, a, &which), *is = variant_member(c, b, &which);
    bool had = variant_names(a, name), has = variant_names(b, name);
    bool was_required = variant_requires(a, name), is_required = variant_requires(b, name);
    bool was_hidden = variant_hides(a, name), is_hidden = variant_hides(b, name);
    struct compat_path path = {c->path, name, 0};

    c->path = &path;
    if (had && !has)
        say_gone(c, is);
    else if (!had && has)
        say_new(c, refuses(was) && !(was_hidden && c->use == COMPAT_RESPONSE), is_required);
    else if (was_required != is_required)
        compat_say(c, is_required ? NARROWED : WIDENED, "required",
                   is_required ? "is now required" : "is no longer required");
    c->path = path.parent;
    if (c->use == COMPAT_RESPONSE && was_hidden != is_hidden)
        return;
    if (had == has || c->is_quiet)
        compat_below(c, was, is, name, 0);
    else if (!refuses(was) && !refuses(is) && !(had && c->use == COMPAT_RESPONSE))
        compare_breaks(c, was, is, name);
}

/* Returns true if a node before `end` has the name. */
static bool is_known(const struct variant *v, size_t end, const char *name)
{
    for (size_t i = 0; i < end; i++)
        if (v->nodes[i]->object && member_find_key(v->nodes[i]->object, name))
            return true;
    return false;
}

/* Compares each name of `side` once, except those that `but` has. */
static void compare_properties(struct compat *c, const struct variant *side,
                               const struct variant *but, const struct variant *a,
                               const struct variant *b)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct schema_object *o = side->nodes[i]->object;

        for (size_t k = 0; o && k < o->member_count; k++) {
            const char *name = o->members[k].name.key;

            if (!is_known(side, i, name) && !(but && is_known(but, but->count, name)))
                compare_property(c, a, b, name);
        }
    }
}

/* --- properties that are not named --- */

static bool has_pattern(const struct variant *v, const char *text)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct schema_object *o = v->nodes[i]->object;

        for (size_t k = 0; o && k < o->pattern_count; k++)
            if (strcmp(o->patterns[k].text, text) == 0)
                return true;
    }
    return false;
}

static void compare_pattern(struct compat *c, const struct variant *a, const struct variant *b,
                            const char *text)
{
    const struct members which = {.pattern = text};

    compat_below(c, variant_member(c, a, &which), variant_member(c, b, &which),
                 arena_printf(&c->arena, "(%s)", text), 0);
}

static void compare_patterns(struct compat *c, const struct variant *side,
                             const struct variant *but, const struct variant *a,
                             const struct variant *b)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct schema_object *o = side->nodes[i]->object;

        for (size_t k = 0; o && k < o->pattern_count; k++)
            if (!but || !has_pattern(but, o->patterns[k].text))
                compare_pattern(c, a, b, o->patterns[k].text);
    }
}

static void compare_others(struct compat *c, const struct variant *a, const struct variant *b)
{
    const struct members which = {0};
    const struct view *was = variant_member(c, a, &which), *is = variant_member(c, b, &which);

    if (refuses(was) != refuses(is))
        compat_say(c, refuses(is) ? NARROWED : WIDENED, "additionalProperties",
                   refuses(is) ? "additional properties are no longer accepted"
                               : "additional properties are now accepted");
    else
        compat_below(c, was, is, "*", 0);
}

/* --- rules on the whole --- */

static struct schema_range size_of(const struct variant *v)
{
    struct schema_range out = {0, SIZE_MAX};

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->object)
            out = compat_tighter(out, v->nodes[i]->object->size);
    return out;
}

static const struct schema *pick_names(const struct schema *s)
{
    return s->object ? s->object->names : NULL;
}

static bool has_name(const struct schema_dependency *d, const char *name)
{
    for (size_t i = 0; i < d->required_count; i++)
        if (strcmp(d->required[i].key, name) == 0)
            return true;
    return false;
}

/* Returns true if `d` demands nothing that `other` does not. */
static bool is_implied(struct compat *c, const struct schema_dependency *d,
                       const struct schema_dependency *other)
{
    if (strcmp(d->name.key, other->name.key) != 0 || !d->schema != !other->schema)
        return false;
    for (size_t i = 0; i < d->required_count; i++)
        if (!has_name(other, d->required[i].key))
            return false;
    return !d->schema ||
           !compat_quietly(c, view_of_one(c, d->schema), view_of_one(c, other->schema));
}

static bool has_dependency(struct compat *c, const struct variant *v,
                           const struct schema_dependency *d)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct schema_object *o = v->nodes[i]->object;

        for (size_t k = 0; o && k < o->dependency_count; k++)
            if (is_implied(c, d, &o->dependencies[k]))
                return true;
    }
    return false;
}

/* Compares what depends on a property on `side` but not on the other. */
static void compare_dependencies(struct compat *c, const struct variant *side,
                                 const struct variant *other, unsigned change)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct schema_object *o = side->nodes[i]->object;

        for (size_t k = 0; o && k < o->dependency_count; k++)
            if (!has_dependency(c, other, &o->dependencies[k]))
                compat_say(c, change, "dependentSchemas",
                           "the requirements when %s is present are now %s",
                           o->dependencies[k].name.key, change == NARROWED ? "stricter" : "looser");
    }
}

static const char *discriminator_of(const struct variant *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->logic && v->nodes[i]->logic->discriminator)
            return v->nodes[i]->logic->discriminator->property.key;
    return NULL;
}

/* Compares discriminators of both sides. One that is new or gone shows in the alternatives. */
static void compare_discriminators(struct compat *c, const struct variant *a,
                                   const struct variant *b)
{
    const char *was = discriminator_of(a), *is = discriminator_of(b);

    if (was && is && strcmp(was, is) != 0)
        compat_say(c, BOTH, "discriminator", "was %s, is now %s", was, is);
}

/* Returns true if one of the variant's discriminators maps the value. */
static bool maps_value(const struct variant *v, const char *value)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct schema_logic *l = v->nodes[i]->logic;

        for (size_t k = 0; l && k < l->mapped_count; k++)
            if (strcmp(l->mapped[k], value) == 0)
                return true;
    }
    return false;
}

/* Reports the values that the discriminators of `side` map and those of the other do not. */
static void compare_mapped(struct compat *c, const struct variant *side,
                           const struct variant *other, unsigned change)
{
    for (size_t i = 0; i < side->count; i++) {
        const struct schema_logic *l = side->nodes[i]->logic;

        for (size_t k = 0; l && k < l->mapped_count; k++)
            if (!maps_value(other, l->mapped[k]))
                compat_say(c, change, "discriminator", "\"%s\" is %s", l->mapped[k],
                           change == NARROWED ? "no longer a value" : "a new value");
    }
}

void compat_object(struct compat *c, const struct variant *a, const struct variant *b)
{
    static const char *const keywords[] = {"minProperties", "maxProperties"};

    compat_range(c, keywords, size_of(a), size_of(b));
    compare_properties(c, a, NULL, a, b);
    compare_properties(c, b, a, a, b);
    compare_patterns(c, a, NULL, a, b);
    compare_patterns(c, b, a, a, b);
    compare_others(c, a, b);
    compat_picked(c, a, b, "propertyNames", pick_names, false);
    compare_discriminators(c, a, b);
    compare_mapped(c, a, b, NARROWED);
    compare_mapped(c, b, a, WIDENED);
    compare_dependencies(c, a, b, WIDENED);
    compare_dependencies(c, b, a, NARROWED);
}
