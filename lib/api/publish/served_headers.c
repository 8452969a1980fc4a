/* SPDX-License-Identifier: MIT */
/* Two tables: the headers of requests, each with the operations that honour it, and the headers of
 * responses, each with the operations that send it and the status that it comes with. A row becomes
 * one component of the document when the first operation needs it. A response that the author has
 * put into a component is copied for the operation, since others that share the component need not
 * send the same. */
#include "lib/api/publish/served_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/api/publish/published.h"
#include "lib/api/operation/outcome.h"
#include "lib/core/json/jget.h"
#include "lib/core/slice.h"

/* What a row may have in place of the one status that its header comes with. What the limits count
 * has passed content negotiation (workers/pipeline.c). */
#define WITH_SUCCESS NULL
#define WITH_REDIRECT "3"
#define WITH_ANY ""
#define WITH_COUNTED "!406"

struct header_adder {
    struct bundle *bundle;
    struct json_object *tree, *record;
    struct json_object *names; /* of components: wish → name */
    char success[4];           /* the operation's status */
};

static bool is_get(struct json_object *op)
{
    return slice_is_choice("get|head", jget_text(op, "method"));
}

static bool always(struct header_adder *a, struct json_object *op)
{
    return a && op;
}

static bool has_etag(struct header_adder *a, struct json_object *op)
{
    return a && jget(jget(op, "sql"), "etag");
}

static bool has_location(struct header_adder *a, struct json_object *op)
{
    return a && jget(jget(op, "sql"), "location");
}

static bool is_oauth(struct header_adder *a, struct json_object *op)
{
    const char *builtin = jget_text(op, "builtin");

    return a && builtin && strncmp(builtin, "oauth.", 6) == 0;
}

static bool is_limited(struct header_adder *a, struct json_object *op)
{
    return a && outcome_is_limited(op);
}

static bool is_deprecated(struct header_adder *a, struct json_object *op)
{
    return a && jget_bool(op, "deprecated");
}

static bool has_sunset(struct header_adder *a, struct json_object *op)
{
    return a && jget(op, "sunset");
}

static bool compares(struct header_adder *a, struct json_object *op)
{
    return a && outcome_compares(op) && !outcome_wants_if_match(op);
}

static bool wants_if_match(struct header_adder *a, struct json_object *op)
{
    return a && outcome_wants_if_match(op);
}

static bool may_take_key(struct header_adder *a, struct json_object *op)
{
    return a && jget(op, "sql") && outcome_idempotency(op) == IDEMPOTENCY_OPTIONAL;
}

static bool wants_key(struct header_adder *a, struct json_object *op)
{
    return a && jget(op, "sql") && outcome_idempotency(op) == IDEMPOTENCY_REQUIRED;
}

static bool takes_key(struct header_adder *a, struct json_object *op)
{
    return may_take_key(a, op) || wants_key(a, op);
}

static bool compares_none(struct header_adder *a, struct json_object *op)
{
    return a && outcome_compares(op);
}

static bool counts(struct header_adder *a, struct json_object *op)
{
    return a && jget(jget(jget(op, "sql"), "page"), "count");
}

static const char *kind_of(struct header_adder *a, const char *name)
{
    struct json_object *schemes = jget(a->record, "schemes");

    for (size_t i = 0; i < json_object_array_length(schemes); i++) {
        struct json_object *scheme = json_object_array_get_idx(schemes, i);

        if (strcmp(jget_text(scheme, "name"), name) == 0)
            return jget_text(scheme, "kind");
    }
    return NULL;
}

/* Returns true if a browser by itself adds all credentials that the alternative requires, and one
 * of them is a cookie. */
static bool is_ambient(struct header_adder *a, struct json_object *alternative)
{
    bool has_cookie = false;

    if (!json_object_is_type(alternative, json_type_object))
        return false;
    json_object_object_foreach(alternative, name, scopes)
    {
        const char *kind = kind_of(a, name);

        (void)scopes;
        if (!kind || slice_is_choice("bearer|header", kind))
            return false;
        has_cookie |= strcmp(kind, "cookie") == 0;
    }
    return has_cookie;
}

static bool can_be_forged(struct header_adder *a, struct json_object *op)
{
    for (size_t i = 0; !is_get(op) && i < jget_count(op, "security"); i++)
        if (is_ambient(a, jget_item(op, "security", i)))
            return true;
    return false;
}

#define TEXT "{\"type\":\"string\"}"
#define KEY_TEXT                                                                                   \
    "A string that is new for each request, and that each repetition of the request carries: it "  \
    "is "                                                                                          \
    "done once, and answered the same (draft-ietf-httpapi-idempotency-key-header)."
#define SECONDS "{\"type\":\"integer\",\"minimum\":0}"

static const struct served_parameter {
    const char *component, *name;
    bool is_required;
    bool (*is_honoured)(struct header_adder *a, struct json_object *op);
    const char *description;
} served_parameters[] = {
    {"IfMatch", "If-Match", false, compares,
     "Entity tags, one of which the resource must have (RFC 9110, 13.1.1)."},
    {"IfMatchRequired", "If-Match", true, wants_if_match,
     "Entity tags, one of which the resource must have (RFC 9110, 13.1.1)."},
    {"IfNoneMatch", "If-None-Match", false, compares_none,
     "Entity tags, none of which the resource may have (RFC 9110, 13.1.2)."},
    {"IdempotencyKey", "Idempotency-Key", false, may_take_key, KEY_TEXT},
    {"IdempotencyKeyRequired", "Idempotency-Key", true, wants_key, KEY_TEXT},
    {"PreferCount", "Prefer", false, counts,
     "How far the rows of all pages are counted: count=exact, or count=\"capped(N)\" (RFC 7240)."},
    {"CsrfToken", "X-CSRF-Token", false, can_be_forged,
     "The token that the login returned. A session cookie requires it of clients that send neither "
     "Origin nor Sec-Fetch-Site."},
};

static const struct served_header {
    const char *name;
    const char *with;
    bool (*is_sent)(struct header_adder *a, struct json_object *op);
    const char *schema, *description;
} served_headers[] = {
    {"ETag", WITH_SUCCESS, has_etag, TEXT, "The entity tag of the resource (RFC 9110, 8.8.3)."},
    {"ETag", "304", has_etag, TEXT, "The entity tag of the resource (RFC 9110, 8.8.3)."},
    {"Location", WITH_SUCCESS, has_location, TEXT, "The path of the resource (RFC 9110, 10.2.2)."},
    {"Location", WITH_REDIRECT, is_oauth, TEXT, "The path of the resource (RFC 9110, 10.2.2)."},
    {"Idempotent-Replayed", WITH_SUCCESS, takes_key, "{\"const\":\"true\"}",
     "The answer of an earlier request with the same Idempotency-Key."},
    {"RateLimit-Policy", WITH_COUNTED, is_limited, TEXT, "The limits: q requests per w seconds."},
    {"RateLimit", WITH_COUNTED, is_limited, TEXT,
     "r requests are left; all are available again in t seconds."},
    {"Preference-Applied", WITH_SUCCESS, counts, TEXT,
     "The preference that was honoured (RFC 7240, 3)."},
    {"Deprecation", WITH_ANY, is_deprecated, TEXT, "The operation is deprecated (RFC 9745)."},
    {"Sunset", WITH_ANY, has_sunset, TEXT, "When the operation will be removed (RFC 8594)."},
    {"WWW-Authenticate", "401", always, TEXT, "How to authenticate (RFC 9110, 11.6.1)."},
    {"Retry-After", "429", always, SECONDS, "Seconds to wait."},
    {"Retry-After", "503", always, SECONDS, "Seconds to wait."},
};

static bool has_component(struct header_adder *a, const char *wish)
{
    return jget(a->names, wish);
}

/* Takes the component. */
static void add_component(struct header_adder *a, const char *section, const char *wish,
                          struct json_object *component)
{
    jput_text(a->names, wish, published_component(a->bundle, a->tree, section, wish, component));
}

static struct json_object *refer(struct header_adder *a, const char *section, const char *wish)
{
    return published_ref(a->bundle, section, jget_text(a->names, wish));
}

/* --- requests --- */

static bool has_parameter(struct header_adder *a, struct json_object *list, const char *name)
{
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *p = published_follow(a->tree, json_object_array_get_idx(list, i));
        const char *in = jget_text(p, "in"), *called = jget_text(p, "name");

        if (in && called && strcmp(in, "header") == 0 && strcasecmp(called, name) == 0)
            return true;
    }
    return false;
}

static struct json_object *make_parameter(const struct served_parameter *row)
{
    struct json_object *out = json_object_new_object();

    jput_text(out, "name", row->name);
    jput_text(out, "in", "header");
    if (row->is_required)
        json_object_object_add(out, "required", json_object_new_boolean(true));
    jput_text(out, "description", row->description);
    json_object_object_add(out, "schema", json_tokener_parse(TEXT));
    return out;
}

static void add_parameters(struct header_adder *a, struct json_object *op,
                           struct json_object *published)
{
    struct json_object *shared = jget(published_item(a->tree, op), "parameters");

    for (size_t i = 0; i < sizeof(served_parameters) / sizeof(*served_parameters); i++) {
        const struct served_parameter *row = &served_parameters[i];
        struct json_object *list = jget(published, "parameters");

        if (!row->is_honoured(a, op) || has_parameter(a, list, row->name) ||
            has_parameter(a, shared, row->name))
            continue;
        if (!list) {
            list = json_object_new_array();
            json_object_object_add(published, "parameters", list);
        }
        if (!has_component(a, row->component))
            add_component(a, "parameters", row->component, make_parameter(row));
        json_object_array_add(list, refer(a, "parameters", row->component));
    }
}

/* --- responses --- */

static bool has_header(struct json_object *headers, const char *name)
{
    if (!json_object_is_type(headers, json_type_object))
        return false;
    json_object_object_foreach(headers, key, value)
    {
        (void)value;
        if (strcasecmp(key, name) == 0)
            return true;
    }
    return false;
}

static struct json_object *make_header(const struct served_header *row)
{
    struct json_object *out = json_object_new_object();

    jput_text(out, "description", row->description);
    json_object_object_add(out, "schema", json_tokener_parse(row->schema));
    return out;
}

/* Returns true if the row's header comes with a response of that code, which may be a class. */
static bool comes_with(const struct header_adder *a, const struct served_header *row,
                       const char *code)
{
    if (row->with == WITH_SUCCESS)
        return strcmp(code, a->success) == 0 || strcasecmp(code, "2XX") == 0;
    if (*row->with == '!')
        return strcmp(code, row->with + 1) != 0;
    return strncmp(code, row->with, strlen(row->with)) == 0;
}

static void add_headers(struct header_adder *a, struct json_object *op,
                        struct json_object *responses, const char *code)
{
    for (size_t i = 0; i < sizeof(served_headers) / sizeof(*served_headers); i++) {
        const struct served_header *row = &served_headers[i];
        struct json_object *response;

        if (!comes_with(a, row, code) || !row->is_sent(a, op))
            continue;
        response = published_follow(a->tree, jget(responses, code));
        if (has_header(jget(response, "headers"), row->name))
            continue;
        response = published_own(a->tree, responses, code, "headers");
        if (!has_component(a, row->name))
            add_component(a, "headers", row->name, make_header(row));
        json_object_object_add(published_child(response, "headers"), row->name,
                               refer(a, "headers", row->name));
    }
}

static void add_not_modified(struct json_object *op, struct json_object *responses)
{
    struct json_object *response;

    if (!is_get(op) || !outcome_compares(op) || jget(responses, "304") || jget(responses, "3XX"))
        return;
    response = json_object_new_object();
    jput_text(response, "description", "The client has the resource as it is.");
    jput_text(response, PUBLISHED_WISH, "NotModified");
    json_object_object_add(responses, "304", response);
}

static void add_to_operation(struct header_adder *a, struct json_object *op)
{
    struct json_object *published = published_operation(a->tree, op), *codes;
    struct json_object *responses = jget(published, "responses");

    if (!json_object_is_type(responses, json_type_object))
        return;
    add_parameters(a, op, published);
    add_not_modified(op, responses);
    snprintf(a->success, sizeof(a->success), "%d", (int)jget_int(op, "status"));
    codes = published_codes(responses);
    for (size_t i = 0; i < json_object_array_length(codes); i++)
        add_headers(a, op, responses, json_object_get_string(json_object_array_get_idx(codes, i)));
    json_object_put(codes);
}

void served_headers_add(struct bundle *bundle, struct json_object *tree, struct json_object *record)
{
    struct header_adder a = {
        .bundle = bundle, .tree = tree, .record = record, .names = json_object_new_object()};

    for (size_t i = 0; i < jget_count(record, "operations"); i++)
        add_to_operation(&a, jget_item(record, "operations", i));
    json_object_put(a.names);
}
