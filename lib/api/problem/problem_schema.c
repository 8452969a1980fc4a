/* SPDX-License-Identifier: MIT */
/* A template says more than any schema could: literal values are the only ones, and every member is
 * always there. An enum of one value says that in 3.0 too, which has no const. */
#include "lib/api/problem/problem_schema.h"

#include "lib/api/problem/problem_format.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/pointer.h"

/* The schema of problem details, valid in 3.1 and 3.0. workers/request/problem.c writes what it
 * describes. */
static const char details_text[] =
    "{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"error\",\"request_id\"],"
    "\"properties\":{"
    "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\",\"default\":\"about:blank\"},"
    "\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},"
    "\"detail\":{\"type\":\"string\"},"
    "\"error\":{\"type\":\"string\",\"description\":\"A description of the error for people.\"},"
    "\"code\":{\"type\":\"string\",\"description\":\"An identifier of the error for programs.\"},"
    "\"request_id\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"description\":\"All violations found.\","
    "\"items\":{\"type\":\"object\",\"required\":[\"in\",\"pointer\",\"keyword\",\"message\"],"
    "\"properties\":{\"in\":{\"type\":\"string\",\"description\":\"body, path, query, header or "
    "cookie.\"},"
    "\"pointer\":{\"type\":\"string\",\"description\":\"A JSON pointer (RFC 6901).\"},"
    "\"keyword\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}},"
    "\"more\":{\"type\":\"integer\",\"minimum\":1,\"description\":\"How many more violations there "
    "are.\"}}}";

static struct json_object *schema_of(struct json_object *json, struct json_object *template);

static struct json_object *typed(const char *type)
{
    struct json_object *schema = json_object_new_object();

    jput_text(schema, "type", type);
    return schema;
}

static void put_int(struct json_object *schema, const char *key, size_t value)
{
    json_object_object_add(schema, key, json_object_new_int64((int64_t)value));
}

/* Describes `$violations`. */
static struct json_object *schema_of_violations(struct json_object *json)
{
    struct json_object *value = problem_format_value(json), *list = typed("array"), *map;

    jput_text(list, "description", "All violations found.");
    json_object_object_add(list, "items", schema_of(json, value));
    json_object_put(value);
    if (problem_format_by(json) == BY_LIST)
        return list;
    map = typed("object");
    put_int(list, "minItems", 1);
    json_object_object_add(map, "additionalProperties", list);
    return map;
}

/* Describes a string: a word, a text with words, or a text. */
static struct json_object *schema_of_string(struct json_object *json, struct json_object *string)
{
    enum problem_word word = template_word_of(string);
    struct json_object *schema, *only;

    if (word == WORD_VIOLATIONS)
        return schema_of_violations(json);
    schema = typed(word == WORD_STATUS ? "integer" : "string");
    if (word == WORD_STATUS) {
        put_int(schema, "minimum", 400);
        put_int(schema, "maximum", 599);
    } else if (!strchr(json_object_get_string(string), '$')) {
        only = json_object_new_array();
        json_object_array_add(only, json_object_get(string));
        json_object_object_add(schema, "enum", only);
    }
    return schema;
}

static struct json_object *schema_of_array(struct json_object *json, struct json_object *array)
{
    struct json_object *schema = typed("array");
    size_t n = json_object_array_length(array);

    json_object_object_add(schema, "items",
                           n == 1 ? schema_of(json, json_object_array_get_idx(array, 0))
                                  : json_object_new_object());
    put_int(schema, "minItems", n);
    put_int(schema, "maxItems", n);
    return schema;
}

static struct json_object *schema_of_object(struct json_object *json, struct json_object *object)
{
    struct json_object *schema = typed("object"), *required = json_object_new_array(),
                       *properties = json_object_new_object();

    json_object_object_foreach(object, name, value)
    {
        json_object_array_add(required, json_object_new_string(name));
        json_object_object_add(properties, name, schema_of(json, value));
    }
    if (json_object_array_length(required))
        json_object_object_add(schema, "required", required);
    else
        json_object_put(required);
    json_object_object_add(schema, "properties", properties);
    return schema;
}

/* Describes a number or a boolean; of null, which 3.0 has no type for, nothing. */
static struct json_object *schema_of_literal(struct json_object *literal)
{
    struct json_object *schema, *only;

    if (!literal)
        return json_object_new_object();
    schema = typed(json_object_is_type(literal, json_type_boolean) ? "boolean" : "number");
    only = json_object_new_array();
    json_object_array_add(only, json_object_get(literal));
    json_object_object_add(schema, "enum", only);
    return schema;
}

static struct json_object *schema_of(struct json_object *json, struct json_object *template)
{
    switch (json_object_get_type(template)) {
    case json_type_object:
        return schema_of_object(json, template);
    case json_type_array:
        return schema_of_array(json, template);
    case json_type_string:
        return schema_of_string(json, template);
    default:
        return schema_of_literal(template);
    }
}

/* Returns true if x-problems has no form of its own, but messages and the like. */
static bool is_details(struct json_object *json)
{
    return !jget(json, "body") && !jget(json, "violations");
}

struct json_object *problem_schema_make(struct json_object *json)
{
    struct json_object *body, *schema;

    if (is_details(json))
        return json_tokener_parse(details_text);
    body = problem_format_body(json);
    schema = schema_of(json, body);
    json_object_put(body);
    return schema;
}

/* --- what is never sent --- */

struct unsent_search {
    struct json_object *json, *template;
    struct arena *arena;
    const char *at;    /* pointer to the template */
    const char *found; /* or NULL */
};

static void search_schema(struct unsent_search *outer, struct json_object *template,
                          const struct schema *schema, const char *at);

static void search_property(void *arg, const char *name, const struct schema *member)
{
    struct unsent_search *s = arg;
    struct buf pointer = {0};
    struct json_object *value = NULL;
    const char *at;

    if (s->found || !member)
        return;
    buf_puts(&pointer, s->at);
    pointer_put(&pointer, slice_of(name));
    at = arena_strdup(s->arena, buf_text(&pointer));
    buf_fini(&pointer);
    if (json_object_object_get_ex(s->template, name, &value))
        search_schema(s, value, member, at);
    else
        s->found = at;
}

/* Searches the value of each violation, unless names or pointers stand above it. */
static void search_violations(struct unsent_search *outer, const struct schema *schema,
                              const char *at)
{
    struct json_object *value = problem_format_value(outer->json);

    if (problem_format_by(outer->json) == BY_LIST && schema_items(schema))
        search_schema(outer, value, schema_items(schema), arena_printf(outer->arena, "%s/0", at));
    json_object_put(value);
}

static void search_schema(struct unsent_search *outer, struct json_object *template,
                          const struct schema *schema, const char *at)
{
    struct unsent_search s = {outer->json, template, outer->arena, at, outer->found};

    if (json_object_is_type(template, json_type_object))
        schema_each_property(schema, search_property, &s);
    else if (json_object_is_type(template, json_type_array) && schema_items(schema))
        for (size_t i = 0; i < json_object_array_length(template); i++)
            search_schema(&s, json_object_array_get_idx(template, i), schema_items(schema),
                          arena_printf(s.arena, "%s/%zu", at, i));
    else if (template_word_of(template) == WORD_VIOLATIONS)
        search_violations(&s, schema, at);
    outer->found = s.found;
}

const char *problem_schema_unsent(struct json_object *json, const struct schema *schema,
                                  struct arena *arena)
{
    struct json_object *body = problem_format_body(json);
    struct unsent_search s = {.json = json, .arena = arena};

    if (!is_details(json))
        search_schema(&s, body, schema, "");
    json_object_put(body);
    return s.found;
}
