/* SPDX-License-Identifier: MIT */
/* A published document should say every status that a client can meet, also those that the server
 * answers by itself: a generated client has no other source. An author's own word comes first: a
 * status, a class or a `default` that is declared stays, but not a body that is never sent
 * (declared_errors.h). What an operation can end in is decided by outcome.c, and each status
 * becomes one component that all operations share. */
#include "lib/api/publish/problems.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/api/publish/published.h"
#include "lib/api/operation/outcome.h"
#include "lib/core/err.h"
#include "lib/core/json/jget.h"

/* The schema of problem details, valid in 3.1 and 3.0. workers/request/reply.c writes what it
 * describes. */
static const char schema_text[] =
    "{\"type\":\"object\",\"description\":\"" PUBLISHED_PROBLEM "\","
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

struct adder {
    struct bundle *bundle;
    struct json_object *tree;
    struct json_object *rules;           /* of the document's record */
    const char *names[OUTCOME_LAST + 1]; /* of the responses, set when one is first needed */
    const char *schema;
};

static void add_schema(struct adder *a)
{
    a->schema = published_component(a->bundle, a->tree, "schemas", "Problem",
                                    json_tokener_parse(schema_text));
}

/* Makes the content of every problem. */
static struct json_object *make_content(struct adder *a)
{
    struct json_object *content = json_object_new_object(), *media = json_object_new_object();

    if (!a->schema)
        add_schema(a);
    json_object_object_add(media, "schema", published_ref(a->bundle, "schemas", a->schema));
    json_object_object_add(content, "application/problem+json", media);
    return content;
}

/* Adds the response component of a status and names it by its reason: "Not Found" becomes
 * NotFound. */
static void add_response(struct adder *a, int status)
{
    struct json_object *response = json_object_new_object();
    char wish[64], *to = wish;

    for (const char *c = err_reason(status); *c && to < wish + sizeof(wish) - 1; c++)
        if (isalnum((unsigned char)*c))
            *to++ = *c;
    *to = '\0';
    jput_text(response, "description", outcome_describe(status));
    json_object_object_add(response, "content", make_content(a));
    a->names[status] = published_component(a->bundle, a->tree, "responses", wish, response);
}

static bool is_declared(struct json_object *responses, const char *code)
{
    char class[] = {code[0], 'X', 'X', '\0'};

    return jget(responses, code) || jget(responses, class);
}

/* Replaces the bodies of declared errors that are never sent by the one that is. */
static void replace_unsent(struct adder *a, struct json_object *op, struct json_object *responses)
{
    for (size_t i = 0; i < jget_count(op, "unsent"); i++) {
        const char *code = json_object_get_string(jget_item(op, "unsent", i));

        json_object_object_add(published_own(a->tree, responses, code, "headers"), "content",
                               make_content(a));
    }
}

static void add_to_operation(struct adder *a, struct json_object *op, struct json_object *responses)
{
    bool can[OUTCOME_LAST + 1] = {false};

    if (!json_object_is_type(responses, json_type_object))
        return;
    replace_unsent(a, op, responses);
    if (jget(responses, "default"))
        return;
    outcome_find(op, a->rules, can);
    for (int status = OUTCOME_FIRST; status <= OUTCOME_LAST; status++) {
        char code[4];

        if (!can[status])
            continue;
        snprintf(code, sizeof(code), "%d", status);
        if (is_declared(responses, code))
            continue;
        if (!a->names[status])
            add_response(a, status);
        json_object_object_add(responses, code,
                               published_ref(a->bundle, "responses", a->names[status]));
    }
}

void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct adder a = {.bundle = bundle, .tree = tree, .rules = jget(record, "rules")};

    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = jget_item(record, "operations", i);

        add_to_operation(&a, op, jget(published_operation(tree, op), "responses"));
    }
}
