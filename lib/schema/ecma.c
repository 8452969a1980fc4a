/* SPDX-License-Identifier: MIT */
/* Writes the tree of an ECMA pattern as a PCRE2 pattern, in three steps: refuse what PCRE2 would do
 * differently, cut off what a search does not need at either end, and write the rest. The last step
 * also makes PCRE2 count. Its limit counts only where a match may have to come back, so a long run
 * without such a place would be free: the writer inserts a `tick` after at most ECMA_STRIDE
 * characters, or raises `stride` to say how many characters one step may stand for. */
#include "lib/schema/ecma.h"

#include "lib/schema/ecma_tree.h"

enum { COUNT_MAX = 65535, TICKS_MAX = 64 };

/* Matches nothing and leaves nothing to return to, but PCRE2 counts a step for it. */
static const char tick[] = "(?:|(?!))";

struct ecma_mark {
    size_t pcre, ecma;
};

struct writer {
    struct ecma_parser *parser;
    struct ecma_text *out;
    bool has_references; /* groups and greed then matter */
    unsigned looks;      /* number of open lookarounds */
    size_t run;          /* the most characters since the last counted step */
    uint32_t captures;
};

static bool is_behind(const struct ecma_node *look)
{
    return look->text[2] == '<';
}

static bool is_negative(const struct ecma_node *look)
{
    return look->text[is_behind(look) ? 3 : 2] == '!';
}

static bool can_be_empty(const struct ecma_node *n);

/* Returns true if one round of the node can match the empty text. */
static bool body_can_be_empty(const struct ecma_node *n)
{
    if (n->kind != ECMA_GROUP)
        return n->kind != ECMA_UNIT;
    for (const struct ecma_branch *b = n->branches; b; b = b->next) {
        const struct ecma_node *item = b->first;

        while (item && can_be_empty(item))
            item = item->next;
        if (!item)
            return true;
    }
    return false;
}

static bool can_be_empty(const struct ecma_node *n)
{
    return n->min == 0 || body_can_be_empty(n);
}

static size_t width_max(const struct ecma_node *n);

/* Returns the most characters that a branch can match; SIZE_MAX if unlimited. */
static size_t branches_width_max(const struct ecma_branch *b)
{
    size_t widest = 0;

    for (; b; b = b->next) {
        size_t sum = 0;

        for (const struct ecma_node *n = b->first; n; n = n->next)
            if (__builtin_add_overflow(sum, width_max(n), &sum))
                sum = SIZE_MAX;
        widest = sum > widest ? sum : widest;
    }
    return widest;
}

static size_t width_max(const struct ecma_node *n)
{
    size_t one = n->kind == ECMA_UNIT        ? 1
                 : n->kind == ECMA_REFERENCE ? SIZE_MAX
                 : n->kind == ECMA_GROUP     ? branches_width_max(n->branches)
                                             : 0;
    size_t all;

    if (one && (n->max == ECMA_NO_MAX || __builtin_mul_overflow(one, n->max, &all)))
        return SIZE_MAX;
    return one * n->max;
}

/* Returns true if each round of an enclosing repeat sets the group again. ECMA forgets captures
 * when a repeat starts another round, and undoes a round that matched nothing, while PCRE2 does
 * neither; then the two agree. */
static bool is_set_each_round(const struct ecma_node *group)
{
    bool is_certain = true, is_looked = false;

    for (const struct ecma_node *n = group; n; n = n->parent) {
        if (n != group)
            is_certain &= !n->branches->next && !(n->kind == ECMA_LOOK && is_negative(n));
        if (n->max > 1 && (!is_certain || body_can_be_empty(n)))
            return false;
        if (is_looked && (n->max > 1 || n->min == 0))
            return false;
        is_looked |= n->kind == ECMA_LOOK;
        is_certain &= n->min > 0;
    }
    return true;
}

static void widen(struct writer *w, size_t stride)
{
    if (stride > w->out->stride)
        w->out->stride = stride;
}

static bool check_reference(struct writer *w, struct ecma_node *r)
{
    if (r->at < r->target->end) {
        r->target = NULL; /* not yet set, so it matches the empty text */
        return true;
    }
    for (const struct ecma_node *n = r->parent; n; n = n->parent)
        if (n->kind == ECMA_LOOK && is_behind(n))
            return ecma_refuse(w->parser, r->at,
                               "a back-reference in a lookbehind is not supported");
    if (!is_set_each_round(r->target))
        return ecma_refuse(
            w->parser, r->at,
            "a back-reference to a group that a quantifier may skip is not supported");
    r->target->is_referred = true;
    w->has_references = true;
    widen(w, width_max(r->target));
    return true;
}

static bool check_references(struct writer *w)
{
    for (struct ecma_node *r = w->parser->references; r; r = r->next_reference)
        if (!check_reference(w, r))
            return false;
    return true;
}

/* Drops optional terms at the head and reduces repeats to their minimum: a search tries every
 * start, so what may be missing there can be left to it. */
static void trim_heads(struct ecma_branch *b)
{
    for (; b; b = b->next) {
        while (b->first && b->first->min == 0)
            b->first = b->first->next;
        if (!b->first)
            continue;
        b->first->max = b->first->min;
        if (b->first->kind == ECMA_GROUP && b->first->max == 1)
            trim_heads(b->first->branches);
    }
}

/* Does the same at the tail: the search has succeeded before it, and needs no memory for it. */
static void trim_tails(struct ecma_branch *b)
{
    for (; b; b = b->next) {
        struct ecma_node **end = &b->first, *last = NULL;

        for (struct ecma_node **at = &b->first; *at; at = &(*at)->next)
            if ((*at)->min > 0) {
                last = *at;
                end = &last->next;
            }
        *end = NULL;
        if (!last)
            continue;
        last->max = last->min;
        if (last->kind == ECMA_GROUP && last->max == 1)
            trim_tails(last->branches);
    }
}

static void put_mark(struct writer *w, const struct ecma_node *n)
{
    struct ecma_mark m = {w->out->pcre.len, n->at};

    buf_put(&w->out->marks, &m, sizeof(m));
}

static void put_tick(struct writer *w)
{
    buf_puts(&w->out->pcre, tick);
    w->run = 0;
}

static void put_counts(struct buf *b, uint32_t min, uint32_t max)
{
    if (max == ECMA_NO_MAX && min < 2)
        buf_putc(b, min ? '+' : '*');
    else if (max == ECMA_NO_MAX)
        buf_printf(b, "{%u,}", min);
    else if (min != max)
        buf_printf(b, "{%u,%u}", min, max);
    else if (min != 1)
        buf_printf(b, "{%u}", min);
}

/* Writes the required rounds, which PCRE2 does not count, in pieces with a tick after each. */
static void put_fixed(struct writer *w, const char *text, uint32_t count)
{
    uint32_t piece = count / TICKS_MAX > ECMA_STRIDE ? count / TICKS_MAX : ECMA_STRIDE;

    if (count > piece) {
        widen(w, w->run + piece);
        w->run = 0;
        buf_printf(&w->out->pcre, "(?:%s{%u}%s){%u}", text, piece, tick, count / piece);
        count %= piece;
    }
    if (count) {
        buf_puts(&w->out->pcre, text);
        put_counts(&w->out->pcre, count, count);
    }
    w->run += count;
    widen(w, w->run);
}

static void write_unit(struct writer *w, const struct ecma_node *n)
{
    /* A lookaround forgets where it could return to, and so would not pay for greed. */
    bool is_lazy = n->is_lazy || (w->looks && !w->has_references);
    uint32_t more = n->max == ECMA_NO_MAX ? n->max : n->max - n->min;

    put_fixed(w, n->text, n->min);
    if (more) {
        buf_puts(&w->out->pcre, n->text);
        put_counts(&w->out->pcre, 0, more);
        if (is_lazy)
            buf_putc(&w->out->pcre, '?');
        w->run = 0;
    }
    if (w->run >= ECMA_STRIDE)
        put_tick(w);
}

static void write_branches(struct writer *w, const struct ecma_branch *b, bool is_ticked);

static void write_group(struct writer *w, struct ecma_node *n)
{
    if (n->is_referred)
        n->pcre_number = ++w->captures;
    buf_puts(&w->out->pcre, n->is_referred ? "(" : "(?:");
    write_branches(w, n->branches, n->min > 1);
    buf_putc(&w->out->pcre, ')');
    put_counts(&w->out->pcre, n->min, n->max);
    if (n->is_lazy && n->min != n->max)
        buf_putc(&w->out->pcre, '?');
}

static void write_look(struct writer *w, const struct ecma_node *n)
{
    if (is_behind(n))
        widen(w, branches_width_max(n->branches)); /* PCRE2 steps back over all of it */
    else if (w->has_references)
        widen(w, SIZE_MAX);
    w->looks++;
    buf_puts(&w->out->pcre, n->text);
    write_branches(w, n->branches, false);
    buf_putc(&w->out->pcre, ')');
    w->looks--;
}

static void write_reference(struct writer *w, const struct ecma_node *n)
{
    if (n->target)
        buf_printf(&w->out->pcre, "\\g{%u}", n->target->pcre_number);
    else
        buf_puts(&w->out->pcre, "(?:)");
    put_counts(&w->out->pcre, n->min, n->max);
    if (n->is_lazy && n->min != n->max)
        buf_putc(&w->out->pcre, '?');
}

static void write_node(struct writer *w, struct ecma_node *n)
{
    put_mark(w, n);
    if (n->min > COUNT_MAX || (n->max > COUNT_MAX && n->max != ECMA_NO_MAX)) {
        ecma_refuse(w->parser, n->end, "quantifier bounds above 65535 are not supported");
        return;
    }
    switch (n->kind) {
    case ECMA_UNIT:
        write_unit(w, n);
        break;
    case ECMA_ASSERTION:
        buf_puts(&w->out->pcre, n->text);
        break;
    case ECMA_GROUP:
        write_group(w, n);
        break;
    case ECMA_LOOK:
        write_look(w, n);
        break;
    case ECMA_REFERENCE:
        write_reference(w, n);
        break;
    }
}

static void write_branches(struct writer *w, const struct ecma_branch *b, bool is_ticked)
{
    for (; b; b = b->next) {
        for (struct ecma_node *n = b->first; n; n = n->next)
            write_node(w, n);
        if (is_ticked)
            put_tick(w);
        if (b->next)
            buf_putc(&w->out->pcre, '|');
    }
}

bool ecma_translate(const char *text, size_t len, struct ecma_text *out, struct ecma_fault *fault)
{
    struct arena arena = {0};
    struct ecma_parser p = {.arena = &arena, .text = text, .len = len};
    struct writer w = {.parser = &p, .out = out};
    struct ecma_branch *branches;

    *out = (struct ecma_text){.stride = 1};
    if (ecma_parse(&p, &branches) && check_references(&w)) {
        if (!w.has_references) {
            trim_heads(branches);
            trim_tails(branches);
        }
        write_branches(&w, branches, false);
    }
    *fault = p.fault;
    arena_fini(&arena);
    return !fault->message;
}

void ecma_fini(struct ecma_text *out)
{
    buf_fini(&out->pcre);
    buf_fini(&out->marks);
}

size_t ecma_offset(const struct ecma_text *out, size_t offset)
{
    const struct ecma_mark *marks = (const struct ecma_mark *)(const void *)out->marks.data;
    size_t count = out->marks.len / sizeof(*marks), at = 0;

    for (size_t i = 0; i < count && marks[i].pcre <= offset; i++)
        at = marks[i].ecma;
    return at;
}

bool ecma_is_valid(const char *text, size_t len)
{
    struct arena arena = {0};
    struct ecma_parser p = {.arena = &arena, .text = text, .len = len};
    struct ecma_branch *branches;
    bool is_valid = ecma_parse(&p, &branches);

    arena_fini(&arena);
    return is_valid;
}
