/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/served_bodies.h"

#include <stdio.h>
#include <strings.h>

#include "lib/api/operation/outcome.h"
#include "lib/api/publish/published.h"
#include "lib/core/json/jget.h"
#include "lib/core/slice.h"

static void remove_unread(struct json_object *tree, struct json_object *op)
{
    struct json_object *body = jget(op, "body"), *content;

    if (!jget_count(body, "unread"))
        return;
    content = jget(published_own(tree, published_operation(tree, op), "requestBody", "content"),
                   "content");
    for (size_t i = 0; i < jget_count(body, "unread"); i++)
        json_object_object_del(content, json_object_get_string(jget_item(body, "unread", i)));
}

bool served_bodies_has(const char *code)
{
    return code[0] != '1' && !slice_is_choice("204|205|304", code);
}

/* Returns the status that the operation answers for a declared code, which may be a class. */
static const char *answered(const char *code, const char *success)
{
    return strcasecmp(code, "2XX") == 0 ? success : code;
}

static void remove_unsent(struct json_object *tree, struct json_object *op)
{
    struct json_object *responses = jget(published_operation(tree, op), "responses");
    struct json_object *codes = published_codes(responses);
    bool is_head = slice_is_choice("head", jget_text(op, "method"));
    char success[12];

    snprintf(success, sizeof(success), "%d", (int)jget_int(op, "status"));
    for (size_t i = 0; i < json_object_array_length(codes); i++) {
        const char *code = json_object_get_string(json_object_array_get_idx(codes, i));

        if ((is_head || !served_bodies_has(answered(code, success))) &&
            jget(published_follow(tree, jget(responses, code)), "content"))
            json_object_object_del(published_own(tree, responses, code, "headers"), "content");
    }
    json_object_put(codes);
}

void served_bodies_keep(struct json_object *tree, struct json_object *record)
{
    for (size_t i = 0; i < jget_count(record, "operations"); i++) {
        struct json_object *op = jget_item(record, "operations", i);

        remove_unread(tree, op);
        if (outcome_is_bound(op))
            remove_unsent(tree, op);
    }
}
