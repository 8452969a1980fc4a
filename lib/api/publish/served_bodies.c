/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/served_bodies.h"

#include "lib/api/publish/published.h"
#include "lib/core/json/jget.h"

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

void served_bodies_keep(struct json_object *tree, struct json_object *record)
{
    for (size_t i = 0; i < jget_count(record, "operations"); i++)
        remove_unread(tree, jget_item(record, "operations", i));
}
