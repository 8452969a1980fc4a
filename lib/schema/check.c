/* SPDX-License-Identifier: MIT */
/* Runs a compiled schema over a value. */
#include "lib/schema/check.h"

#include <math.h>
#include <stdarg.h>

#include "lib/core/buf.h"
#include "lib/core/pointer.h"
#include "lib/schema/equal.h"

enum { VALUES_SHOWN = 16 };

/* A whole number beyond int64 is no integer here: it could not be stored as what it is. */
static const double INTEGER_MAX = 9223372036854775808.0;

static void put_steps(struct buf *b, const struct step *at)
{
    if (!at)
        return;
    put_steps(b, at->parent);
    if (at->name) {
        pointer_put(b, at->name);
    } else {
        buf_putc(b, '/');
        buf_put_int(b, (int64_t)at->index);
    }
}

bool check_is_told(const struct checker *c)
{
    return c->out && c->out->count < VIOLATIONS_MAX;
}

bool check_violate(struct checker *c, const struct step *at, const char *keyword,
                   const char *format, ...)
{
    struct buf pointer = {0}, message = {0};
    va_list args;

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

bool check_size(struct checker *c, const struct schema_range *range, size_t size,
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

static int type_of(struct json_object *value)
{
    double number;

    switch (json_object_get_type(value)) {
    case json_type_null:
        return SCHEMA_NULL;
    case json_type_boolean:
        return SCHEMA_BOOLEAN;
    case json_type_int:
        return SCHEMA_INTEGER;
    case json_type_double:
        number = json_object_get_double(value);
        return floor(number) == number && fabs(number) < INTEGER_MAX ? SCHEMA_INTEGER
                                                                     : SCHEMA_NUMBER;
    case json_type_string:
        return SCHEMA_STRING;
    case json_type_array:
        return SCHEMA_ARRAY;
    case json_type_object:
        return SCHEMA_OBJECT;
    }
    return 0;
}

static void tell_values(struct checker *c, struct json_object *values, const char *keyword,
                        const struct step *at)
{
    struct buf text = {0};
    size_t n = json_object_array_length(values);

    for (size_t i = 0; i < n && i < VALUES_SHOWN; i++)
        buf_printf(&text, "%s%s", i ? ", " : "",
                   json_object_to_json_string_ext(json_object_array_get_idx(values, i),
                                                  JSON_C_TO_STRING_PLAIN));
    check_violate(c, at, keyword, "must be %s%s%s", n == 1 ? "" : "one of ", buf_text(&text),
                  n > VALUES_SHOWN ? ", …" : "");
    buf_fini(&text);
}

static bool check_values(struct checker *c, struct json_object *values, const char *keyword,
                         struct json_object *value, const struct step *at)
{
    size_t n = values ? json_object_array_length(values) : 0;

    if (!values)
        return true;
    for (size_t i = 0; i < n; i++)
        if (equal_values(json_object_array_get_idx(values, i), value))
            return true;
    if (!check_is_told(c))
        return check_violate(c, at, keyword, "%s", "");
    tell_values(c, values, keyword, at);
    return false;
}

static bool check_by_type(struct checker *c, const struct schema *s, struct json_object *value,
                          const struct step *at, struct evaluated *seen)
{
    switch (json_object_get_type(value)) {
    case json_type_int:
    case json_type_double:
        return check_number(c, s, value, at);
    case json_type_string:
        return check_text(c, s, value, at);
    case json_type_array:
        return !s->array || check_array(c, s, value, at, seen);
    case json_type_object:
        return !s->object || check_object(c, s, value, at, seen);
    default:
        return true;
    }
}

static bool check_all(struct checker *c, const struct schema *s, struct json_object *value,
                      const struct step *at, struct evaluated *seen)
{
    bool ok = true;

    if (!(s->types & type_of(value)))
        return check_violate(c, at, "type", "must be %s",
                             check_is_told(c) ? schema_type_names(c->out->arena, s->types) : "");
    ok &= check_values(c, s->constant, "const", value, at);
    ok &= check_values(c, s->values, "enum", value, at);
    if (ok || c->out)
        ok &= check_by_type(c, s, value, at, seen);
    if (s->logic && (ok || c->out))
        ok &= check_logic(c, s, value, at, seen);
    return ok;
}

/* A schema that says what becomes of the rest keeps its own account of what was looked at. */
static bool check_with_rest(struct checker *c, const struct schema *s, struct json_object *value,
                            const struct step *at, struct evaluated *seen)
{
    bool is_array = json_object_is_type(value, json_type_array), ok;
    struct evaluated own;

    evaluated_init(&own, is_array ? json_object_array_length(value)
                                  : (size_t)json_object_object_length(value));
    ok = check_all(c, s, value, at, &own);
    if (is_array && (ok || c->out))
        ok &= check_unevaluated_items(c, s->array, value, at, &own);
    else if (ok || c->out)
        ok &= check_unevaluated_properties(c, s->object, value, at, &own);
    if (seen)
        evaluated_add_all(seen);
    evaluated_fini(&own);
    return ok;
}

static bool has_rest(const struct schema *s, struct json_object *value)
{
    return (s->array && s->array->unevaluated && json_object_is_type(value, json_type_array)) ||
           (s->object && s->object->unevaluated && json_object_is_type(value, json_type_object));
}

bool check(struct checker *c, const struct schema *s, struct json_object *value,
           const struct step *at, struct evaluated *seen)
{
    struct scope scope = {s->resource, c->scope};
    struct checker below = *c;

    if (!effort_step(c->effort, c->depth))
        return false;
    if (s->is_false)
        return check_violate(c, at, "false", "is not allowed");
    below.depth++;
    if (!c->scope || c->scope->resource != s->resource)
        below.scope = &scope;
    if (!c->whole || c->value != value) {
        below.value = value;
        below.whole = s;
    }
    return has_rest(s, value) ? check_with_rest(&below, s, value, at, seen)
                              : check_all(&below, s, value, at, seen);
}

bool check_quietly(const struct checker *c, const struct schema *s, struct json_object *value,
                   struct evaluated *seen)
{
    struct checker quiet = *c;

    quiet.out = NULL;
    return check(&quiet, s, value, NULL, seen);
}

bool schema_check(const struct schema *s, struct json_object *value, const char *in,
                  const char *base, struct violations *v)
{
    struct effort effort = effort_for(value);
    struct checker c = {.in = in, .base = base, .out = v, .effort = &effort};
    bool ok = check(&c, s, value, NULL, NULL);

    return effort.why ? check_violate(&c, NULL, "depth", "%s", effort.why) : ok;
}
