/* SPDX-License-Identifier: MIT */
/* Schemas that no value can satisfy, as far as that is cheap to see: a mistake in the document. */
#include <string.h>

#include "lib/schema/node.h"

static const char *number_hope(const struct schema_number *n)
{
    bool has_least = n->present & (1u << BOUND_MINIMUM | 1u << BOUND_EXCLUSIVE_MINIMUM);
    bool has_most = n->present & (1u << BOUND_MAXIMUM | 1u << BOUND_EXCLUSIVE_MAXIMUM);
    bool is_open = (n->present & (1u << BOUND_EXCLUSIVE_MINIMUM | 1u << BOUND_EXCLUSIVE_MAXIMUM));
    double least = n->present & 1u << BOUND_MINIMUM ? n->bound[BOUND_MINIMUM]
                                                    : n->bound[BOUND_EXCLUSIVE_MINIMUM];
    double most = n->present & 1u << BOUND_MAXIMUM ? n->bound[BOUND_MAXIMUM]
                                                   : n->bound[BOUND_EXCLUSIVE_MAXIMUM];

    return has_least && has_most && (is_open ? least >= most : least > most)
               ? "the minimum is above the maximum"
               : NULL;
}

static const char *range_hope(const struct schema_range *r)
{
    return r->least > r->most ? "the least size is above the most" : NULL;
}

static const char *object_hope(const struct schema_object *o)
{
    for (size_t i = 0; i < o->member_count; i++) {
        const struct schema_member *m = &o->members[i];

        if (m->is_required && m->schema && m->schema->is_false)
            return "a required property accepts no value";
        if (m->is_required && !m->schema && !o->pattern_count && o->additional &&
            o->additional->is_false)
            return "a required property is none that the schema allows";
    }
    return range_hope(&o->size);
}

static bool is_type_listed(const struct schema *s, struct json_object *values)
{
    static const int types[] = {[json_type_null] = SCHEMA_NULL,
                                [json_type_boolean] = SCHEMA_BOOLEAN,
                                [json_type_double] = SCHEMA_NUMBER | SCHEMA_INTEGER,
                                [json_type_int] = SCHEMA_INTEGER,
                                [json_type_object] = SCHEMA_OBJECT,
                                [json_type_array] = SCHEMA_ARRAY,
                                [json_type_string] = SCHEMA_STRING};

    for (size_t i = 0; i < json_object_array_length(values); i++)
        if (s->types & types[json_object_get_type(json_object_array_get_idx(values, i))])
            return true;
    return false;
}

const char *schema_is_hopeless(const struct schema *s)
{
    const char *why = NULL;

    if (s->values && !is_type_listed(s, s->values))
        return "no value of enum is of its type";
    if (s->constant && !is_type_listed(s, s->constant))
        return "const is not of its type";
    if (!s->is_false && !schema_types(s))
        return "its types exclude each other";
    if (s->number && (s->types & (SCHEMA_INTEGER | SCHEMA_NUMBER)))
        why = number_hope(s->number);
    if (!why && s->text && (s->types & SCHEMA_STRING))
        why = range_hope(&s->text->length);
    if (!why && s->array && (s->types & SCHEMA_ARRAY))
        why = range_hope(&s->array->size);
    if (!why && s->object && (s->types & SCHEMA_OBJECT))
        why = object_hope(s->object);
    return why;
}
