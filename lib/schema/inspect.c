/* SPDX-License-Identifier: MIT */
/* What a compiled schema says about itself: for binding parameters and proving result columns. */
#include <string.h>

#include "lib/schema/node.h"

/* An enum or const without null rules null out. */
static int null_if_listed(struct json_object *values)
{
    int types = values ? ~SCHEMA_NULL : ~0;

    for (size_t i = 0; values && i < json_object_array_length(values); i++)
        if (!json_object_array_get_idx(values, i))
            types = ~0;
    return types;
}

int schema_types(const struct schema *s)
{
    int types = s->is_false ? 0 : s->types;

    if (s->ref)
        types &= schema_types(s->ref);
    for (size_t i = 0; i < s->all_of.count; i++)
        types &= schema_types(s->all_of.items[i]);
    return types & null_if_listed(s->values) & null_if_listed(s->constant);
}

const struct schema *schema_property(const struct schema *s, const char *name)
{
    const struct schema *found = NULL;

    for (size_t i = 0; i < s->member_count && !found; i++)
        if (strcmp(s->members[i].name, name) == 0)
            found = s->members[i].schema;
    if (!found && s->ref)
        found = schema_property(s->ref, name);
    for (size_t i = 0; i < s->all_of.count && !found; i++)
        found = schema_property(s->all_of.items[i], name);
    return found;
}

bool schema_requires(const struct schema *s, const char *name)
{
    for (size_t i = 0; i < s->member_count; i++)
        if (s->members[i].is_required && strcmp(s->members[i].name, name) == 0)
            return true;
    if (s->ref && schema_requires(s->ref, name))
        return true;
    for (size_t i = 0; i < s->all_of.count; i++)
        if (schema_requires(s->all_of.items[i], name))
            return true;
    return false;
}

const struct schema *schema_items(const struct schema *s)
{
    const struct schema *found = s->items;

    if (!found && s->ref)
        found = schema_items(s->ref);
    for (size_t i = 0; i < s->all_of.count && !found; i++)
        found = schema_items(s->all_of.items[i]);
    return found;
}

bool schema_is_closed(const struct schema *s)
{
    return s->is_closed || (s->ref && schema_is_closed(s->ref));
}

void schema_each_property(const struct schema *s,
                          void (*fn)(void *arg, const char *name, const struct schema *member),
                          void *arg)
{
    for (size_t i = 0; i < s->member_count; i++)
        fn(arg, s->members[i].name, s->members[i].schema);
    if (s->ref)
        schema_each_property(s->ref, fn, arg);
    for (size_t i = 0; i < s->all_of.count; i++)
        schema_each_property(s->all_of.items[i], fn, arg);
}
