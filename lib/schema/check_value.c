/* SPDX-License-Identifier: MIT */
/* Numbers and strings (JSON Schema 2020-12, validation, 6.2, 6.3 and 7). */
#include "lib/schema/check.h"
#include "lib/schema/equal.h"

/* -1, 0 or 1; exact where both are whole. */
static int compare_bound(const struct schema_number *n, enum schema_bound bound,
                         struct json_object *value)
{
    double number = json_object_get_double(value);
    int64_t whole;

    if ((n->exact & 1u << bound) && equal_read_whole(value, &whole))
        return whole < n->whole[bound] ? -1 : whole > n->whole[bound];
    /* The largest integers round up to 2^63, which none of them reaches. */
    if (json_object_is_type(value, json_type_int) && n->bound[bound] >= 9223372036854775808.0)
        return -1;
    return number < n->bound[bound] ? -1 : number > n->bound[bound];
}

static bool is_multiple(const struct schema_number *n, struct json_object *value)
{
    if ((n->exact & 1u << BOUND_MULTIPLE_OF) && json_object_is_type(value, json_type_int))
        return json_object_get_int64(value) % n->whole[BOUND_MULTIPLE_OF] == 0;
    if (json_object_is_type(value, json_type_int))
        return decimal_is_multiple_whole(json_object_get_int64(value), n->divisor);
    return decimal_is_multiple(json_object_get_double(value), n->divisor);
}

static bool check_bounds(struct checker *c, const struct schema_number *n,
                         struct json_object *value, const struct step *at)
{
    static const struct {
        const char *keyword, *words;
        int least, most; /* of compare_bound() */
    } rows[] = {[BOUND_MINIMUM] = {"minimum", "must be at least", 0, 1},
                [BOUND_MAXIMUM] = {"maximum", "must be at most", -1, 0},
                [BOUND_EXCLUSIVE_MINIMUM] = {"exclusiveMinimum", "must be more than", 1, 1},
                [BOUND_EXCLUSIVE_MAXIMUM] = {"exclusiveMaximum", "must be less than", -1, -1}};
    bool ok = true;

    for (int i = 0; i < BOUND_MULTIPLE_OF; i++) {
        int order = n->present & 1u << i ? compare_bound(n, (enum schema_bound)i, value) : 0;

        if ((n->present & 1u << i) && (order < rows[i].least || order > rows[i].most))
            ok = check_violate(c, at, rows[i].keyword, "%s %.15g", rows[i].words, n->bound[i]);
    }
    if ((n->present & 1u << BOUND_MULTIPLE_OF) && !is_multiple(n, value))
        ok = check_violate(c, at, "multipleOf", "must be a multiple of %.15g",
                           n->bound[BOUND_MULTIPLE_OF]);
    return ok;
}

bool check_number(struct checker *c, const struct schema *s, struct json_object *value,
                  const struct step *at)
{
    bool ok = !s->number || check_bounds(c, s->number, value, at);

    if (s->format && s->format->is_number && !s->format->is_number(value))
        ok = check_violate(c, at, "format", "must be %s", s->format->words);
    return ok;
}

static size_t count_characters(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xc0) != 0x80;
    return n;
}

static bool check_pattern(struct checker *c, const struct schema_text *t, const char *text,
                          size_t len, const struct step *at)
{
    bool is_too_costly = false;

    if (pattern_matches(t->pattern, text, len, &is_too_costly))
        return true;
    if (is_too_costly)
        effort_give_up(c->effort, "has a text that takes too many steps to match");
    return check_violate(c, at, "pattern", "must match %s%s", t->pattern_text,
                         is_too_costly ? " (matching was given up: it took too many steps)" : "");
}

bool check_text(struct checker *c, const struct schema *s, struct json_object *value,
                const struct step *at)
{
    static const char *const keywords[] = {"minLength", "maxLength"};
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    const struct schema_text *t = s->text;
    bool ok = true;

    if (t && (t->length.least || t->length.most != SIZE_MAX))
        ok &= check_size(c, &t->length, count_characters(text, len), keywords, "character", at);
    if (t && t->pattern)
        ok &= check_pattern(c, t, text, len, at);
    if (s->format && s->format->is_text && !s->format->is_text(text, len))
        ok = check_violate(c, at, "format", "must be %s", s->format->words);
    return ok;
}
