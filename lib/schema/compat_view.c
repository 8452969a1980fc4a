/* SPDX-License-Identifier: MIT */
/* Expands schemas into views. Everything that applies to a value unconditionally ($ref, allOf)
 * joins the nodes of each variant; each list of alternatives multiplies the variants, up to
 * VARIANTS_MAX:
 *
 *     {$ref: A, anyOf: [B, C]}   ──▶   variant {self, A, B}   variant {self, A, C}
 *
 * Past that limit the view is folded: alternatives stay inside their node and are compared as rules
 * (compat_parts.c). Views are unique for a set of schemas, so that comparing pointers suffices to
 * detect recursion. The second half asks variants what they say of one member or item, which again
 * is a view. */
#include <string.h>

#include "lib/schema/check.h"
#include "lib/schema/compat_view.h"

#include "lib/core/hash.h"
#include "lib/schema/member.h"
#include "lib/schema/proof.h"

static const struct schema refused = {.is_false = true, .cycle = CYCLE_CLOSED};

struct variants {
    struct compat *c;
    struct variant *items;
    size_t count;
    bool is_folded, is_too_many;
};

/* Adds a node. Returns false if the variant has it already. */
static bool append_schema(struct compat *c, struct variant *v, const struct schema *s)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i] == s)
            return false;
    if (v->count == v->room) {
        const struct schema **more = arena_alloc(&c->arena, (v->room * 2 + 4) * sizeof(*more));

        if (v->count)
            memcpy(more, v->nodes, v->count * sizeof(*more));
        v->nodes = more;
        v->room = v->room * 2 + 4;
    }
    v->nodes[v->count++] = s;
    return true;
}

static void apply_schema(struct variants *set, const struct schema *s);

/* Returns a copy of all variants to which `branch` applies too. */
static struct variants with_branch(const struct variants *set, const struct schema *branch,
                                   const char *label)
{
    struct variants out = *set;

    out.items = arena_alloc(&set->c->arena, set->count * sizeof(*out.items));
    for (size_t i = 0; i < set->count; i++) {
        out.items[i] = (struct variant){.label = label ? label : set->items[i].label};
        for (size_t k = 0; k < set->items[i].count; k++)
            append_schema(set->c, &out.items[i], set->items[i].nodes[k]);
    }
    apply_schema(&out, branch);
    return out;
}

/* Multiplies the variants by the alternatives in `list`; `labels` may be NULL. */
static void add_choices(struct variants *set, const struct schema_list *list,
                        const char *const *labels)
{
    struct variants out = *set;

    if (!list->count || set->is_folded || set->is_too_many)
        return;
    out.items = arena_alloc(&set->c->arena, VARIANTS_MAX * sizeof(*out.items));
    out.count = 0;
    for (size_t i = 0; i < list->count && !out.is_too_many; i++) {
        struct variants branch = with_branch(set, list->items[i], labels ? labels[i] : NULL);

        out.is_too_many = branch.is_too_many || out.count + branch.count > VARIANTS_MAX;
        if (out.is_too_many)
            break;
        memcpy(out.items + out.count, branch.items, branch.count * sizeof(*out.items));
        out.count += branch.count;
    }
    *set = out;
}

/* Makes the schema of objects whose member has that value, which selects an alternative. */
static const struct schema *select_by(struct compat *c, struct schema_name property,
                                      struct schema_name value)
{
    struct json_object *text = json_object_new_string_len(value.plain.data, (int)value.plain.len);
    struct schema *member = arena_alloc(&c->arena, sizeof(*member)),
                  *s = arena_alloc(&c->arena, sizeof(*s));
    struct schema_member *m;

    *member = *s = schema_anything;
    member->constant = values_of_one(&c->arena, text);
    s->object = arena_zalloc(&c->arena, sizeof(*s->object));
    s->object->size.most = SIZE_MAX;
    m = member_add(s->object, &c->arena, property.key, 1);
    m->schema = member;
    m->is_required = true;
    json_object_put(text);
    return s;
}

static void choose_discriminated(struct variants *set, const struct schema_discriminator *d)
{
    struct arena *arena = &set->c->arena;
    struct schema_list list = {arena_alloc(arena, (d->count + 1) * sizeof(*list.items)), d->count};
    const char **labels = arena_alloc(arena, (d->count + 1) * sizeof(*labels));

    for (size_t i = 0; i < d->count; i++) {
        struct schema *both = arena_alloc(arena, sizeof(*both));

        *both = schema_anything;
        both->logic = arena_zalloc(arena, sizeof(*both->logic));
        both->logic->all_of = (struct schema_list){arena_alloc(arena, 2 * sizeof(*list.items)), 2};
        both->logic->all_of.items[0] = d->rows[i].schema;
        both->logic->all_of.items[1] = select_by(set->c, d->property, d->rows[i].value);
        list.items[i] = both;
        labels[i] = d->rows[i].value.key;
    }
    add_choices(set, &list, labels);
}

static void apply_schema(struct variants *set, const struct schema *s)
{
    const struct schema_logic *l = s->logic;
    bool is_new = false;

    for (size_t i = 0; i < set->count; i++)
        is_new |= append_schema(set->c, &set->items[i], s);
    if (!l || !is_new)
        return;
    if (l->ref)
        apply_schema(set, l->ref);
    if (l->dynamic)
        apply_schema(set, l->dynamic);
    for (size_t i = 0; i < l->all_of.count; i++)
        apply_schema(set, l->all_of.items[i]);
    if (l->discriminator && l->discriminator->count) {
        choose_discriminated(set, l->discriminator);
        return;
    }
    add_choices(set, &l->any_of, NULL);
    add_choices(set, &l->one_of, NULL);
}

/* Reduces the types to those of the listed values; NULL means any. */
static int types_listed(int types, const struct values *values)
{
    int listed = 0;

    for (size_t i = 0; values && i < values->count; i++)
        listed |= check_type_of(&values->items[i]);
    if (listed & SCHEMA_NUMBER)
        listed |= SCHEMA_INTEGER;
    return values ? types & listed : types;
}

static int types_of(const struct variant *v)
{
    int types = SCHEMA_ANY;

    for (size_t i = 0; i < v->count; i++) {
        types &= schema_types(v->nodes[i]);
        types = types_listed(types_listed(types, v->nodes[i]->values), v->nodes[i]->constant);
    }
    return types;
}

static void multiply(struct compat *c, struct view *v)
{
    struct variants set = {.c = c, .is_folded = v->is_folded};

    do {
        set.items = arena_zalloc(&c->arena, sizeof(*set.items));
        set.count = 1;
        set.is_folded |= set.is_too_many;
        set.is_too_many = false;
        for (size_t i = 0; i < v->count; i++)
            apply_schema(&set, v->roots[i]);
    } while (set.is_too_many);
    v->variants = set.items;
    v->variant_count = set.count;
    v->is_folded = set.is_folded;
    for (size_t i = 0; i < set.count; i++) {
        set.items[i].types = types_of(&set.items[i]);
        v->types |= set.items[i].types;
    }
}

static bool is_only_ref(const struct schema *s)
{
    const struct schema_logic *l = s->logic;

    return l && l->ref && !l->dynamic && !l->all_of.count && !l->any_of.count && !l->one_of.count &&
           !l->negated && !l->condition && !l->then && !l->otherwise && !l->discriminator &&
           s->types == SCHEMA_ANY && !s->fallback && !s->values && !s->constant && !s->format &&
           !s->number && !s->text && !s->array && !s->object;
}

/* Returns what a reference refers to, if nothing is beside it. */
static const struct schema *follow(const struct schema *s)
{
    while (is_only_ref(s))
        s = s->logic->ref;
    return s;
}

const struct view *view_of(struct compat *c, const struct schema *const *roots, size_t count,
                           bool is_folded)
{
    struct variant unique = {0};
    struct view *v, **bucket;
    uint64_t hash;

    for (size_t i = 0; i < count; i++)
        append_schema(c, &unique, follow(roots[i]));
    hash = hash_bytes(is_folded, (struct slice){(const char *)unique.nodes,
                                                unique.count * sizeof(*unique.nodes)});
    bucket = &c->views[hash % COMPAT_BUCKETS];
    for (v = *bucket; v; v = v->next)
        if (v->count == unique.count && v->is_folded >= is_folded &&
            (!v->count || memcmp(v->roots, unique.nodes, v->count * sizeof(*v->roots)) == 0))
            return v;
    v = arena_zalloc(&c->arena, sizeof(*v));
    *v = (struct view){
        .roots = unique.nodes, .count = unique.count, .is_folded = is_folded, .next = *bucket};
    *bucket = v;
    multiply(c, v);
    return v;
}

const struct view *view_of_one(struct compat *c, const struct schema *s)
{
    return view_of(c, &s, s != NULL, false);
}

bool view_accepts(struct compat *c, const struct view *v, const struct jvalue *value)
{
    enum budget_end end;
    bool ok = true;

    for (size_t i = 0; i < v->count && ok; i++)
        ok = proof_check(&c->proof_steps, v->roots[i], value, NULL, &end);
    return ok;
}

/* Adds what the node itself says of these members. Returns true if it says something. */
static bool add_named(struct compat *c, const struct schema_object *o, const struct members *which,
                      struct variant *out)
{
    const struct schema_member *m = which->name ? member_find_key(o, which->name) : NULL;
    bool says = m && m->schema;

    if (says)
        append_schema(c, out, m->is_hidden ? &refused : m->schema);
    for (size_t i = 0; i < o->pattern_count; i++) {
        const struct schema_pattern *p = &o->patterns[i];

        if (which->name ? pattern_matches(p->pattern, which->name, strlen(which->name), NULL)
                        : which->pattern && strcmp(p->text, which->pattern) == 0) {
            append_schema(c, out, p->schema);
            says = true;
        }
    }
    return says;
}

/* Returns true if a part that applies conditionally may evaluate the member. */
static bool may_be_evaluated(const struct variant *v, const char *name)
{
    for (size_t i = 0; name && i < v->count; i++) {
        const struct schema *s = v->nodes[i];

        if (s->logic && ((s->logic->then && schema_property(s->logic->then, name)) ||
                         (s->logic->otherwise && schema_property(s->logic->otherwise, name)) ||
                         (s->logic->condition && schema_property(s->logic->condition, name))))
            return true;
        for (size_t k = 0; s->object && k < s->object->dependency_count; k++)
            if (s->object->dependencies[k].schema &&
                schema_property(s->object->dependencies[k].schema, name))
                return true;
    }
    return false;
}

const struct view *variant_member(struct compat *c, const struct variant *v,
                                  const struct members *which)
{
    struct variant out = {0};
    bool is_evaluated = may_be_evaluated(v, which->name);

    for (size_t i = 0; i < v->count; i++) {
        const struct schema_object *o = v->nodes[i]->object;

        if (!o)
            continue;
        if (add_named(c, o, which, &out)) {
            is_evaluated = true;
        } else if (o->additional) {
            append_schema(c, &out, o->additional);
            is_evaluated = true;
        }
    }
    for (size_t i = 0; i < v->count && !is_evaluated; i++)
        if (v->nodes[i]->object && v->nodes[i]->object->unevaluated)
            append_schema(c, &out, v->nodes[i]->object->unevaluated);
    return view_of(c, out.nodes, out.count, false);
}

const struct view *variant_item(struct compat *c, const struct variant *v, size_t index)
{
    struct variant out = {0};

    for (size_t i = 0; i < v->count; i++) {
        const struct schema_array *a = v->nodes[i]->array;
        const struct schema *s = !a                        ? NULL
                                 : index < a->prefix.count ? a->prefix.items[index]
                                                           : a->items;

        if (s)
            append_schema(c, &out, s);
    }
    for (size_t i = 0, evaluated = out.count; i < v->count && !evaluated; i++)
        if (v->nodes[i]->array && v->nodes[i]->array->unevaluated)
            append_schema(c, &out, v->nodes[i]->array->unevaluated);
    return view_of(c, out.nodes, out.count, false);
}

bool variant_hides(const struct variant *v, const char *name)
{
    const struct schema_member *m;

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->object && (m = member_find_key(v->nodes[i]->object, name)) && m->is_hidden)
            return true;
    return false;
}

bool variant_names(const struct variant *v, const char *name)
{
    const struct schema_member *m;

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->object && (m = member_find_key(v->nodes[i]->object, name)) && m->schema &&
            !m->schema->is_false)
            return !variant_hides(v, name);
    return false;
}

bool variant_requires(const struct variant *v, const char *name)
{
    const struct schema_member *m;

    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i]->object && (m = member_find_key(v->nodes[i]->object, name)) &&
            m->is_required)
            return !variant_hides(v, name);
    return false;
}
