/* SPDX-License-Identifier: MIT */
/* Compares what a worker's records leave out of the responses: errors, headers, and media types
 * that are not JSON. The JSON body of the success is compared by compare.c. A code that only one
 * side has is compared with the class ("4XX") or `default` that covered it before, since that is
 * what a client is prepared for. Responses that Leat adds by itself are no promise of the author,
 * and are left out. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/api/compare/comparison.h"
#include "lib/api/request/media_type.h"
#include "lib/core/json/jget.h"

const char *comparison_place(struct comparison *c, const char *format, ...)
{
    struct arena *arena = &c->out->arena;
    const char *text;
    va_list args;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return arena_printf(arena, "%s%s%s", c->within, *c->within && *text ? " " : "", text);
}

static bool is_map(struct json_object *json)
{
    return json_object_is_type(json, json_type_object);
}

static void compare_schema(struct comparison *c, struct json_object *old, struct json_object *new,
                           enum compat_use use)
{
    comparison_schemas(c, published_side_schema(c->old_side, jget(old, "schema"), use),
                       published_side_schema(c->new_side, jget(new, "schema"), use), use);
}

/* --- headers --- */

static struct json_object *find_header(struct json_object *headers, const char *name)
{
    if (is_map(headers)) {
        json_object_object_foreach(headers, key, header)
        {
            if (strcasecmp(key, name) == 0)
                return header;
        }
    }
    return NULL;
}

static void compare_header(struct comparison *c, struct json_object *old, struct json_object *new)
{
    old = published_side_follow(c->old_side, old);
    new = published_side_follow(c->new_side, new);
    if (jget_bool(old, "required") != jget_bool(new, "required"))
        comparison_say(c, jget_bool(old, "required"), "headers",
                       jget_bool(old, "required") ? "can now be absent" : "is now always sent");
    compare_schema(c, old, new, COMPAT_TEXT_RESPONSE);
}

/* Returns true if the header says nothing: the media types of `content` do (OpenAPI 3.1, 4.8.17). */
static bool is_ignored(const char *name)
{
    return strcasecmp(name, "Content-Type") == 0;
}

void comparison_headers(struct comparison *c, struct json_object *old, struct json_object *new,
                        const char *of)
{
    if (is_map(old)) {
        json_object_object_foreach(old, name, header)
        {
            struct json_object *other = find_header(new, name);

            c->where = comparison_place(c, "%s header %s", of, name);
            if (is_ignored(name))
                continue;
            if (other)
                compare_header(c, header, other);
            else
                comparison_say(c, true, "headers", "the header is no longer sent");
        }
    }
    if (is_map(new)) { /* the end of an operation is reported with the operation */
        json_object_object_foreach(new, key, value)
        {
            (void)value;
            c->where = comparison_place(c, "%s header %s", of, key);
            if (!find_header(old, key) && !is_ignored(key) &&
                !slice_is_choice("Deprecation|Sunset", key))
                comparison_say(c, false, "headers", "the header is new");
        }
    }
}

/* --- content --- */

/* Returns the media type object that covers the type, whatever its parameters. Sets *key to its
 * type or range, unless `key` is NULL. */
static struct json_object *find_content(struct json_object *content, const char *type,
                                        const char **key)
{
    struct json_object *found = NULL;
    int best = 0;

    if (!is_map(content))
        return NULL;
    json_object_object_foreach(content, range, media)
    {
        struct slice s = slice_of(range);

        if (media_is_in_range(slice_of(type), s) && media_exactness(s) > best) {
            best = media_exactness(s);
            found = media;
            if (key)
                *key = range;
        }
    }
    return found;
}

static bool is_type(const char *type, const char *other)
{
    return other && strcasecmp(type, other) == 0;
}

/* Compares the media types of a response that a range of the old side promised: sending less than
 * "any type" breaks no client. Returns false if there are none. */
static bool compare_within(struct comparison *c, const char *range, struct json_object *old,
                           struct json_object *content)
{
    bool has_any = false;

    if (!is_map(content))
        return false;
    json_object_object_foreach(content, type, media)
    {
        if (!media_is_in_range(slice_of(type), slice_of(range)))
            continue;
        compare_schema(c, old, media, COMPAT_RESPONSE);
        has_any = true;
    }
    return has_any;
}

/* Compares a media type of the old side with what covers it on the new side, which may be a range.
 * A response in a range may be of another type than the client reads. */
static void compare_media(struct comparison *c, const char *type, struct json_object *old,
                          struct json_object *content, enum compat_use use)
{
    bool is_response = use == COMPAT_RESPONSE;
    const char *range = "";
    struct json_object *other = find_content(content, type, &range);

    if (!other && is_response && compare_within(c, type, old, content))
        return;
    if (!other) {
        comparison_say(c, true, "content", "%s is no longer %s", type,
                       is_response ? "sent" : "accepted");
        return;
    }
    if (is_response && media_exactness(slice_of(range)) < media_exactness(slice_of(type)))
        comparison_say(c, true, "content", "was %s, is now %s", type, range);
    compare_schema(c, old, other, use);
}

void comparison_content(struct comparison *c, struct json_object *old, struct json_object *new,
                        const char *of, enum compat_use use, const char *const *except)
{
    const char *sent = use == COMPAT_RESPONSE ? "sent" : "accepted";
    const char *place = comparison_place(c, "%s", of);

    if (is_map(old)) {
        json_object_object_foreach(old, type, media)
        {
            c->where = place;
            if (!except || !is_type(type, except[0]))
                compare_media(c, type, media, new, use);
        }
    }
    c->where = place;
    if (is_map(new)) {
        json_object_object_foreach(new, range, value)
        {
            (void)value;
            if (!find_content(old, range, NULL) && !(except && is_type(range, except[1])))
                comparison_say(c, false, "content", "%s is now %s", range, sent);
        }
    }
}

/* --- responses --- */

/* Returns the response of a code, or that of its class, or the default. NULL if there is none, or
 * if Leat added it. */
static struct json_object *find_response(const struct published_side *side,
                                         struct json_object *responses, const char *code)
{
    const char class[] = {code[0], 'X', 'X', '\0'};
    const char *const keys[] = {code, class, "default"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        struct json_object *found = jget(responses, keys[i]);

        if (found)
            return published_side_is_added(side, found) ? NULL : published_side_follow(side, found);
    }
    return NULL;
}

/* Returns true if the code is that of the operation's success. */
static bool is_success(const struct operation *op, const char *code)
{
    char status[12];

    if (!op)
        return false;
    snprintf(status, sizeof(status), "%d", op->status);
    return strcmp(code, status) == 0 || strcasecmp(code, "2XX") == 0;
}

bool comparison_was_declared(const struct comparison *c, int status)
{
    struct json_object *responses;
    char code[12];

    if (!c->old_side->tree)
        return false;
    responses = jget(published_side_operation(c->old_side, c->old_record), "responses");
    snprintf(code, sizeof(code), "%d", status);
    return jget(responses, code) || jget(responses, "2XX");
}

static bool has_members(struct json_object *map)
{
    return is_map(map) && json_object_object_length(map) > 0;
}

/* Returns the media type of the success, or the range, as the document has it. */
static const char *declared_type(struct json_object *record)
{
    return jget_text(jget(record, "response"), "declared");
}

static void compare_response(struct comparison *c, const char *code, struct json_object *old,
                             struct json_object *new, enum compat_use use)
{
    struct json_object *was = jget(old, "content"), *is = jget(new, "content");
    bool is_main = is_success(c->old, code) && is_success(c->new, code);
    bool is_json = is_main && c->old->response_type && c->new->response_type; /* see compare.c */
    const char *const main_types[] = {is_json ? declared_type(c->old_record) : NULL,
                                      is_json ? declared_type(c->new_record) : NULL};

    if (use == COMPAT_RESPONSE)
        comparison_headers(c, jget(old, "headers"), jget(new, "headers"), code);
    c->where = comparison_place(c, "%s", code);
    if (is_main && has_members(was) != has_members(is))
        comparison_say(c, has_members(was), "body",
                       has_members(was) ? "the body has been removed" : "a body has been added");
    else
        comparison_content(c, was, is, code, use, main_types);
}

static void compare_old(struct comparison *c, const char *code, struct json_object *old,
                        struct json_object *responses, enum compat_use use)
{
    struct json_object *new = find_response(c->new_side, responses, code);

    c->where = comparison_place(c, "%s", code);
    if (new)
        compare_response(c, code, old, new, use);
    else if (!is_success(c->old, code) || c->old->status == c->new->status)
        comparison_say(c, use == COMPAT_REQUEST, "responses", "the response is no longer declared");
}

static void compare_new(struct comparison *c, const char *code, struct json_object *new,
                        struct json_object *responses, enum compat_use use)
{
    struct json_object *old = find_response(c->old_side, responses, code);

    c->where = comparison_place(c, "%s", code);
    if (old)
        compare_response(c, code, old, new, use);
    else if (!is_success(c->new, code) || c->old->status == c->new->status)
        comparison_say(c, use == COMPAT_RESPONSE && *code == '2' && !is_success(c->new, code),
                       "responses", "the response is new");
}

void comparison_responses(struct comparison *c, struct json_object *old, struct json_object *new,
                          enum compat_use use)
{
    if (is_map(old)) {
        json_object_object_foreach(old, code, response)
        {
            if (!published_side_is_added(c->old_side, response))
                compare_old(c, code, published_side_follow(c->old_side, response), new, use);
        }
    }
    if (is_map(new)) {
        json_object_object_foreach(new, key, value)
        {
            if (!jget(old, key) && !published_side_is_added(c->new_side, value))
                compare_new(c, key, published_side_follow(c->new_side, value), old, use);
        }
    }
}
