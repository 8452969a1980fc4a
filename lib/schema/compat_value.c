/* SPDX-License-Identifier: MIT */
/* Compares enums, numbers and strings. Several nodes may bound the same value (allOf), so each side
 * is first reduced to its tightest bound, its divisor or its list of rules, and only these are
 * compared. Where a variant lists its values, each is tested against the other side's schema, and
 * the bounds no longer matter in the directions so decided. */
#include <math.h>
#include <string.h>

#include "lib/schema/check.h"
#include "lib/schema/compat_view.h"

/* --- enum and const --- */

const struct values *compat_listed(const struct variant *v, int types)
{
    static const struct jvalue both[] = {{.type = JBOOLEAN}, {.type = JBOOLEAN, .boolean = true}};
    static const struct values booleans = {.items = both, .count = 2, .types = 1u << JBOOLEAN};

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->values || v->nodes[i]->constant)
            return v->nodes[i]->values ? v->nodes[i]->values : v->nodes[i]->constant;
    return types == SCHEMA_BOOLEAN ? &booleans : NULL;
}

const char *compat_value_text(struct compat *c, const struct jvalue *value)
{
    struct budget budget = budget_endless();
    struct buf text = {0};
    const char *copy;

    jvalue_write(&text, value, &budget);
    copy = arena_strndup(&c->arena, text.data, text.len);
    buf_fini(&text);
    return copy;
}

static const char *list_text(struct compat *c, const struct values *values)
{
    struct jvalue list = {.type = JARRAY, .size = (uint32_t)values->count};

    list.items = (struct jvalue *)(uintptr_t)values->items;
    return compat_value_text(c, &list);
}

/* Reports those of `values` that `here` accepts and `there` does not. */
static void say_values(struct compat *c, const struct values *values, int types,
                       const struct view *here, const struct view *there, unsigned change)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct jvalue *value = &values->items[i];

        if ((check_type_of(value) & types) && view_accepts(c, here, value) &&
            !view_accepts(c, there, value))
            compat_say(c, change, "enum", "%s is %s", compat_value_text(c, value),
                       change == NARROWED ? "no longer a value" : "a new value");
    }
}

unsigned compat_values(struct compat *c, const struct view *old, const struct variant *a,
                       const struct view *new, const struct variant *b, int types)
{
    const struct values *was = compat_listed(a, types), *is = compat_listed(b, types);

    if (types == SCHEMA_NULL || (!was && !is))
        return 0;
    if (was)
        say_values(c, was, types, old, new, NARROWED);
    else
        compat_say(c, NARROWED, "enum", "was open, is now one of %s", list_text(c, is));
    if (is)
        say_values(c, is, types, new, old, WIDENED);
    else
        compat_say(c, WIDENED, "enum", "was one of %s, is now open", list_text(c, was));
    return BOTH;
}

/* --- numbers --- */

/* The tightest bound on one side; `sign` is 1 for minima and -1 for maxima. */
struct limit {
    long double value;
    bool is_there, is_open;
};

static void tighten(struct limit *l, const struct schema_number *n, enum schema_bound bound,
                    int sign)
{
    long double value = n->exact & 1u << bound ? n->whole[bound] : (long double)n->bound[bound];
    bool is_open = bound == BOUND_EXCLUSIVE_MINIMUM || bound == BOUND_EXCLUSIVE_MAXIMUM;

    if (!(n->present & 1u << bound))
        return;
    if (!l->is_there || sign * value > sign * l->value || (value == l->value && is_open))
        *l = (struct limit){value, true, is_open};
}

/* Returns the limit. For integers, "more than 0" is "1 or more". */
static struct limit limit_of(const struct variant *v, int sign)
{
    enum schema_bound plain = sign > 0 ? BOUND_MINIMUM : BOUND_MAXIMUM;
    struct limit l = {0};

    for (size_t i = 0; i < v->count; i++) {
        if (!v->nodes[i]->number)
            continue;
        tighten(&l, v->nodes[i]->number, plain, sign);
        tighten(&l, v->nodes[i]->number, plain + BOUND_EXCLUSIVE_MINIMUM, sign);
    }
    if (!(v->types & SCHEMA_NUMBER)) {
        long double whole = sign * ceill(sign * l.value);

        l.value = l.is_open && whole == l.value ? whole + sign : whole;
        l.is_open = false;
    }
    return l;
}

static const char *limit_text(struct compat *c, const struct limit *l, int sign)
{
    if (!l->is_there)
        return "none";
    return arena_printf(&c->arena, "%s%.*Lg",
                        !l->is_open ? ""
                        : sign > 0  ? "more than "
                                    : "less than ",
                        truncl(l->value) == l->value ? 19 : 15, l->value);
}

static void compare_limits(struct compat *c, const struct variant *a, const struct variant *b,
                           int sign)
{
    struct limit was = limit_of(a, sign), is = limit_of(b, sign);
    long double step = sign * (is.value - was.value);
    bool is_tighter;

    if (was.is_there == is.is_there && (!is.is_there || (step == 0 && was.is_open == is.is_open)))
        return;
    is_tighter = !was.is_there || (is.is_there && (step > 0 || (step == 0 && is.is_open)));
    compat_say(c, is_tighter ? NARROWED : WIDENED, sign > 0 ? "minimum" : "maximum",
               "was %s, is now %s", limit_text(c, &was, sign), limit_text(c, &is, sign));
}

/* Returns the divisor of multipleOf, 0 if there is none. */
static long double multiple_of(const struct variant *v)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct schema_number *n = v->nodes[i]->number;
        long double m = n && n->present & 1u << BOUND_MULTIPLE_OF ? n->bound[BOUND_MULTIPLE_OF] : 0;

        if (m > 0 && !(m == 1 && !(v->types & SCHEMA_NUMBER)))
            return m;
    }
    return 0;
}

/* Returns true if a is a multiple of b as decimals: 0.3 is one of 0.1. */
static bool is_multiple(long double a, long double b)
{
    return b == 0 || (a > 0 && fabsl(a / b - roundl(a / b)) < 1e-9L);
}

static const char *multiple_text(struct compat *c, long double m)
{
    return m > 0 ? arena_printf(&c->arena, "%.15Lg", m) : "none";
}

static void compare_multiples(struct compat *c, const struct variant *a, const struct variant *b)
{
    long double was = multiple_of(a), is = multiple_of(b);
    unsigned change =
        (is_multiple(was, is) ? 0u : NARROWED) | (is_multiple(is, was) ? 0u : WIDENED);

    if (change)
        compat_say(c, change, "multipleOf", "was %s, is now %s", multiple_text(c, was),
                   multiple_text(c, is));
}

/* --- texts that must all be met: formats, patterns --- */

typedef const char *(*rule_fn)(const struct variant *v, const struct schema *s);

static const char *number_format(const struct variant *v, const struct schema *s)
{
    const struct format *f = s->format;

    if (!f || !f->is_number || strcmp(f->name, "double") == 0 ||
        (strcmp(f->name, "int64") == 0 && !(v->types & SCHEMA_NUMBER)))
        return NULL; /* all numbers are */
    return f->name;
}

static const char *text_format(const struct variant *v, const struct schema *s)
{
    (void)v;
    if (!s->format || !s->format->is_text || strcmp(s->format->name, "byte") == 0)
        return NULL; /* "byte" is an encoding */
    return s->format->name;
}

static const char *any_format(const struct variant *v, const struct schema *s)
{
    (void)v;
    return s->format ? s->format->name : NULL;
}

static const char *text_pattern(const struct variant *v, const struct schema *s)
{
    (void)v;
    return s->text ? s->text->pattern_text : NULL;
}

/* Returns true if what conforms to `inner` conforms to `outer`. */
static bool is_within(const char *inner, const char *outer)
{
    static const struct {
        const char *inner, *outer;
    } rows[] = {{"int32", "int64"},       {"int32", "float"},
                {"int64", "float"},       {"uri", "uri-reference"},
                {"uri", "iri"},           {"uri", "iri-reference"},
                {"iri", "iri-reference"}, {"uri-reference", "iri-reference"}};

    if (strcmp(inner, outer) == 0)
        return true;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].inner, inner) == 0 && strcmp(rows[i].outer, outer) == 0)
            return true;
    return false;
}

/* Returns the first rule of `a` that no rule of `b` implies. */
static const char *lost_rule(const struct variant *a, const struct variant *b, rule_fn rule)
{
    for (size_t i = 0; i < a->count; i++) {
        const char *one = rule(a, a->nodes[i]);
        bool is_kept = !one;

        for (size_t k = 0; k < b->count && !is_kept; k++) {
            const char *other = rule(b, b->nodes[k]);

            is_kept = other && is_within(other, one);
        }
        if (!is_kept)
            return one;
    }
    return NULL;
}

static const char *first_rule(const struct variant *v, rule_fn rule)
{
    const char *found = NULL;

    for (size_t i = 0; i < v->count && !found; i++)
        found = rule(v, v->nodes[i]);
    return found ? found : "none";
}

static void compare_rules(struct compat *c, const struct variant *a, const struct variant *b,
                          const char *keyword, rule_fn rule, rule_fn shown)
{
    const char *gone = lost_rule(a, b, rule), *fresh = lost_rule(b, a, rule);

    if (gone || fresh)
        compat_say(c, (fresh ? NARROWED : 0u) | (gone ? WIDENED : 0u), keyword, "was %s, is now %s",
                   gone ? gone : first_rule(a, shown), fresh ? fresh : first_rule(b, shown));
}

/* --- sizes --- */

static const char *size_text(struct compat *c, size_t size)
{
    return size == SIZE_MAX ? "unlimited" : arena_printf(&c->arena, "%zu", size);
}

struct schema_range compat_tighter(struct schema_range a, struct schema_range b)
{
    return (struct schema_range){a.least > b.least ? a.least : b.least,
                                 a.most < b.most ? a.most : b.most};
}

void compat_range(struct compat *c, const char *const keywords[2], struct schema_range old,
                  struct schema_range new)
{
    if (old.least != new.least)
        compat_say(c, old.least < new.least ? NARROWED : WIDENED, keywords[0],
                   "was %zu, is now %zu", old.least, new.least);
    if (old.most != new.most)
        compat_say(c, old.most > new.most ? NARROWED : WIDENED, keywords[1], "was %s, is now %s",
                   size_text(c, old.most), size_text(c, new.most));
}

static struct schema_range length_of(const struct variant *v)
{
    struct schema_range out = {0, SIZE_MAX};

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->text)
            out = compat_tighter(out, v->nodes[i]->text->length);
    return out;
}

void compat_number(struct compat *c, const struct variant *a, const struct variant *b)
{
    compare_limits(c, a, b, 1);
    compare_limits(c, a, b, -1);
    compare_multiples(c, a, b);
    compare_rules(c, a, b, "format", number_format, any_format);
}

/* Returns true if the string encodes bytes: contentEncoding, which was format: byte in 3.0. */
static bool is_encoded(const struct variant *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->is_encoded ||
            (v->nodes[i]->format && strcmp(v->nodes[i]->format->name, "byte") == 0))
            return true;
    return false;
}

void compat_text(struct compat *c, const struct variant *a, const struct variant *b)
{
    static const char *const keywords[] = {"minLength", "maxLength"};

    if (is_encoded(a) != is_encoded(b))
        compat_say(c, BOTH, "contentEncoding",
                   is_encoded(a) ? "was encoded, is now plain" : "was plain, is now encoded");

    compat_range(c, keywords, length_of(a), length_of(b));
    compare_rules(c, a, b, "pattern", text_pattern, text_pattern);
    compare_rules(c, a, b, "format", text_format, any_format);
}
