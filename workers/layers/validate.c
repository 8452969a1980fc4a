/* SPDX-License-Identifier: MIT */
/*
 * Parameters arrive as text; the schema's type says what they become. Text that is no such value
 * is malformed (400), a value that breaks the schema is invalid (422). Both list every violation.
 */
#include "workers/authentication.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"

static const char *const places[] = {"path", "query", "header", "cookie"};

static struct slice find_text(struct request *r, const struct parameter *p)
{
    switch (p->in) {
    case IN_PATH:
        return r->route.captures[p->capture];
    case IN_HEADER:
        return http_header_list(r, p->field.name);
    case IN_COOKIE:
        return authentication_cookie(r, p->field.name);
    case IN_QUERY:
        break;
    }
    return (struct slice){NULL, 0};
}

static void read_other(struct request *r, size_t i)
{
    const struct parameter *p = &r->op->parameters[i];
    struct field_value *out = &r->parameters[i];
    struct slice text = find_text(r, p);

    out->is_there = text.data != NULL;
    if (out->is_there)
        field_read(&p->field, text, p->in == IN_PATH, places[p->in], &r->arena, &r->violations,
                   &out->value);
}

static void read_query(struct request *r)
{
    struct json_object *others = r->op->is_open ? json_object_new_object() : NULL;

    fields_read(r->op->query, r->op->query_count, r->query, "query", &r->arena, &r->violations,
                r->parameters, others);
    json_object_put(others);
}

static void fill_parameters(struct request *r)
{
    for (size_t i = 0; i < r->op->parameter_count; i++) {
        const struct parameter *p = &r->op->parameters[i];

        if (r->parameters[i].is_there)
            continue;
        if (p->is_required)
            violation_add(&r->violations, places[p->in], p->field.pointer, "required",
                          "is required");
        r->parameters[i].value = json_object_get(p->fallback);
    }
}

/* Adds the defaults of the body, once it is known what the client itself has sent. */
static void fill_body(struct request *r)
{
    const struct operation *op = r->op;

    r->sent = arena_zalloc(&r->arena, op->input_count + 1);
    for (size_t i = 0; i < op->input_count; i++)
        r->sent[i] = op->inputs[i].from == INPUT_HAS && op->inputs[i].argument &&
                     json_object_is_type(r->body, json_type_object) &&
                     json_object_object_get_ex(r->body, op->inputs[i].argument, NULL);
    schema_fill(r->media->schema, r->body);
    r->is_rewritten = true;
}

static void check_schemas(struct request *r)
{
    for (size_t i = 0; i < r->op->parameter_count; i++) {
        const struct parameter *p = &r->op->parameters[i];

        if (r->parameters[i].is_there && !r->parameters[i].is_empty)
            schema_check(p->field.schema, r->parameters[i].value, places[p->in], p->field.pointer,
                         &r->violations);
    }
    if (!r->media || r->media->kind == MEDIA_BYTES)
        return;
    if (r->op->fills && r->media->kind != MEDIA_MERGE_PATCH)
        fill_body(r);
    schema_check(r->media->schema, r->body, "body", "", &r->violations);
}

enum flow layer_validate(struct request *r)
{
    size_t n = r->op->parameter_count;

    r->parameters = arena_zalloc(&r->arena, (n + 1) * sizeof(*r->parameters));
    for (size_t i = r->op->query_count; i < n; i++)
        read_other(r, i);
    if (r->query.len && r->op->index < r->worker->api->count) /* probes add what they like */
        read_query(r);
    fill_parameters(r);
    if (r->violations.count)
        return pipeline_fail(r, ERR_BAD_PARAMETER);
    check_schemas(r);
    return r->violations.count ? pipeline_fail(r, ERR_INVALID) : FLOW_NEXT;
}
