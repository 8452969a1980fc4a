/* SPDX-License-Identifier: MIT */
/* Compares the requests that the server sends: callbacks (OpenAPI 3.1, 4.8.18) and webhooks
 * (4.8.1). Directions change places: what the server sends is like a response, and what it accepts
 * from the client in return is like a request. */
#include <ctype.h>
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/json/jget.h"

static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                      "options", "head", "patch", "trace"};

/* Returns the parameters of an operation and its path item as a map by place and name. The
 * caller's. */
static struct json_object *map_parameters(struct comparison *c, const struct published_side *side,
                                          struct json_object *item, struct json_object *op)
{
    struct json_object *const owners[] = {item, op}, *out = json_object_new_object();

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < jget_count(owners[i], "parameters"); k++) {
            struct json_object *p =
                published_side_follow(side, jget_item(owners[i], "parameters", k));
            const char *in = jget_text(p, "in"), *name = jget_text(p, "name");

            if (in && name)
                json_object_object_add(out, arena_printf(&c->out->arena, "%s %s", in, name),
                                       json_object_get(p));
        }
    return out;
}

static void compare_parameters(struct comparison *c, struct json_object *old,
                               struct json_object *new)
{
    json_object_object_foreach(old, name, parameter)
    {
        struct json_object *other = jget(new, name);
        enum compat_use use = COMPAT_RESPONSE;

        c->where = comparison_place(c, "%s", name);
        if (other)
            comparison_schemas(c,
                               published_side_schema(c->old_side, jget(parameter, "schema"), use),
                               published_side_schema(c->new_side, jget(other, "schema"), use), use);
        else
            comparison_say(c, true, "in", "the parameter is no longer sent");
    }
}

static void compare_sent(struct comparison *c, struct json_object *old_item,
                         struct json_object *new_item, struct json_object *old,
                         struct json_object *new)
{
    struct json_object *body = published_side_follow(c->old_side, jget(old, "requestBody"));
    struct json_object *other = published_side_follow(c->new_side, jget(new, "requestBody"));
    struct json_object *was = map_parameters(c, c->old_side, old_item, old);
    struct json_object *is = map_parameters(c, c->new_side, new_item, new);

    compare_parameters(c, was, is);
    comparison_content(c, jget(body, "content"), jget(other, "content"), "body", COMPAT_RESPONSE,
                       NULL);
    comparison_responses(c, jget(old, "responses"), jget(new, "responses"), COMPAT_REQUEST);
    json_object_put(was);
    json_object_put(is);
}

static const char *upper(struct comparison *c, const char *method)
{
    char *text = arena_strdup(&c->out->arena, method);

    for (char *at = text; *at; at++)
        *at = (char)toupper((unsigned char)*at);
    return text;
}

/* Compares the operations of a path item of a callback or webhook. */
static void compare_item(struct comparison *c, struct json_object *old, struct json_object *new,
                         const char *name)
{
    old = published_side_follow(c->old_side, old);
    new = published_side_follow(c->new_side, new);
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        struct json_object *was = jget(old, methods[i]), *is = jget(new, methods[i]);

        c->within = arena_printf(&c->out->arena, "%s %s", name, upper(c, methods[i]));
        c->where = c->within;
        if (was && is)
            compare_sent(c, old, new, was, is);
        else if (was || is)
            comparison_say(c, was != NULL, "operation",
                           was ? "the request is no longer sent" : "the request is new");
    }
    c->within = "";
}

/* Compares two maps of path items. */
static void compare_items(struct comparison *c, struct json_object *old, struct json_object *new,
                          const char *kind)
{
    if (json_object_is_type(old, json_type_object)) {
        json_object_object_foreach(old, name, item)
        {
            compare_item(c, item, jget(new, name),
                         arena_printf(&c->out->arena, "%s %s", kind, name));
        }
    }
    if (json_object_is_type(new, json_type_object)) {
        json_object_object_foreach(new, key, value)
        {
            if (!jget(old, key))
                compare_item(c, NULL, value, arena_printf(&c->out->arena, "%s %s", kind, key));
        }
    }
}

static void compare_callback(struct comparison *c, const char *name, struct json_object *old,
                             struct json_object *new)
{
    compare_items(c, published_side_follow(c->old_side, old),
                  published_side_follow(c->new_side, new),
                  arena_printf(&c->out->arena, "callback %s", name));
}

void comparison_callbacks(struct comparison *c, struct json_object *old, struct json_object *new)
{
    if (json_object_is_type(old, json_type_object)) {
        json_object_object_foreach(old, name, callback)
        {
            compare_callback(c, name, callback, jget(new, name));
        }
    }
    if (json_object_is_type(new, json_type_object)) {
        json_object_object_foreach(new, key, value)
        {
            if (!jget(old, key))
                compare_callback(c, key, NULL, value);
        }
    }
}

void comparison_webhooks(struct comparison *c)
{
    compare_items(c, jget(c->old_side->tree, "webhooks"), jget(c->new_side->tree, "webhooks"),
                  "webhook");
}
