/* SPDX-License-Identifier: MIT */
#include "lib/api/document/closed_bodies.h"

#include <string.h>

#include "lib/api/document/published.h"
#include "lib/core/json/jget.h"

static void close_schema(struct json_object *schema)
{
    if (json_object_is_type(schema, json_type_object) && !jget(schema, "additionalProperties") &&
        !jget(schema, "unevaluatedProperties"))
        json_object_object_add(schema, "unevaluatedProperties", json_object_new_boolean(false));
}

static void close_bodies(struct json_object *tree, struct json_object *operation)
{
    struct json_object *bodies = jget(operation, "body");
    struct json_object *published = published_operation(tree, operation);
    struct json_object *content =
        jget(published_follow(tree, jget(published, "requestBody")), "content");

    for (size_t i = 0; i < jget_count(bodies, "content"); i++) {
        struct json_object *media = jget_item(bodies, "content", i);

        if (jget_bool(media, "closed"))
            close_schema(jget(jget(content, jget_text(media, "type")), "schema"));
    }
}

void closed_bodies_add(struct json_object *tree, struct json_object *record)
{
    if (strncmp(jget_text(tree, "openapi"), "3.0", 3) == 0)
        return;
    for (size_t i = 0; i < jget_count(record, "operations"); i++)
        close_bodies(tree, jget_item(record, "operations", i));
}
