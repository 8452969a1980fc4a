/* SPDX-License-Identifier: MIT */
/* A condition is split at AND down to comparisons. Each tells something only if it is an equality
 * whose sides are a column or the same for all rows; a comparison under OR, NOT or CASE need not
 * hold. All else is left out, which makes a proof weaker and never wrong. */
#include "lib/db/proof/equalities.h"

#include <string.h>
#include <strings.h>

#include "lib/db/proof/relation.h"
#include "lib/db/sql/sqllex.h"

enum { EQUALITIES_MAX = 128 };

struct reader {
    const struct relation *r;
    struct arena *arena;
    struct equalities *out;
    bool is_left; /* the condition is of a LEFT JOIN */
    size_t about;
};

/* Returns whether the text has the word, also in parentheses if `is_deep`. */
static bool has_word(const char *text, const char *word, bool is_deep)
{
    for (struct sql_token t = sql_token_at(text, &dialect_sqlite); t.len;) {
        if (sql_token_is(t, word))
            return true;
        t = !is_deep && sql_token_is(t, "(") ? sql_token_skip(t) : sql_token_next(t);
    }
    return false;
}

static bool has_any(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (has_word(text, *words, false))
            return true;
    return false;
}

/* Returns true if the expression has the same value for all rows: it names no column. */
static bool is_constant(const struct reader *k, const char *text)
{
    static const char *const words[] = {"SELECT", "random", "randomblob", NULL};
    struct sql_token t = sql_token_at(text, &dialect_sqlite), next;
    size_t source;

    for (size_t i = 0; words[i]; i++)
        if (has_word(text, words[i], true))
            return false;
    for (; t.len; t = next) {
        const char *column, *word = arena_strndup(k->arena, t.at, t.len);

        next = sql_token_next(t);
        if (!sql_token_is(next, "(") && !sql_token_is(next, ".") &&
            relation_resolve(k->r, word, k->arena, &source, &column))
            return false;
        if (sql_token_is(next, ".")) /* a column of a source, or of an outer statement */
            return false;
    }
    return true;
}

static bool read_side(const struct reader *k, const char *text, struct side *out)
{
    *out = (struct side){0};
    return relation_resolve(k->r, text, k->arena, &out->source, &out->column) ||
           is_constant(k, text);
}

static const char *side_collation(const struct reader *k, struct side s)
{
    return s.column ? relation_collation(k->r->sources[s.source], s.column) : "BINARY";
}

/* Values that are equal in a coarser collation need not be equal in a finer one. */
static bool is_comparable(const struct reader *k, struct side a, struct side b)
{
    return !a.column || !b.column || strcasecmp(side_collation(k, a), side_collation(k, b)) == 0;
}

static void add_equality(struct reader *k, struct side a, struct side b)
{
    if (is_comparable(k, a, b) && k->out->count < EQUALITIES_MAX)
        k->out->items[k->out->count++] =
            (struct equality){.a = a, .b = b, .is_left = k->is_left, .about = k->about};
}

/* Reads a condition without AND at its top. */
static void read_comparison(struct reader *k, const char *text)
{
    static const char *const others[] = {
        "OR", "NOT", "IN", "IS",   "LIKE",    "GLOB",   "MATCH",   "<",      "<=",      ">",
        ">=", "<>",  "!=", "CASE", "BETWEEN", "REGEXP", "COLLATE", "ISNULL", "NOTNULL", NULL};
    size_t count;
    const char **sides =
        select_split(text, has_word(text, "==", false) ? "==" : "=", k->arena, &count);
    struct side a, b;

    if (has_word(text, "SELECT", true)) {
        k->out->is_doubtful = true;
    } else if (has_any(text, others)) {
        k->out->is_doubtful |= has_word(text, "IS", false) && !has_word(text, "NULL", false);
    } else if (count == 2 && read_side(k, sides[0], &a) && read_side(k, sides[1], &b)) {
        add_equality(k, a, b);
    } else if (count > 1) { /* an expression that equals a constant tells nothing */
        k->out->is_doubtful |= count > 2 || select_inside(sides[0], k->arena) ||
                               (!is_constant(k, sides[0]) && !is_constant(k, sides[1]));
    }
}

static void read_condition(struct reader *k, const char *text)
{
    const char *inner = select_inside(text, k->arena), **parts;
    bool is_after_between = false;
    size_t count;

    if (inner) {
        read_condition(k, inner);
        return;
    }
    parts = select_split(text, "AND", k->arena, &count);
    if (count == 1 || has_word(text, "OR", false) || has_word(text, "CASE", false)) {
        read_comparison(k, text);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_after_between)
            read_condition(k, parts[i]);
        is_after_between = !is_after_between && has_word(parts[i], "BETWEEN", false);
    }
}

/* The first source before `i` that has the column of a USING is compared with source `i`. */
static void read_shared(struct reader *k, size_t i, const char *column)
{
    for (size_t before = 0; before < i; before++) {
        if (!relation_column(k->r->sources[before], column))
            continue;
        add_equality(k, (struct side){before, column}, (struct side){i, column});
        return;
    }
}

void equalities_read(const struct relation *r, struct arena *arena, struct equalities *out)
{
    const struct select_shape *shape = &r->shape;
    struct reader reader = {.r = r, .arena = arena, .out = out}, *k = &reader;

    *out = (struct equalities){.items = arena_alloc(arena, EQUALITIES_MAX * sizeof(*out->items))};

    for (size_t i = 0; i < shape->source_count; i++) {
        const struct select_source *source = &shape->sources[i];

        k->is_left = source->is_left;
        k->about = i;
        if (source->on)
            read_condition(k, source->on);
        for (size_t n = 0; n < source->shared_count; n++)
            read_shared(k, i, source->shared[n]);
    }
    k->is_left = false;
    if (shape->where)
        read_condition(k, shape->where);
}
