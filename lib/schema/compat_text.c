/* SPDX-License-Identifier: MIT */
/* In a query, a path, a header or a form, 1, "1" and true are text. A parameter that was an integer
 * and is now a string accepts all that it accepted before, unless the string has rules that the
 * text of numbers need not meet. So does who reads a header of a response as a string that is now an
 * integer. */
#include "lib/schema/compat_view.h"

#include "lib/schema/check.h"

enum { SCALARS = SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_BOOLEAN };

/* Returns true at the value itself and its members and items; what is deeper is JSON. */
static bool is_text_here(const struct compat *c)
{
    size_t names = 0;

    for (const struct compat_path *p = c->path; p; p = p->parent)
        names += p->name != NULL;
    return c->is_text && names <= 1;
}

/* Returns true if the node accepts every string that is not empty. */
static bool is_open_node(const struct schema *s)
{
    const struct schema_text *t = s->text;
    const struct schema_logic *l = s->logic;

    return !s->is_false && !s->values && !s->constant && !(s->format && s->format->is_text) &&
           (!t || (t->length.least <= 1 && t->length.most == SIZE_MAX && !t->pattern)) &&
           (!l || (!l->negated && !l->condition));
}

static bool is_open(const struct variant *v)
{
    bool is = v->types & SCHEMA_STRING;

    for (size_t i = 0; i < v->count && is; i++)
        is = is_open_node(v->nodes[i]);
    return is;
}

/* Returns true if the text of each value that the old variants list is accepted. */
static bool reads_listed(struct compat *c, const struct view *old, int types,
                         const struct view *new)
{
    for (size_t i = 0; i < old->variant_count; i++) {
        const struct variant *v = &old->variants[i];
        const struct values *values = compat_listed(v, v->types & types);

        if (!(v->types & types))
            continue;
        if (!values)
            return false;
        for (size_t k = 0; k < values->count; k++) {
            const char *text = compat_value_text(c, &values->items[k]);
            struct jvalue as_text = jvalue_string(slice_of(text));

            if (check_type_of(&values->items[k]) & types && !view_accepts(c, new, &as_text))
                return false;
        }
    }
    return true;
}

int compat_types_as_text(struct compat *c, const struct view *old, const struct view *new)
{
    int lost = old->types & ~new->types &SCALARS;

    if (!lost || !is_text_here(c))
        return 0;
    for (size_t i = 0; i < new->variant_count; i++)
        if (is_open(&new->variants[i]))
            return lost;
    return reads_listed(c, old, lost, new) ? lost : 0;
}
