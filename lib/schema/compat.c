/* SPDX-License-Identifier: MIT */
/* Compares two schemas as sets of values. Both are expanded into views, and a view's variants, the
 * separate ways to be valid, are compared type by type:
 *
 *     schema ──▶ view ──┬─▶ variant {nodes that all apply}    match_equal() removes equal pairs
 *                       └─▶ variant …                         match_rest() compares the others
 *
 * A difference between two paired variants does not count if another variant accepts the same
 * values. Recursion in schemas ends at pairs of views that are already being compared
 * (compat_views()). */
#include "lib/schema/compat.h"

#include <stdarg.h>
#include <string.h>

#include "lib/core/hash.h"
#include "lib/core/json/pointer.h"
#include "lib/schema/compat_view.h"
#include "lib/schema/equal.h"
#include "lib/schema/proof.h"

enum { PAIRS_MAX = 2048 };

#define NUMBERS (SCHEMA_INTEGER | SCHEMA_NUMBER)

/* The variants of one type on both sides, and which of them are matched. */
struct match {
    const struct view *old, *new;
    const struct variant **a, **b;
    size_t a_count, b_count;
    bool *a_done, *b_done;
    bool is_long; /* too many to compare all pairs */
    int type;
};

static void put_path(struct buf *out, const struct compat_path *path)
{
    if (!path)
        return;
    put_path(out, path->parent);
    if (path->name)
        pointer_put(out, slice_of(path->name));
    else
        buf_printf(out, "/%zu", path->index);
}

void compat_say(struct compat *c, unsigned change, const char *keyword, const char *format, ...)
{
    bool is_note = !change;
    struct buf text = {0};
    size_t split;
    va_list args;

    change &= ~c->ignored;
    c->found |= change;
    if (c->is_quiet || (is_note ? c->ignored : !change))
        return;
    put_path(&text, c->path);
    split = text.len + 1;
    buf_putc(&text, '\0');
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    buf_text(&text);
    text.data[split - 1] = ' '; /* joined to a single text for the lookup */
    if (!json_object_object_get_ex(c->told, text.data, NULL)) {
        json_object_object_add(c->told, text.data, NULL);
        text.data[split - 1] = '\0';
        c->report(c->arg, change & c->breaking, text.data, keyword, text.data + split);
    }
    buf_fini(&text);
}

/* --- two variants --- */

static void compare_variants(struct compat *c, const struct match *m, const struct variant *a,
                             const struct variant *b)
{
    static const struct {
        int types;
        void (*compare)(struct compat *c, const struct variant *a, const struct variant *b);
    } aspects[] = {{NUMBERS, compat_number},
                   {SCHEMA_STRING, compat_text},
                   {SCHEMA_ARRAY, compat_array},
                   {SCHEMA_OBJECT, compat_object}};
    unsigned before = c->ignored;
    int whole = (a->types ^ b->types) & m->type & SCHEMA_NUMBER;

    if (whole && m->old->types == m->new->types) /* otherwise already reported for the whole */
        compat_say(c, whole & a->types ? NARROWED : WIDENED, "type", "was %s, is now %s",
                   whole & a->types ? "number" : "integer",
                   whole & a->types ? "integer" : "number");
    else if (whole)
        c->found |= (whole & a->types ? NARROWED : WIDENED) & ~c->ignored;
    c->ignored |= compat_values(c, m->old, a, m->new, b, m->type);
    for (size_t i = 0; i < sizeof(aspects) / sizeof(*aspects); i++)
        if (aspects[i].types & m->type)
            aspects[i].compare(c, a, b);
    compat_logic(c, a, b, m->old->is_folded);
    c->ignored = before;
}

static unsigned relation(struct compat *c, const struct match *m, const struct variant *a,
                         const struct variant *b)
{
    unsigned found = c->found, result;
    bool is_quiet = c->is_quiet;

    c->is_quiet = true;
    c->found = 0;
    compare_variants(c, m, a, b);
    result = c->found;
    c->found = found;
    c->is_quiet = is_quiet;
    return result;
}

/* --- the variants of one type --- */

static void select_variants(struct compat *c, const struct view *v, int type,
                            const struct variant ***out, size_t *count, bool **done)
{
    *out = arena_alloc(&c->arena, (v->variant_count + 1) * sizeof(**out));
    *done = arena_zalloc(&c->arena, v->variant_count + 1);
    *count = 0;
    for (size_t i = 0; i < v->variant_count; i++)
        if (v->variants[i].types & type)
            (*out)[(*count)++] = &v->variants[i];
}

static bool has_label(const struct variant *a, const struct variant *b)
{
    return a->label == b->label || (a->label && b->label && strcmp(a->label, b->label) == 0);
}

static size_t count_left(const bool *done, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        left += !done[i];
    return left;
}

static void take_equal(struct compat *c, struct match *m, size_t i, size_t k)
{
    if (!m->a_done[i] && !m->b_done[k] && has_label(m->a[i], m->b[k]) &&
        !relation(c, m, m->a[i], m->b[k]))
        m->a_done[i] = m->b_done[k] = true;
}

/* Matches variants that are equal on both sides: first those at the same place or with the same
 * label, then, if there are at most PAIRS_MAX, all pairs. */
static void match_equal(struct compat *c, struct match *m)
{
    for (size_t i = 0; i < m->a_count; i++)
        for (size_t k = 0; k < m->b_count; k++)
            if (m->a[i]->label ? has_label(m->a[i], m->b[k]) : i == k)
                take_equal(c, m, i, k);
    m->is_long = count_left(m->a_done, m->a_count) * m->b_count > PAIRS_MAX ||
                 count_left(m->b_done, m->b_count) * m->a_count > PAIRS_MAX;
    for (size_t i = 0; i < m->a_count && !m->is_long; i++)
        for (size_t k = 0; k < m->b_count; k++)
            take_equal(c, m, i, k);
}

/* Returns true if some variant of the other side accepts everything that this one accepts. */
static bool is_covered(struct compat *c, const struct match *m, size_t index, bool is_old)
{
    size_t n = is_old ? m->b_count : m->a_count;
    unsigned change = is_old ? NARROWED : WIDENED;

    for (size_t i = 0; i < n && !m->is_long; i++)
        if (!(change & (is_old ? relation(c, m, m->a[index], m->b[i])
                               : relation(c, m, m->a[i], m->b[index]))))
            return true;
    return false;
}

static void say_alternative(struct compat *c, const struct match *m, const struct variant *v,
                            bool is_gone)
{
    const char *what = is_gone ? "is gone" : "is new";
    unsigned change = is_gone ? NARROWED : WIDENED;

    if (v->label)
        compat_say(c, change, "anyOf", "the alternative \"%s\" %s", v->label, what);
    else
        compat_say(c, change, "anyOf", "an alternative (%s) %s",
                   schema_type_names(&c->arena, v->types & m->type), what);
}

/* Returns the next unmatched variant, preferably one with the same label, or the count if there is
 * none. */
static size_t next_unmatched(const struct match *m, const struct variant *a)
{
    size_t found = m->b_count;

    for (size_t k = 0; k < m->b_count; k++) {
        if (m->b_done[k])
            continue;
        if (has_label(a, m->b[k]))
            return k;
        if (found == m->b_count && !a->label && !m->b[k]->label)
            found = k;
    }
    return found;
}

/* Reports differences pair by pair. What another variant accepts too has not changed. */
static void match_rest(struct compat *c, struct match *m)
{
    unsigned before = c->ignored;

    for (size_t i = 0; i < m->a_count; i++) {
        size_t k = m->a_done[i] ? m->b_count : next_unmatched(m, m->a[i]);

        if (k == m->b_count)
            continue;
        c->ignored |= (is_covered(c, m, i, true) ? NARROWED : 0u) |
                      (is_covered(c, m, k, false) ? WIDENED : 0u);
        if (c->ignored != BOTH)
            compare_variants(c, m, m->a[i], m->b[k]);
        c->ignored = before;
        m->a_done[i] = m->b_done[k] = true;
    }
    for (size_t i = 0; i < m->a_count; i++)
        if (!m->a_done[i] && !is_covered(c, m, i, true))
            say_alternative(c, m, m->a[i], true);
    for (size_t k = 0; k < m->b_count; k++)
        if (!m->b_done[k] && !is_covered(c, m, k, false))
            say_alternative(c, m, m->b[k], false);
}

static void compare_type(struct compat *c, const struct view *old, const struct view *new, int type)
{
    struct match m = {.old = old, .new = new, .type = type};

    select_variants(c, old, type, &m.a, &m.a_count, &m.a_done);
    select_variants(c, new, type, &m.b, &m.b_count, &m.b_done);
    if (m.a_count == 1 && m.b_count == 1) {
        compare_variants(c, &m, m.a[0], m.b[0]);
    } else if (m.a_count && m.b_count) {
        match_equal(c, &m);
        match_rest(c, &m);
    }
}

/* --- two views --- */

/* Reports types that were added or removed. Those whose values the receiver, which has the new schema
 * of a request and the old one of a response, reads as strings make no difference. */
static void say_types(struct compat *c, const struct view *a, const struct view *b)
{
    int old = a->types, new = b->types;
    int read =
        c->use == COMPAT_REQUEST ? compat_types_as_text(c, a, b) : compat_types_as_text(c, b, a);
    const char *was = old ? schema_type_names(&c->arena, old) : "nothing";
    const char *is = new ? schema_type_names(&c->arena, new) : "nothing";

    if (old != new)
        compat_say(c, (old & ~new & ~read ? NARROWED : 0u) | (new & ~old & ~read ? WIDENED : 0u),
                   "type", "was %s, is now %s", was, is);
}

/* Reports a changed default. It is a promise too, but makes no client's values invalid. */
static void say_default(struct compat *c, const struct view *old, const struct view *new)
{
    struct budget budget = budget_endless();
    struct jvalue was = {0}, is = {0};
    bool had = false, has = false;

    for (size_t i = 0; i < old->count && !had; i++)
        had = schema_default(old->roots[i], &was);
    for (size_t i = 0; i < new->count && !has; i++)
        has = schema_default(new->roots[i], &is);
    if (had != has || !equal_values(&was, &is, &budget))
        compat_say(c, 0, "default", "was %s, is now %s", had ? compat_value_text(c, &was) : "none",
                   has ? compat_value_text(c, &is) : "none");
}

static void compare_views(struct compat *c, const struct view *old, const struct view *new)
{
    static const int types[] = {SCHEMA_NULL,   SCHEMA_BOOLEAN, NUMBERS,
                                SCHEMA_STRING, SCHEMA_ARRAY,   SCHEMA_OBJECT};

    if (old->is_folded != new->is_folded) {
        old = view_of(c, old->roots, old->count, true);
        new = view_of(c, new->roots, new->count, true);
    }
    say_types(c, old, new);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        compare_type(c, old, new, types[i]);
    if (c->use == COMPAT_REQUEST) {
        compat_overlaps(c, old, new);
        say_default(c, old, new);
    }
}

static struct pair *find_pair(struct compat *c, const struct view *old, const struct view *new)
{
    const void *const key[] = {old, new};
    uint64_t hash = hash_bytes(0, (struct slice){(const char *)key, sizeof(key)});
    struct pair *p, **bucket = &c->pairs[hash % COMPAT_BUCKETS];

    for (p = *bucket; p; p = p->next)
        if (p->old == old && p->new == new && p->ignored == c->ignored)
            return p;
    p = arena_alloc(&c->arena, sizeof(*p));
    *p = (struct pair){.old = old, .new = new, .ignored = c->ignored, .next = *bucket};
    *bucket = p;
    return p;
}

/* A pair that is reached again while it is being compared counts as equal there: any difference is
 * found where the comparison began. */
unsigned compat_views(struct compat *c, const struct view *old, const struct view *new)
{
    unsigned before = c->found;
    struct pair *p;

    if (old == new || c->depth == COMPAT_DEPTH)
        return 0;
    p = find_pair(c, old, new);
    if (p->is_open)
        return 0;
    if (!p->is_seen || (!p->is_told && !c->is_quiet)) {
        c->found = 0;
        p->is_open = true;
        c->depth++;
        compare_views(c, old, new);
        c->depth--;
        p->is_open = false;
        p->is_seen = true;
        p->is_told = !c->is_quiet;
        p->found = c->found;
    }
    c->found = before | p->found;
    return p->found;
}

void compat_below(struct compat *c, const struct view *old, const struct view *new,
                  const char *name, size_t index)
{
    struct compat_path path = {c->path, name, index};

    c->path = &path;
    compat_views(c, old, new);
    c->path = path.parent;
}

unsigned compat_quietly(struct compat *c, const struct view *old, const struct view *new)
{
    unsigned found = c->found, result;
    bool is_quiet = c->is_quiet;

    c->is_quiet = true;
    result = compat_views(c, old, new);
    c->is_quiet = is_quiet;
    c->found = found;
    return result;
}

void schema_compare(const struct schema *old, const struct schema *new, enum compat_use use,
                    compat_fn report, void *arg)
{
    bool is_request = use == COMPAT_REQUEST || use == COMPAT_TEXT;
    struct compat c = {.report = report,
                       .arg = arg,
                       .use = is_request ? COMPAT_REQUEST : COMPAT_RESPONSE,
                       .is_text = use == COMPAT_TEXT || use == COMPAT_TEXT_RESPONSE,
                       .breaking = is_request ? NARROWED : WIDENED,
                       .told = json_object_new_object(),
                       .proof_steps = PROOF_STEPS};

    compat_views(&c, view_of_one(&c, old), view_of_one(&c, new));
    json_object_put(c.told);
    arena_fini(&c.arena);
}
