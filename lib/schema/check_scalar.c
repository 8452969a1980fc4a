/* SPDX-License-Identifier: MIT */
/* Checks numbers and strings (JSON Schema 2020-12, validation, 6.2, 6.3 and 7). */
#include "lib/core/json/jnumber.h"
#include "lib/schema/check.h"
#include "lib/schema/equal.h"

/* Steps charged for all bounds, and for multipleOf: of doubles, of integers with a fractional
 * divisor, and of doubles whose decimal is hard to find. */
enum { BOUNDS_STEPS = 2, DOUBLE_STEPS = 20, DECIMAL_STEPS = 40, HARD_STEPS = 500 };

/* Returns -1, 0 or 1. Exact if both are whole numbers. */
static int compare_bound(const struct schema_number *n, enum schema_bound bound,
                         const struct jvalue *value)
{
    double number = value->type == JINTEGER ? (double)value->integer : value->real;
    int64_t whole;

    if ((n->exact & 1u << bound) && equal_read_whole(value, &whole))
        return whole < n->whole[bound] ? -1 : whole > n->whole[bound];
    /* The largest integers round up to 2^63 as doubles, and none of them reaches it. */
    if (value->type == JINTEGER && n->bound[bound] >= 9223372036854775808.0)
        return -1;
    return number < n->bound[bound] ? -1 : number > n->bound[bound];
}

/* Returns false also if the budget has ended. */
static bool is_multiple(struct schema_checker *c, const struct schema_number *n,
                        const struct jvalue *value)
{
    if (value->type == JDOUBLE)
        return budget_step(c->budget, jnumber_is_hard(value->real) ? HARD_STEPS : DOUBLE_STEPS) &&
               decimal_is_multiple(value->real, n->divisor);
    if (n->exact & 1u << BOUND_MULTIPLE_OF)
        return value->integer % n->whole[BOUND_MULTIPLE_OF] == 0;
    return budget_step(c->budget, DECIMAL_STEPS) &&
           decimal_is_multiple_whole(value->integer, n->divisor);
}

static bool check_bounds(struct schema_checker *c, const struct schema_number *n,
                         const struct jvalue *value, const struct step *at)
{
    static const struct {
        const char *keyword, *words;
        int least, most; /* results of compare_bound() */
    } rows[] = {[BOUND_MINIMUM] = {"minimum", "must be at least", 0, 1},
                [BOUND_MAXIMUM] = {"maximum", "must be at most", -1, 0},
                [BOUND_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", "must be greater than", 1, 1},
                [BOUND_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", "must be less than", -1, -1}};
    bool ok = true;

    for (int i = 0; i < BOUND_MULTIPLE_OF; i++) {
        int order = n->present & 1u << i ? compare_bound(n, (enum schema_bound)i, value) : 0;

        if ((n->present & 1u << i) && (order < rows[i].least || order > rows[i].most))
            ok = check_violate(c, at, rows[i].keyword, "%s %.15g", rows[i].words, n->bound[i]);
    }
    if ((n->present & 1u << BOUND_MULTIPLE_OF) && !is_multiple(c, n, value))
        ok = check_violate(c, at, "multipleOf", "must be a multiple of %.15g",
                           n->bound[BOUND_MULTIPLE_OF]);
    return ok;
}

bool check_number(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                  const struct step *at)
{
    bool ok = !s->number ||
              (budget_step(c->budget, BOUNDS_STEPS) && check_bounds(c, s->number, value, at));

    if (s->format && s->format->is_number && !s->format->is_number(value))
        ok = check_violate(c, at, "format", "must be %s", s->format->words);
    return ok;
}

static size_t count_characters(struct slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return n;
}

static bool check_pattern(struct schema_checker *c, const struct schema_text *t, struct slice text,
                          const struct step *at)
{
    return pattern_match(t->pattern, text, c->budget) ||
           check_violate(c, at, "pattern", "must match %s", t->pattern_text);
}

static bool check_format(struct schema_checker *c, const struct format *f, struct slice text)
{
    size_t bytes = text.len * f->bytes;
    bool ok = budget_step(c->budget, (1 + text.len / BUDGET_BYTES_PER_STEP) * f->steps) &&
              budget_take(c->budget, bytes) && f->is_text(text.data, text.len);

    if (c->budget->end == BUDGET_ENOUGH)
        budget_give(c->budget, bytes);
    return ok;
}

bool check_text(struct schema_checker *c, const struct schema *s, const struct jvalue *value,
                const struct step *at)
{
    static const char *const keywords[] = {"minLength", "maxLength"};
    struct slice text = jvalue_text(value);
    const struct schema_text *t = s->text;
    bool ok = true;

    if (t && (t->length.least || t->length.most != SIZE_MAX) &&
        budget_step(c->budget, 1 + text.len / BUDGET_BYTES_PER_STEP))
        ok &= check_size(c, &t->length, count_characters(text), keywords, "character", at);
    if (t && t->pattern && check_goes_on(c, ok))
        ok &= check_pattern(c, t, text, at);
    if (s->format && s->format->is_text && check_goes_on(c, ok) &&
        !check_format(c, s->format, text))
        ok = check_violate(c, at, "format", "must be %s", s->format->words);
    return ok;
}
