/* SPDX-License-Identifier: MIT */
/* Runs a compiled schema over a value. The path is a list on the stack: text only on violation. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/schema/equal.h"
#include "lib/schema/node.h"

/* A whole number beyond int64 is no integer here: it could not be stored as what it is. */
static const double INTEGER_MAX = 9223372036854775807.0;

struct step {
    const struct step *parent;
    const char *name; /* NULL: an array item */
    size_t index;
};

struct checker {
    const char *in;
    const char *base;
    struct violations *out; /* NULL: only the verdict counts (anyOf, oneOf, not) */
    unsigned depth;
    bool *is_too_deep; /* shared by all: a verdict on what was not looked at is none */
};

static bool check(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at);

static void put_step(struct buf *b, const struct step *at)
{
    if (!at)
        return;
    put_step(b, at->parent);
    buf_putc(b, '/');
    if (!at->name) {
        buf_put_int(b, (int64_t)at->index);
        return;
    }
    for (const char *p = at->name; *p; p++) {
        if (*p == '~' || *p == '/')
            buf_puts(b, *p == '~' ? "~0" : "~1");
        else
            buf_putc(b, *p);
    }
}

#define VIOLATE(c, at, keyword, ...)                                                               \
    do {                                                                                           \
        if ((c)->out) {                                                                            \
            struct buf pointer_ = {0};                                                             \
            buf_puts(&pointer_, (c)->base);                                                        \
            put_step(&pointer_, at);                                                               \
            violation_add((c)->out, (c)->in, buf_text(&pointer_), keyword, __VA_ARGS__);           \
            buf_fini(&pointer_);                                                                   \
        }                                                                                          \
    } while (0)

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

static size_t count_characters(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

/* -1, 0 or 1; exact where both are whole. */
static int compare_bound(const struct schema *s, enum schema_bound bound, struct json_object *value)
{
    double number = json_object_get_double(value);

    if ((s->exact & 1u << bound) && json_object_is_type(value, json_type_int)) {
        int64_t whole = json_object_get_int64(value);

        return whole < s->whole[bound] ? -1 : whole > s->whole[bound];
    }
    return number < s->bound[bound] ? -1 : number > s->bound[bound];
}

static bool is_multiple(const struct schema *s, struct json_object *value)
{
    double quotient = json_object_get_double(value) / s->bound[BOUND_MULTIPLE_OF];

    if ((s->exact & 1u << BOUND_MULTIPLE_OF) && json_object_is_type(value, json_type_int))
        return json_object_get_int64(value) % s->whole[BOUND_MULTIPLE_OF] == 0;
    /* 0.07 / 0.01 is a few units in the last place off 7. */
    return isfinite(quotient) &&
           fabs(quotient - round(quotient)) <= 4 * DBL_EPSILON * fmax(1, fabs(quotient));
}

static bool check_number(struct checker *c, const struct schema *s, struct json_object *value,
                         const struct step *at)
{
    static const struct {
        enum schema_bound bound;
        const char *keyword, *words;
        int least, most; /* of compare_bound() */
    } rows[] = {{BOUND_MINIMUM, "minimum", "must be at least", 0, 1},
                {BOUND_MAXIMUM, "maximum", "must be at most", -1, 0},
                {BOUND_EXCLUSIVE_MINIMUM, "exclusiveMinimum", "must be more than", 1, 1},
                {BOUND_EXCLUSIVE_MAXIMUM, "exclusiveMaximum", "must be less than", -1, -1}};
    bool ok = true;

    for (int i = 0; i < 4; i++) {
        int order;

        if (!(s->bounds & 1u << rows[i].bound))
            continue;
        order = compare_bound(s, rows[i].bound, value);
        if (order >= rows[i].least && order <= rows[i].most)
            continue;
        VIOLATE(c, at, rows[i].keyword, "%s %.15g", rows[i].words, s->bound[rows[i].bound]);
        ok = false;
    }
    if ((s->bounds & 1u << BOUND_MULTIPLE_OF) && !is_multiple(s, value)) {
        VIOLATE(c, at, "multipleOf", "must be a multiple of %.15g", s->bound[BOUND_MULTIPLE_OF]);
        ok = false;
    }
    return ok;
}

static bool check_size(struct checker *c, const struct schema *s, size_t size,
                       enum schema_bound least, const char *const keywords[2], const char *unit,
                       const struct step *at)
{
    enum schema_bound most = least + 1;
    bool ok = true;

    if ((s->bounds & 1u << least) && (double)size < s->bound[least]) {
        VIOLATE(c, at, keywords[0], "must have at least %.0f %s", s->bound[least], unit);
        ok = false;
    }
    if ((s->bounds & 1u << most) && (double)size > s->bound[most]) {
        VIOLATE(c, at, keywords[1], "must have at most %.0f %s", s->bound[most], unit);
        ok = false;
    }
    return ok;
}

static bool check_array(struct checker *c, const struct schema *s, struct json_object *value,
                        const struct step *at)
{
    static const char *const keywords[] = {"minItems", "maxItems"};
    size_t n = json_object_array_length(value), pair[2];
    bool ok = check_size(c, s, n, BOUND_MIN_ITEMS, keywords, "items", at);

    for (size_t i = 0; i < n && s->items; i++) {
        struct step step = {at, NULL, i};
        ok &= check(c, s->items, json_object_array_get_idx(value, i), &step);
    }
    if (s->is_unique && equal_find_pair(value, pair)) {
        VIOLATE(c, at, "uniqueItems", "items %zu and %zu are the same", pair[0], pair[1]);
        return false;
    }
    return ok;
}

static const struct schema_member *find_member(const struct schema *s, const char *name)
{
    for (size_t i = 0; i < s->member_count; i++)
        if (s->members[i].schema && strcmp(s->members[i].name, name) == 0)
            return &s->members[i];
    return NULL;
}

static bool check_object(struct checker *c, const struct schema *s, struct json_object *value,
                         const struct step *at)
{
    bool ok = true;

    for (size_t i = 0; i < s->member_count; i++) {
        struct step step = {at, s->members[i].name, 0};

        if (!s->members[i].is_required ||
            json_object_object_get_ex(value, s->members[i].name, NULL))
            continue;
        VIOLATE(c, &step, "required", "is required");
        ok = false;
    }
    json_object_object_foreach(value, name, item)
    {
        const struct schema_member *member = find_member(s, name);
        struct step step = {at, name, 0};

        if (member) {
            ok &= check(c, member->schema, item, &step);
        } else if (s->additional) {
            ok &= check(c, s->additional, item, &step);
        } else if (s->is_closed) {
            VIOLATE(c, &step, "additionalProperties", "is not a known property");
            ok = false;
        }
    }
    return ok;
}

static size_t count_valid(struct checker *c, const struct schema_list *list,
                          struct json_object *value)
{
    struct checker quiet = {.depth = c->depth, .is_too_deep = c->is_too_deep};
    size_t valid = 0;

    for (size_t i = 0; i < list->count; i++)
        valid += check(&quiet, list->items[i], value, NULL);
    return valid;
}

static bool check_logic(struct checker *c, const struct schema *s, struct json_object *value,
                        const struct step *at)
{
    struct checker quiet = {.depth = c->depth, .is_too_deep = c->is_too_deep};
    bool ok = true;

    for (size_t i = 0; i < s->all_of.count; i++)
        ok &= check(c, s->all_of.items[i], value, at);
    if (s->any_of.count && !count_valid(c, &s->any_of, value)) {
        VIOLATE(c, at, "anyOf", "must match one of the alternatives");
        ok = false;
    }
    if (s->one_of.count && count_valid(c, &s->one_of, value) != 1) {
        VIOLATE(c, at, "oneOf", "must match exactly one of the alternatives");
        ok = false;
    }
    if (s->negated && check(&quiet, s->negated, value, NULL)) {
        VIOLATE(c, at, "not", "matches what is excluded");
        ok = false;
    }
    return ok;
}

static bool check_values(struct checker *c, struct json_object *values, const char *keyword,
                         struct json_object *value, const struct step *at)
{
    struct buf text = {0};
    size_t n = values ? json_object_array_length(values) : 0;

    for (size_t i = 0; i < n; i++)
        if (equal_values(json_object_array_get_idx(values, i), value))
            return true;
    if (!values)
        return true;
    for (size_t i = 0; i < n && i < 16; i++)
        buf_printf(&text, "%s%s", i ? ", " : "",
                   json_object_to_json_string_ext(json_object_array_get_idx(values, i),
                                                  JSON_C_TO_STRING_PLAIN));
    VIOLATE(c, at, keyword, "must be %s%s", n == 1 ? "" : "one of ", buf_text(&text));
    buf_fini(&text);
    return false;
}

static bool check_by_type(struct checker *c, const struct schema *s, struct json_object *value,
                          const struct step *at)
{
    static const char *const keywords[] = {"minLength", "maxLength"};

    switch (json_object_get_type(value)) {
    case json_type_int:
    case json_type_double:
        return check_number(c, s, value, at);
    case json_type_string:
        if (!(s->bounds & (1u << BOUND_MIN_LENGTH | 1u << BOUND_MAX_LENGTH)))
            return true;
        return check_size(c, s,
                          count_characters(json_object_get_string(value),
                                           (size_t)json_object_get_string_len(value)),
                          BOUND_MIN_LENGTH, keywords, "characters", at);
    case json_type_array:
        return check_array(c, s, value, at);
    case json_type_object:
        return check_object(c, s, value, at);
    default:
        return true;
    }
}

static bool check(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at)
{
    bool ok = true;

    if (c->depth == SCHEMA_DEPTH_MAX) {
        *c->is_too_deep = true;
        return false;
    }
    if (s->is_false) {
        VIOLATE(c, at, "false", "is not allowed");
        return false;
    }
    c->depth++;
    if (s->ref)
        ok &= check(c, s->ref, value, at);
    if (!(s->types & type_of(value))) {
        if (c->out)
            VIOLATE(c, at, "type", "must be %s", schema_type_names(c->out->arena, s->types));
        ok = false;
    } else {
        ok &= check_values(c, s->constant, "const", value, at);
        ok &= check_values(c, s->values, "enum", value, at);
        ok &= check_by_type(c, s, value, at);
        ok &= check_logic(c, s, value, at);
    }
    c->depth--;
    return ok;
}

bool schema_check(const struct schema *s, struct json_object *value, const char *in,
                  const char *base, struct violations *v)
{
    bool is_too_deep = false;
    struct checker c = {.in = in, .base = base, .out = v, .is_too_deep = &is_too_deep};
    bool ok = check(&c, s, value, NULL);

    if (is_too_deep)
        VIOLATE(&c, NULL, "depth", "is nested too deep");
    return ok && !is_too_deep;
}
