/* SPDX-License-Identifier: MIT */
/* A published document should say every status that a client can meet, also those that the server
 * answers by itself: a generated client has no other source. An author's own word comes first: a
 * status, a class or a `default` that is declared stays, but not a body that is never sent
 * (declared_errors.h). What an operation can end in is decided by outcome.c, and each status
 * is one component of all operations whose answers are equal, headers included. */
#include "lib/api/publish/problems.h"

#include <ctype.h>
#include <stdio.h>

#include "lib/api/publish/published.h"
#include "lib/api/operation/outcome.h"
#include "lib/api/problem/problem_format.h"
#include "lib/api/problem/problem_schema.h"
#include "lib/core/err.h"
#include "lib/core/json/jget.h"

struct adder {
    struct bundle *bundle;
    struct json_object *tree;
    struct json_object *rules;    /* of the document's record */
    struct json_object *problems; /* x-problems, or NULL */
    const char *schema;
};

/* Adds the schema of the document's own form of errors, or else of problem details. */
static void add_schema(struct adder *a)
{
    struct json_object *schema = problem_schema_make(a->problems);

    jput_text(schema, "description", a->problems ? PUBLISHED_ERROR : PUBLISHED_PROBLEM);
    a->schema = published_component(a->bundle, a->tree, "schemas",
                                    a->problems ? "Error" : "Problem", schema);
}

/* Makes the content of every problem. */
static struct json_object *make_content(struct adder *a)
{
    struct json_object *content = json_object_new_object(), *media = json_object_new_object();

    if (!a->schema)
        add_schema(a);
    json_object_object_add(media, "schema", published_ref(a->bundle, "schemas", a->schema));
    json_object_object_add(content, problem_format_type_of(a->problems), media);
    return content;
}

/* Makes the response of a status, which wishes to be called by its reason: "Not Found" becomes
 * NotFound. */
static struct json_object *make_response(struct adder *a, int status)
{
    struct json_object *response = json_object_new_object();
    char wish[64], *to = wish;

    for (const char *c = err_reason(status); *c && to < wish + sizeof(wish) - 1; c++)
        if (isalnum((unsigned char)*c))
            *to++ = *c;
    *to = '\0';
    jput_text(response, "description", outcome_describe(status));
    json_object_object_add(response, "content", make_content(a));
    jput_text(response, PUBLISHED_WISH, wish);
    return response;
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
        if (!is_declared(responses, code))
            json_object_object_add(responses, code, make_response(a, status));
    }
}

/* Replaces the response, if it was added by the server, by a reference to the component that has
 * its text. `names`: text → component. */
static void share_response(struct bundle *bundle, struct json_object *tree,
                           struct json_object *names, struct json_object *responses,
                           const char *code)
{
    struct json_object *response = jget(responses, code);
    const char *wish = jget_text(response, PUBLISHED_WISH), *text;

    if (!wish)
        return;
    wish = arena_strdup(bundle->refs->arena, wish);
    json_object_object_del(response, PUBLISHED_WISH);
    text = json_object_to_json_string_ext(response, JSON_C_TO_STRING_PLAIN);
    if (!jget(names, text))
        jput_text(names, text,
                  published_component(bundle, tree, "responses", wish, json_object_get(response)));
    json_object_object_add(responses, code,
                           published_ref(bundle, "responses", jget_text(names, text)));
}

void problems_share(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct json_object *names = json_object_new_object();

    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = published_operation(tree, jget_item(record, "operations", i));
        struct json_object *responses = jget(op, "responses"), *codes = published_codes(responses);

        for (size_t k = 0; k < json_object_array_length(codes); k++)
            share_response(bundle, tree, names, responses,
                           json_object_get_string(json_object_array_get_idx(codes, k)));
        json_object_put(codes);
    }
    json_object_put(names);
}

void problems_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct adder a = {.bundle = bundle,
                      .tree = tree,
                      .rules = jget(record, "rules"),
                      .problems = jget(record, "problems")};

    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = jget_item(record, "operations", i);

        add_to_operation(&a, op, jget(published_operation(tree, op), "responses"));
    }
}
