/* SPDX-License-Identifier: MIT */
/* Runs a compiled schema over a value, recursively. The path to the current value is a list on the
 * stack (struct step) and becomes a JSON pointer only when something is reported, so that valid
 * values cost no allocation. With `out` every violation is reported; without it the first failure
 * ends the check. Each schema that is applied is charged to the budget: once that has ended nothing
 * more is checked, and the verdict is "invalid" with the end of the budget as the reason, never
 * "valid". */
#include "lib/schema/check.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>

#include "lib/core/buf.h"
#include "lib/core/json/pointer.h"

enum { VALUES_SHOWN = 16 };
/* Longer pointers are cut at a token: names may be as long as a body, and each violation below
 * would repeat them. */
enum { POINTER_MAX = 1024 };

/* Whole numbers beyond int64 do not count as integers, because they could not be stored exactly. */
static const double INTEGER_MAX = 9223372036854775808.0;

/* Writes the path as a pointer. Returns false once the rest is left out. */
static bool put_steps(struct buf *b, const struct step *at)
{
    size_t before;

    if (!at)
        return true;
    if (!put_steps(b, at->parent) || at->name.len > POINTER_MAX)
        return false;
    before = b->len;
    if (at->name.data) {
        pointer_put(b, at->name);
    } else {
        buf_putc(b, '/');
        buf_put_int(b, (int64_t)at->index);
    }
    if (b->len > POINTER_MAX)
        b->len = before;
    return b->len > before;
}

bool check_is_told(const struct schema_checker *c)
{
    return c->out && c->out->count < VIOLATIONS_MAX;
}

bool check_violate(struct schema_checker *c, const struct step *at, const char *keyword,
                   const char *format, ...)
{
    struct buf pointer = {0}, message = {0};
    va_list args;

    if (walk_ended(c->budget)) /* the check was incomplete, so this may be no violation */
        return false;
    if (!check_is_told(c)) {
        if (c->out)
            c->out->count++;
        return false;
    }
    buf_puts(&pointer, c->base);
    put_steps(&pointer, at);
    va_start(args, format);
    buf_vprintf(&message, format, args);
    va_end(args);
    violation_add(c->out, c->in, buf_text(&pointer), keyword, "%s", buf_text(&message));
    buf_fini(&pointer);
    buf_fini(&message);
    return false;
}

bool check_size(struct schema_checker *c, const struct schema_range *range, size_t size,
                const char *const keywords[2], const char *unit, const struct step *at)
{
    if (size < range->least)
        return check_violate(c, at, keywords[0], "must have at least %zu %s%s", range->least, unit,
                             range->least == 1 ? "" : "s");
    if (size > range->most)
        return check_violate(c, at, keywords[1], "must have at most %zu %s%s", range->most, unit,
                             range->most == 1 ? "" : "s");
    return true;
}

int check_type_of(const struct jvalue *value)
{
    static const int types[] = {
        [JNULL] = SCHEMA_NULL,     [JBOOLEAN] = SCHEMA_BOOLEAN, [JINTEGER] = SCHEMA_INTEGER,
        [JDOUBLE] = SCHEMA_NUMBER, [JSTRING] = SCHEMA_STRING,   [JARRAY] = SCHEMA_ARRAY,
        [JOBJECT] = SCHEMA_OBJECT};

    if (value->type == JDOUBLE && floor(value->real) == value->real &&
        fabs(value->real) < INTEGER_MAX)
        return SCHEMA_INTEGER;
    return types[value->type];
}

static bool tell_type(struct schema_checker *c, int types, const struct step *at)
{
    assert(c->out);
    return check_violate(c, at, "type", "must be %s", schema_type_names(c->out->arena, types));
}

static void tell_values(struct schema_checker *c, const struct values *values, const char *keyword,
                        const struct step *at)
{
    struct budget budget = budget_endless(); /* the values come from the document */
    struct buf text = {0};

    for (size_t i = 0; i < values->count && i < VALUES_SHOWN; i++) {
        buf_puts(&text, i ? ", " : "");
        jvalue_write(&text, &values->items[i], &budget);
    }
    check_violate(c, at, keyword, "must be %s%s%s", values->count == 1 ? "" : "one of ",
                  buf_text(&text), values->count > VALUES_SHOWN ? ", …" : "");
    buf_fini(&text);
}

static bool check_values(struct schema_checker *c, const struct values *values, const char *keyword,
                         const struct jvalue *value, const struct step *at)
{
    if (values_have(values, value, c->budget))
        return true;
    if (!check_is_told(c))
        return check_violate(c, at, keyword, "%s", "");
    tell_values(c, values, keyword, at);
    return false;
}

static bool check_by_type(struct schema_checker *c, const struct schema *s,
                          const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    switch ((enum jtype)value->type) {
    case JINTEGER:
    case JDOUBLE:
        return (!s->number && !s->format) || check_number(c, s, value, at);
    case JSTRING:
        return (!s->text && !s->format) || check_text(c, s, value, at);
    case JARRAY:
        return !s->array || check_array(c, s, value, at, seen);
    case JOBJECT:
        return !s->object || check_object(c, s, value, at, seen);
    default:
        return true;
    }
}

static bool check_all(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                      const struct step *at, struct evaluated *seen)
{
    bool ok = true;

    if (!(s->types & check_type_of(value)))
        return check_is_told(c) ? tell_type(c, s->types, at)
                                : check_violate(c, at, "type", "%s", "");
    if (s->constant)
        ok &= check_values(c, s->constant, "const", value, at);
    if (s->values)
        ok &= check_values(c, s->values, "enum", value, at);
    if (check_goes_on(c, ok))
        ok &= check_by_type(c, s, value, at, seen);
    if (s->logic && check_goes_on(c, ok))
        ok &= check_logic(c, s, value, at, seen);
    return ok;
}

/* Checks a schema with unevaluated* keywords, which needs a record of its own of what was
 * evaluated. */
static bool check_with_rest(struct schema_checker *c, const struct schema *s,
                            const struct jvalue *value, const struct step *at,
                            struct evaluated *seen)
{
    struct evaluated own;
    bool ok;

    if (!evaluated_init(&own, value->size, c->budget))
        return false;
    ok = check_all(c, s, value, at, &own);
    if (value->type == JARRAY && check_goes_on(c, ok))
        ok &= check_unevaluated_items(c, s->array, value, at, &own);
    else if (check_goes_on(c, ok))
        ok &= check_unevaluated_properties(c, s->object, value, at, &own);
    if (seen)
        evaluated_add_all(seen);
    evaluated_fini(&own, c->budget);
    return ok;
}

static bool has_rest(const struct schema *s, const struct jvalue *value)
{
    return (s->array && s->array->unevaluated && value->type == JARRAY) ||
           (s->object && s->object->unevaluated && value->type == JOBJECT);
}

static bool check_parts(struct schema_checker *c, const struct schema *s,
                        const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    return has_rest(s, value) ? check_with_rest(c, s, value, at, seen)
                              : check_all(c, s, value, at, seen);
}

/* Checks a whole with several parts, and then the objects below that these describe together. */
static bool check_joined(struct schema_checker *c, const struct schema *s,
                         const struct jvalue *value, const struct step *at, struct evaluated *seen)
{
    struct joint joint;
    bool ok;

    joint_init(&joint, value);
    c->joint = &joint;
    ok = check_parts(c, s, value, at, seen);
    c->joint = NULL;
    if (check_goes_on(c, ok))
        ok &= joint_check(c, &joint, at);
    joint_fini(&joint, c->budget);
    return ok;
}

bool check(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
           const struct step *at, struct evaluated *seen)
{
    const struct scope *outer_scope = c->scope;
    const struct jvalue *outer_value = c->value;
    const struct schema *outer_whole = c->whole;
    struct scope scope = {s->resource, outer_scope};
    bool ok;

    if (!walk_enter(c->budget, c->depth))
        return false;
    if (s->is_false)
        return check_violate(c, at, "false", "is not allowed");
    c->depth++;
    if (!outer_scope || outer_scope->resource != s->resource)
        c->scope = &scope;
    if (!outer_whole || outer_value != value) {
        c->value = value;
        c->whole = s;
    }
    if (c->joint && c->joint->value != value && value->type == JOBJECT &&
        (s->object || s->names_members))
        joint_note(c->joint, value, s, c->budget);
    ok = s->is_joined && !c->joint && value->type >= JARRAY ? check_joined(c, s, value, at, seen)
                                                            : check_parts(c, s, value, at, seen);
    c->depth--;
    c->scope = outer_scope;
    c->value = outer_value;
    c->whole = outer_whole;
    return ok;
}

bool check_quietly(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                   struct evaluated *seen)
{
    struct violations *out = c->out;
    size_t notes = c->joint ? c->joint->count : 0;
    bool ok;

    c->out = NULL;
    ok = check(c, s, value, NULL, seen);
    c->out = out;
    if (c->joint && !ok)
        c->joint->count = notes;
    return ok;
}

/* Makes sure that the end of the budget is among the violations reported. */
static bool tell_end(struct schema_checker *c)
{
    if (!c->out)
        return false;
    if (c->out->count >= VIOLATIONS_MAX)
        c->out->count = VIOLATIONS_MAX - 1;
    violation_add(c->out, c->in, c->base, budget_keyword(c->budget), "%s",
                  budget_text(c->budget, c->out->arena));
    return false;
}

bool schema_check(const struct schema *s, const struct jvalue *value, const char *in,
                  const char *base, struct budget *budget, struct violations *v)
{
    struct schema_checker c = {.in = in,
                               .base = base,
                               .out = v,
                               .hidden = v && v->ignores_hidden ? v : NULL,
                               .budget = budget};
    bool ok = check(&c, s, value, NULL, NULL);

    return walk_ended(budget) ? tell_end(&c) : ok;
}
