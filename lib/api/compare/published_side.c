/* SPDX-License-Identifier: MIT */
#include "lib/api/compare/published_side.h"

#include <string.h>

#include "lib/api/publish/published.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { PUBLISHED_DEPTH = 1024 };

static const char published_uri[] = "published";

void published_side_init(struct published_side *s, struct json_object *record)
{
    struct json_object *halves = jget(jget(record, "published"), "json");
    const char *before = json_object_get_string(json_object_array_get_idx(halves, 0)),
               *after = json_object_get_string(json_object_array_get_idx(halves, 1));
    struct jread_fault fault;
    struct buf text = {0};

    *s = (struct published_side){.servers = jget(record, "servers")};
    buf_printf(&text, "%s\"/\"%s", before ? before : "", after ? after : "");
    if (jread_text(text.data, text.len, PUBLISHED_DEPTH, published_uri, &s->tree, &fault)) {
        s->schemas = schema_set_new(&s->arena, &s->diags, NULL, NULL);
        schema_set_unbind(s->schemas);
        schema_set_add(s->schemas, published_uri, s->tree);
    }
    buf_fini(&text);
}

void published_side_fini(struct published_side *s)
{
    if (s->schemas)
        schema_set_free(&s->schemas);
    json_object_put(s->tree);
    diags_fini(&s->diags);
    arena_fini(&s->arena);
}

struct json_object *published_side_follow(const struct published_side *s,
                                          struct json_object *object)
{
    return published_follow(s->tree, object);
}

struct json_object *published_side_operation(const struct published_side *s,
                                             struct json_object *record)
{
    return published_operation(s->tree, record);
}

const struct schema *published_side_schema(struct published_side *s, struct json_object *json,
                                           enum compat_use use)
{
    bool is_request = use == COMPAT_REQUEST || use == COMPAT_TEXT;

    return schema_compile(s->schemas, published_uri, json,
                          is_request ? SCHEMA_REQUEST : SCHEMA_RESPONSE);
}

bool published_side_is_added(const struct published_side *s, struct json_object *response)
{
    return published_is_problem(s->tree, response);
}
