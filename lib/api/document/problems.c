/* SPDX-License-Identifier: MIT */
/* A published document should say every status that a client can meet, also those that the server
 * answers by itself: a generated client has no other source. An author's own word comes first: a
 * status, a class or a `default` that is declared stays untouched. What an operation can end in is
 * decided by outcome.c, and each status becomes one component that all operations share. */
#include "lib/api/document/problems.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/api/operation/outcome.h"
#include "lib/core/err.h"
#include "lib/core/json/jget.h"

/* The schema of problem details, valid in 3.1 and 3.0. workers/request/reply.c writes what it
 * describes. */
static const char schema_text[] =
    "{\"type\":\"object\",\"description\":\"Problem details (RFC 9457).\","
    "\"required\":[\"type\",\"title\",\"status\",\"error\",\"request_id\"],\"properties\":{"
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

/* The headers of a response that clients go by. */
static const struct {
    int status;
    const char *headers;
} header_texts[] = {
    {429, "{\"Retry-After\":{\"description\":\"Seconds to wait.\","
          "\"schema\":{\"type\":\"integer\",\"minimum\":0}},"
          "\"RateLimit-Policy\":{\"description\":\"The limits: q requests per w seconds.\","
          "\"schema\":{\"type\":\"string\"}},"
          "\"RateLimit\":{\"description\":\"r requests are left; all are available again in t "
          "seconds.\","
          "\"schema\":{\"type\":\"string\"}}}"},
};

struct adder {
    struct bundle *bundle;
    struct json_object *tree;
    struct json_object *rules;           /* of the document's record */
    const char *names[OUTCOME_LAST + 1]; /* of the responses, set when one is first needed */
    const char *schema;
};

static struct json_object *section(struct adder *a, const char *name)
{
    struct json_object *components = jget(a->tree, "components"), *map;

    if (!components) {
        components = json_object_new_object();
        json_object_object_add(a->tree, "components", components);
    }
    map = jget(components, name);
    if (!map) {
        map = json_object_new_object();
        json_object_object_add(components, name, map);
    }
    return map;
}

static struct json_object *make_ref(struct adder *a, const char *in, const char *name)
{
    struct json_object *ref = json_object_new_object();

    jput_text(ref, "$ref", arena_printf(a->bundle->refs->arena, "#/components/%s/%s", in, name));
    return ref;
}

static void add_schema(struct adder *a)
{
    a->schema = bundle_name(a->bundle, "schemas", "Problem");
    json_object_object_add(section(a, "schemas"), a->schema, json_tokener_parse(schema_text));
}

/* Adds the response component of a status and names it by its reason: "Not Found" becomes
 * NotFound. */
static void add_response(struct adder *a, int status)
{
    struct json_object *response = json_object_new_object(), *media = json_object_new_object(),
                       *content = json_object_new_object();
    char wish[64], *to = wish;

    if (!a->schema)
        add_schema(a);
    for (const char *c = err_reason(status); *c && to < wish + sizeof(wish) - 1; c++)
        if (isalnum((unsigned char)*c))
            *to++ = *c;
    *to = '\0';
    a->names[status] = bundle_name(a->bundle, "responses", wish);
    jput_text(response, "description", outcome_describe(status));
    json_object_object_add(media, "schema", make_ref(a, "schemas", a->schema));
    json_object_object_add(content, "application/problem+json", media);
    for (size_t i = 0; i < sizeof(header_texts) / sizeof(*header_texts); i++)
        if (header_texts[i].status == status)
            json_object_object_add(response, "headers",
                                   json_tokener_parse(header_texts[i].headers));
    json_object_object_add(response, "content", content);
    json_object_object_add(section(a, "responses"), a->names[status], response);
}

static bool is_declared(struct json_object *responses, const char *code)
{
    char class[] = {code[0], 'X', 'X', '\0'};

    return jget(responses, code) || jget(responses, class);
}

static void add_to_operation(struct adder *a, struct json_object *op, struct json_object *responses)
{
    bool can[OUTCOME_LAST + 1] = {false};

    if (!json_object_is_type(responses, json_type_object) || jget(responses, "default"))
        return;
    outcome_find(op, a->rules, can);
    for (int status = OUTCOME_FIRST; status <= OUTCOME_LAST; status++) {
        char code[4];

        snprintf(code, sizeof(code), "%d", status);
        if (!can[status] || is_declared(responses, code))
            continue;
        if (!a->names[status])
            add_response(a, status);
        json_object_object_add(responses, code, make_ref(a, "responses", a->names[status]));
    }
}

/* Returns the path item, through the reference if the tree has only that. */
static struct json_object *find_item(struct json_object *tree, const char *path)
{
    struct json_object *item = jget(jget(tree, "paths"), path), *target;
    const char *ref = jget_text(item, "$ref");

    return ref && *ref == '#' && json_pointer_get(tree, ref + 1, &target) == 0 ? target : item;
}

void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct adder a = {.bundle = bundle, .tree = tree, .rules = jget(record, "rules")};

    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = jget_item(record, "operations", i);
        struct json_object *item = find_item(tree, jget_text(op, "path"));

        add_to_operation(&a, op, jget(jget(item, jget_text(op, "method")), "responses"));
    }
}
