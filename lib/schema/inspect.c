/* SPDX-License-Identifier: MIT */
/* Answers questions about a compiled schema, for binding parameters and proving result columns.
 * Most are asked in the same way (ask_within()): the schema itself first, then what applies in
 * place unconditionally ($ref, allOf), never an alternative. So an answer is true of every valid
 * value. Questions during a walk over a request's value are charged to its budget (walk.h); others
 * need none, since edges.h bounds the graph of schemas. */
#include <string.h>

#include "lib/schema/node.h"
#include "lib/schema/member.h"
#include "lib/schema/walk.h"

/* The schema that accepts anything. */
const struct schema schema_anything = {
    .types = SCHEMA_ANY, .cycle = CYCLE_CLOSED, .size = 1, .all_types = SCHEMA_ANY};

static int listed_types(const struct values *values)
{
    static const int types[] = {[JNULL] = SCHEMA_NULL,
                                [JBOOLEAN] = SCHEMA_BOOLEAN,
                                [JINTEGER] = SCHEMA_INTEGER | SCHEMA_NUMBER,
                                [JDOUBLE] = SCHEMA_INTEGER | SCHEMA_NUMBER,
                                [JSTRING] = SCHEMA_STRING,
                                [JARRAY] = SCHEMA_ARRAY,
                                [JOBJECT] = SCHEMA_OBJECT};
    int found = values ? 0 : ~0;

    for (size_t i = 0; values && i < values->count; i++)
        found |= types[values->items[i].type];
    return found;
}

static int any_types(const struct schema_list *list)
{
    int types = list->count ? 0 : ~0;

    for (size_t i = 0; i < list->count; i++)
        types |= list->items[i]->all_types;
    return types;
}

int schema_join_types(const struct schema *s)
{
    int types = s->is_false ? 0 : s->types & listed_types(s->values) & listed_types(s->constant);
    const struct schema_logic *l = s->logic;

    if (!l)
        return types;
    if (l->ref)
        types &= l->ref->all_types;
    if (l->dynamic && !l->dynamic_anchor)
        types &= l->dynamic->all_types;
    for (size_t i = 0; i < l->all_of.count; i++)
        types &= l->all_of.items[i]->all_types;
    return types & any_types(&l->any_of) & any_types(&l->one_of);
}

int schema_types(const struct schema *s)
{
    return s->all_types;
}

typedef const struct schema *(*own_fn)(const struct schema *s, const void *arg);

enum { ASK_STEPS = 4 };

/* Returns the first answer of the schema itself and of what applies in place unconditionally. NULL
 * also if the budget has ended. */
static const struct schema *ask_within(const struct schema *s, own_fn fn, const void *arg,
                                       struct budget *budget)
{
    const struct schema *found = budget_step(budget, ASK_STEPS) ? fn(s, arg) : NULL;

    if (found || !s->logic)
        return found;
    if (s->logic->ref)
        found = ask_within(s->logic->ref, fn, arg, budget);
    if (!found && s->logic->dynamic)
        found = ask_within(s->logic->dynamic, fn, arg, budget);
    for (size_t i = 0; i < s->logic->all_of.count && !found && !walk_ended(budget); i++)
        found = ask_within(s->logic->all_of.items[i], fn, arg, budget);
    return found;
}

static const struct schema *ask(const struct schema *s, own_fn fn, const void *arg)
{
    struct budget budget = budget_endless();

    return ask_within(s, fn, arg, &budget);
}

static const struct schema_member *own_member(const struct schema *s, const char *name)
{
    return s->object ? member_find_key(s->object, name) : NULL;
}

static const struct schema *own_property(const struct schema *s, const void *name)
{
    const struct schema_member *m = own_member(s, name);

    return m ? m->schema : NULL;
}

static const struct schema *own_required(const struct schema *s, const void *name)
{
    const struct schema_member *m = own_member(s, name);

    return m && m->is_required ? s : NULL;
}

static const struct schema *own_hidden(const struct schema *s, const void *name)
{
    const struct schema_member *m = own_member(s, name);

    return m && m->is_hidden ? s : NULL;
}

static const struct schema *own_hidden_name(const struct schema *s, const void *arg)
{
    const struct schema_name *name = arg;
    const struct schema_member *m =
        s->object ? member_find(s->object, name->plain, name->hash) : NULL;

    return m && m->is_hidden ? s : NULL;
}

static const struct schema *own_items(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->array ? s->array->items : NULL;
}

static const struct schema *own_additional(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->object ? s->object->additional : NULL;
}

static const struct schema *own_closed(const struct schema *s, const void *arg)
{
    (void)arg;
    if (s->is_joint && s->names_members && s->object)
        return s->object->additional || s->object->unevaluated ? NULL : s;
    return s->object && ((s->object->additional && s->object->additional->is_false) ||
                         (s->object->unevaluated && s->object->unevaluated->is_false))
               ? s
               : NULL;
}

static const struct schema *own_choices(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->values ? s : NULL;
}

static const struct schema *own_default(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->fallback ? s : NULL;
}

static const struct schema *own_format(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->format ? s : NULL;
}

static const struct schema *own_content(const struct schema *s, const void *arg)
{
    (void)arg;
    return s->has_content && !s->is_encoded ? s : NULL;
}

const struct schema *schema_property(const struct schema *s, const char *name)
{
    return ask(s, own_property, name);
}

bool schema_requires(const struct schema *s, const char *name)
{
    return ask(s, own_required, name) && !schema_is_hidden(s, name);
}

bool schema_is_hidden(const struct schema *s, const char *name)
{
    return ask(s, own_hidden, name) != NULL;
}

bool walk_is_hidden(const struct schema *s, const struct schema_name *name, struct budget *budget)
{
    return ask_within(s, own_hidden_name, name, budget) != NULL;
}

const struct jvalue *walk_default(const struct schema *s, struct budget *budget)
{
    const struct schema *found = ask_within(s, own_default, NULL, budget);

    return found ? found->fallback : NULL;
}

const struct schema *schema_items(const struct schema *s)
{
    return ask(s, own_items, NULL);
}

const struct schema *schema_additional(const struct schema *s)
{
    return ask(s, own_additional, NULL);
}

bool schema_is_closed(const struct schema *s)
{
    return ask(s, own_closed, NULL) != NULL;
}

size_t schema_choices(const struct schema *s, const struct jvalue **choices)
{
    const struct schema *found = ask(s, own_choices, NULL);

    *choices = found ? found->values->items : NULL;
    return found ? found->values->count : 0;
}

bool schema_default(const struct schema *s, struct jvalue *value)
{
    const struct schema *found = ask(s, own_default, NULL);

    *value = found ? *found->fallback : (struct jvalue){0};
    return found != NULL;
}

const char *schema_format(const struct schema *s)
{
    const struct schema *found = ask(s, own_format, NULL);

    return found ? found->format->name : NULL;
}

bool schema_has_content(const struct schema *s)
{
    return ask(s, own_content, NULL) != NULL;
}

static void count_call(void *arg, const char *name, const struct schema *member)
{
    (void)name, (void)member;
    ++*(size_t *)arg;
}

size_t schema_property_count(const struct schema *s)
{
    size_t count = 0;

    schema_each_property(s, count_call, &count);
    return count;
}

void schema_each_property(const struct schema *s,
                          void (*fn)(void *arg, const char *name, const struct schema *member),
                          void *arg)
{
    for (size_t i = 0; s->object && i < s->object->member_count; i++)
        fn(arg, s->object->members[i].name.key, s->object->members[i].schema);
    if (!s->logic)
        return;
    if (s->logic->ref)
        schema_each_property(s->logic->ref, fn, arg);
    if (s->logic->dynamic)
        schema_each_property(s->logic->dynamic, fn, arg);
    for (size_t i = 0; i < s->logic->all_of.count; i++)
        schema_each_property(s->logic->all_of.items[i], fn, arg);
}
