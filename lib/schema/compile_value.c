/* SPDX-License-Identifier: MIT */
/* Compiles the keywords of any value, of numbers and of strings (JSON Schema 2020-12, validation,
 * 6). What OpenAPI 3.0 writes differently (`nullable`, boolean exclusive bounds) is translated
 * here, so that checks know only 2020-12. Bounds are kept as doubles; whether a bound is exactly a
 * whole number is recorded, so that comparisons with integers stay exact. */
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/fault.h"
#include "lib/core/json/mark.h"
#include "lib/schema/compile.h"
#include "lib/schema/types.h"
#include "lib/schema/equal.h"

void compile_type(struct compiler *c, struct json_object *value)
{
    bool is_list = json_object_is_type(value, json_type_array);
    size_t n = is_list ? json_object_array_length(value) : 1;
    int types = 0;

    for (size_t i = 0; i < n; i++) {
        struct json_object *name = is_list ? json_object_array_get_idx(value, i) : value;
        int bit = json_object_is_type(name, json_type_string)
                      ? types_bit(json_object_get_string(name))
                      : 0;

        if (!bit)
            compile_complain(c,
                             "%s is not a type; allowed: null, boolean, integer, number, "
                             "string, array, object",
                             json_object_get_string(name));
        else if (types & bit)
            compile_complain(c, "%s occurs twice", json_object_get_string(name));
        if (c->resource->is_3_0 && bit == SCHEMA_NULL)
            compile_complain(c, "null is a type only since OpenAPI 3.1; write nullable: true");
        types |= bit;
    }
    if (is_list && c->resource->is_3_0)
        compile_complain(c, "is a list only since OpenAPI 3.1");
    if (!n)
        compile_complain(c, "must name at least one type");
    if (!types) /* the mistake was already reported */
        types = SCHEMA_ANY;
    if (types & SCHEMA_NUMBER)
        types |= SCHEMA_INTEGER;
    if (jget_bool(c->json, "nullable"))
        types |= SCHEMA_NULL;
    c->node->types = types;
}

/* OpenAPI 3.0.3, 4.7.24.1. It is found in 3.1 documents too, where it can only mean the same. */
void compile_nullable(struct compiler *c, struct json_object *value)
{
    if (!c->resource->is_3_0)
        registry_doubt(c->set, false, mark_key(c->json, "nullable"),
                       "nullable: is OpenAPI 3.0; since 3.1 null is a type: write type: [%s, "
                       "\"null\"]",
                       jget_text(c->json, "type") ? jget_text(c->json, "type") : "string");
    if (json_object_get_boolean(value) && c->node->types != SCHEMA_ANY)
        c->node->types |= SCHEMA_NULL;
}

void compile_enum(struct compiler *c, struct json_object *value)
{
    c->node->values = values_new(c->set->arena, value);
}

void compile_const(struct compiler *c, struct json_object *value)
{
    c->node->constant = values_of_one(c->set->arena, value);
}

void compile_default(struct compiler *c, struct json_object *value)
{
    struct jvalue *copy = arena_alloc(c->set->arena, sizeof(*copy));

    *copy = jvalue_of(c->set->arena, value);
    c->node->fallback = copy;
    c->set->has_defaults = true;
}

static bool read_whole(struct json_object *number, int64_t *out)
{
    struct jvalue value = jvalue_of(NULL, number); /* numbers need no arena */

    return equal_read_whole(&value, out);
}

static void set_bound(struct compiler *c, enum schema_bound bound, struct json_object *value)
{
    struct schema_number *n = node_number(c);

    n->bound[bound] = json_object_get_double(value);
    n->present |= 1u << bound;
    if (bound == BOUND_MULTIPLE_OF)
        n->divisor = decimal_of(n->bound[bound]);
    if (read_whole(value, &n->whole[bound]))
        n->exact |= 1u << bound;
}

/* In OpenAPI 3.0, exclusiveMinimum is a boolean that makes minimum exclusive. */
static void compile_exclusive(struct compiler *c, bool is_exclusive, enum schema_bound bound)
{
    enum schema_bound plain = bound - BOUND_EXCLUSIVE_MINIMUM;
    struct json_object *value = jget(c->json, plain == BOUND_MINIMUM ? "minimum" : "maximum");

    if (!c->resource->is_3_0)
        compile_complain(c, "must be a number (a boolean is OpenAPI 3.0)");
    else if (is_exclusive && (json_object_is_type(value, json_type_int) ||
                              json_object_is_type(value, json_type_double)))
        set_bound(c, bound, value);
}

void compile_bound(struct compiler *c, struct json_object *value)
{
    static const char *const names[BOUND_COUNT] = {"minimum", "maximum", "exclusiveMinimum",
                                                   "exclusiveMaximum", "multipleOf"};
    enum schema_bound bound = BOUND_MINIMUM;

    while (strcmp(names[bound], c->keyword) != 0)
        bound++;
    if (json_object_is_type(value, json_type_boolean))
        compile_exclusive(c, json_object_get_boolean(value), bound);
    else if (c->resource->is_3_0 && *c->keyword == 'e')
        compile_complain(c, "must be true or false (a number is OpenAPI 3.1)");
    else if (bound == BOUND_MULTIPLE_OF && !(json_object_get_double(value) > 0))
        compile_complain(c, "must be greater than 0");
    else
        set_bound(c, bound, value);
}

void compile_size(struct compiler *c, struct json_object *value, size_t *out)
{
    int64_t whole;

    if (!read_whole(value, &whole) || whole < 0)
        compile_complain(c, "must be an integer, 0 or more");
    else
        *out = (size_t)whole;
}

void compile_length(struct compiler *c, struct json_object *value)
{
    struct schema_range *length = &node_text(c)->length;

    compile_size(c, value, c->keyword[1] == 'i' ? &length->least : &length->most);
}

static void free_pattern(void *pattern)
{
    struct pattern *p = pattern;

    pattern_free(&p);
}

const struct pattern *compile_pattern(struct compiler *c, struct json_object *at, const char *text)
{
    struct fault fault;
    struct pattern *p = pattern_new(text, strlen(text), &fault);

    if (p)
        arena_defer(c->set->arena, free_pattern, p);
    else
        registry_complain(c->set, mark_key(at, at == c->json ? c->keyword : text),
                          "%s: %s: %s, at character %zu", c->keyword, text, fault.text,
                          fault.offset + 1);
    return p;
}

void compile_text_pattern(struct compiler *c, struct json_object *value)
{
    struct schema_text *t = node_text(c);

    t->pattern_text = arena_strdup(c->set->arena, json_object_get_string(value));
    t->pattern = compile_pattern(c, c->json, t->pattern_text);
}

void compile_format(struct compiler *c, struct json_object *value)
{
    if (!c->set->annotates_formats)
        c->node->format = format_find(json_object_get_string(value));
}

void compile_content_media(struct compiler *c, struct json_object *value)
{
    (void)value;
    c->node->has_content = true;
}

void compile_content_encoding(struct compiler *c, struct json_object *value)
{
    (void)value;
    c->node->is_encoded = true;
}
