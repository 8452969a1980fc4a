/* SPDX-License-Identifier: MIT */
/* Compares the parameters of an operation. */
#include <string.h>

#include "lib/api/compare/comparison.h"

static const char *const places[] = {PARAMETER_PLACES(ENUM_TEXT)};
static const char *const styles[] = {STYLES(ENUM_TEXT)};

/* Returns true if the two are one parameter: path parameters are matched by position, others by
 * name. */
static bool is_same(const struct parameter *p, const struct parameter *other)
{
    if (p->in != other->in)
        return false;
    if (p->in == IN_PATH)
        return p->capture == other->capture;
    return (p->in == IN_HEADER ? strcasecmp : strcmp)(p->field.name, other->field.name) == 0;
}

static const struct parameter *find_same(const struct operation *op, const struct parameter *like)
{
    for (size_t i = 0; i < op->parameter_count; i++)
        if (is_same(&op->parameters[i], like))
            return &op->parameters[i];
    return NULL;
}

/* Returns a parameter of that name in another place, if `without` has none of it. */
static const struct parameter *find_moved(const struct operation *op,
                                          const struct operation *without,
                                          const struct parameter *like)
{
    for (size_t i = 0; i < op->parameter_count; i++)
        if (strcmp(op->parameters[i].field.name, like->field.name) == 0 &&
            !find_same(without, &op->parameters[i]))
            return &op->parameters[i];
    return NULL;
}

/* Returns the field's style, or STYLE_COUNT if it holds one value, which most styles write
 * alike. */
static enum style style_of(const struct field *f)
{
    bool is_one = f->types == SCHEMA_ANY || !(f->types & (SCHEMA_ARRAY | SCHEMA_OBJECT));

    return is_one && f->style != STYLE_LABEL && f->style != STYLE_MATRIX ? STYLE_COUNT : f->style;
}

static const char *style_name(const struct field *f)
{
    return f->style < STYLE_COUNT ? styles[f->style] : "unknown";
}

/* Returns true if the style changed. A change between one value and several shows in the types
 * instead. */
static bool is_restyled(enum style was, enum style is)
{
    bool has_prefix =
        was == STYLE_LABEL || was == STYLE_MATRIX || is == STYLE_LABEL || is == STYLE_MATRIX;

    return was != is && (has_prefix || (was != STYLE_COUNT && is != STYLE_COUNT));
}

void comparison_spelling(struct comparison *c, const struct field *old, const struct field *new)
{
    enum style was = style_of(old), is = style_of(new);

    if (old->is_json != new->is_json)
        comparison_say(c, true, "content",
                       new->is_json ? "is now written as JSON" : "is no longer written as JSON");
    else if (!old->is_json && is_restyled(was, is))
        comparison_say(c, true, "style", "was %s, is now %s", style_name(old), style_name(new));
    else if (!old->is_json && was == is && was != STYLE_COUNT &&
             old->is_exploded != new->is_exploded)
        comparison_say(c, true, "explode", "was %s, is now %s", old->is_exploded ? "true" : "false",
                       new->is_exploded ? "true" : "false");
    if (old->allows_empty != new->allows_empty)
        comparison_say(c, old->allows_empty, "allowEmptyValue",
                       new->allows_empty ? "can now be empty" : "can no longer be empty");
}

static const char *describe_parameter(struct comparison *c, const struct parameter *p)
{
    return arena_printf(&c->out->arena, "%s %s", places[p->in], p->field.name);
}

static void compare_parameter(struct comparison *c, const struct parameter *p)
{
    const struct parameter *other = find_same(c->new, p);
    const struct parameter *moved = other ? NULL : find_moved(c->new, c->old, p);

    c->where = describe_parameter(c, p);
    if (!other) {
        comparison_say(c, true, "in", moved ? "the parameter has moved to the %s" : "%s",
                       moved ? places[moved->in] : "the parameter has been removed");
        return;
    }
    if (strcmp(p->field.name, other->field.name) != 0)
        comparison_say(c, false, "name", "is now named %s", other->field.name);
    if (p->is_required != other->is_required)
        comparison_say(c, other->is_required, "required",
                       other->is_required ? "is now required" : "is no longer required");
    comparison_spelling(c, &p->field, &other->field);
    comparison_schemas(c, p->field.schema, other->field.schema,
                       other->field.is_json ? COMPAT_REQUEST : COMPAT_TEXT);
}

void comparison_parameters(struct comparison *c)
{
    for (size_t i = 0; i < c->old->parameter_count; i++)
        compare_parameter(c, &c->old->parameters[i]);
    for (size_t i = 0; i < c->new->parameter_count; i++) {
        const struct parameter *p = &c->new->parameters[i];

        c->where = describe_parameter(c, p);
        if (!find_same(c->old, p))
            comparison_say(c, p->is_required, p->is_required ? "required" : "in",
                           p->is_required ? "the parameter is new and required"
                                          : "the parameter is new");
    }
    c->where = "query";
    if (c->old->allows_undeclared != c->new->allows_undeclared)
        comparison_say(c, c->old->allows_undeclared, "x-additional-parameters",
                       c->old->allows_undeclared ? "undeclared parameters are now refused"
                                                 : "undeclared parameters are now accepted");
}
