/* SPDX-License-Identifier: MIT */
/*
 * Parameters arrive as text; the schema's type says what they become. Text that is no such value
 * is malformed (400), a value that breaks the schema is invalid (422). Both list every violation.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/core/jread.h"
#include "lib/core/utf8.h"
#include "lib/core/percent.h"
#include "workers/handlers/handlers.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"

static const char *const places[] = {"path", "query", "header", "cookie"};

/* The text as a number, boolean or JSON, as `types` allow; a string last. False: none fits. */
static bool read_value(struct slice text, int types, struct json_object **out)
{
    struct jread_fault fault;
    bool is_json = (types & ~(SCHEMA_STRING | SCHEMA_NULL)) != 0 && types != SCHEMA_ANY &&
                   jread_text(text.data, text.len, 16, NULL, out, &fault);
    enum json_type type = is_json ? json_object_get_type(*out) : json_type_null;

    if ((type == json_type_int && (types & SCHEMA_INTEGER)) ||
        (type == json_type_double && (types & SCHEMA_NUMBER)) ||
        (type == json_type_boolean && (types & SCHEMA_BOOLEAN)) ||
        (type == json_type_array && (types & SCHEMA_ARRAY)) ||
        (type == json_type_object && (types & SCHEMA_OBJECT)))
        return true;
    json_object_put(*out);
    *out = NULL;
    if (!(types & SCHEMA_STRING) || !utf8_is_valid(text.data, text.len))
        return false;
    *out = json_object_new_string_len(text.data, (int)text.len);
    return true;
}

static void set_parameter(struct request *r, size_t i, struct slice text)
{
    const struct parameter *p = &r->op->parameters[i];

    if (r->has_parameter[i]) {
        violation_add(&r->violations, places[p->in], p->pointer, "repeated", "must be sent once");
        return;
    }
    r->has_parameter[i] = true;
    if (!read_value(text, p->types, &r->parameters[i]))
        violation_add(&r->violations, places[p->in], p->pointer, "type", "must be %s",
                      schema_type_names(&r->arena, p->types));
}

static void read_query(struct request *r)
{
    struct slice rest = r->query;

    while (rest.len) {
        struct slice value = slice_cut(&rest, '&'), name = slice_cut(&value, '=');
        size_t i = 0;

        if (!name.len)
            continue;
        if (!percent_decode(name, true, &r->arena, &name) ||
            !percent_decode(value, true, &r->arena, &value)) {
            violation_add(&r->violations, "query", "", "encoding", "has a bad escape");
            continue;
        }
        while (i < r->op->parameter_count &&
               !(r->op->parameters[i].in == IN_QUERY && slice_is(name, r->op->parameters[i].name)))
            i++;
        if (i < r->op->parameter_count) {
            set_parameter(r, i, value);
            continue;
        }
        violation_add(&r->violations, "query",
                      arena_printf(&r->arena, "/%.*s", (int)name.len, name.data), "unknown",
                      "is not a known parameter");
    }
}

/* The value of a cookie (RFC 6265, 4.2.1); data is NULL where there is none. */
static struct slice find_cookie(struct request *r, const char *name)
{
    struct slice rest = http_header(r, "cookie");

    while (rest.len) {
        struct slice value = slice_trim(slice_cut(&rest, ';'));
        struct slice key = slice_cut(&value, '=');

        if (slice_is(key, name))
            return value;
    }
    return (struct slice){NULL, 0};
}

static void read_other(struct request *r, size_t i)
{
    const struct parameter *p = &r->op->parameters[i];
    struct slice text = {NULL, 0};

    if (p->in == IN_PATH)
        text = r->route.captures[p->capture];
    else if (p->in == IN_HEADER)
        text = http_header(r, p->name);
    else if (p->in == IN_COOKIE)
        text = find_cookie(r, p->name);
    if (text.data)
        set_parameter(r, i, text);
}

static void fill_defaults(struct request *r)
{
    for (size_t i = 0; i < r->op->parameter_count; i++) {
        const struct parameter *p = &r->op->parameters[i];

        if (r->has_parameter[i])
            continue;
        if (p->is_required)
            violation_add(&r->violations, places[p->in], p->pointer, "required", "is required");
        r->parameters[i] = json_object_get(p->fallback);
    }
}

static void check_schemas(struct request *r)
{
    for (size_t i = 0; i < r->op->parameter_count; i++) {
        const struct parameter *p = &r->op->parameters[i];

        if (r->has_parameter[i])
            schema_check(p->schema, r->parameters[i], places[p->in], p->pointer, &r->violations);
    }
    if (r->has_body)
        schema_check(r->op->body, r->body, "body", "", &r->violations);
}

enum flow layer_validate(struct request *r)
{
    size_t n = r->op->parameter_count;

    r->parameters = arena_zalloc(&r->arena, (n + 1) * sizeof(*r->parameters));
    r->has_parameter = arena_zalloc(&r->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        if (r->op->parameters[i].in != IN_QUERY)
            read_other(r, i);
    if (r->query.len && !handler_is_monitor(r->op)) /* probes add what they like */
        read_query(r);
    fill_defaults(r);
    if (r->violations.count)
        return pipeline_fail(r, ERR_BAD_PARAMETER);
    check_schemas(r);
    return r->violations.count ? pipeline_fail(r, ERR_INVALID) : FLOW_NEXT;
}
