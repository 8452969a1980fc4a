/* SPDX-License-Identifier: MIT */
/*
 * Converts parameters from text by their schema's type, and checks them and the body. A required
 * parameter that is absent, one that is not declared, and text that is no value of the type are
 * malformed (400); a value that violates the schema is invalid (422). Either answer lists every
 * violation. Absent properties of the body get their defaults, but not in a merge patch (RFC 7396).
 */
#include "workers/identity/authentication.h"
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

static struct field_reader reader_of(struct request *r, enum parameter_in in)
{
    return (struct field_reader){
        .in = places[in], .arena = &r->arena, .budget = &r->budget, .v = &r->violations};
}

static void read_other(struct request *r, size_t i)
{
    const struct parameter *p = &r->op->parameters[i];
    struct field_value *out = &r->parameters[i];
    struct slice text = find_text(r, p);

    out->is_there = text.data != NULL;
    if (out->is_there) {
        struct field_reader reader = reader_of(r, p->in);

        field_read(&p->field, text, p->in == IN_PATH, &reader, &out->value);
    }
}

static void read_query(struct request *r)
{
    struct field_reader reader = reader_of(r, IN_QUERY);
    struct jvalue others = {.type = JOBJECT};

    fields_read(r->op->query, r->op->query_count, r->query, &reader, r->parameters,
                r->op->allows_undeclared ? &others : NULL);
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
        r->parameters[i].value = p->fallback;
    }
}

/* Adds the defaults to the body, after noting which members the client itself has sent. */
static bool fill_body(struct request *r)
{
    const struct operation *op = r->op;

    r->sent = arena_zalloc(&r->arena, op->input_count + 1);
    for (size_t i = 0; i < op->input_count; i++)
        r->sent[i] = op->inputs[i].from == INPUT_HAS && op->inputs[i].argument &&
                     jvalue_get(&r->body, slice_of(op->inputs[i].argument));
    r->is_rewritten = true;
    return schema_fill(r->media->schema, &r->body, &r->body_arena, &r->budget);
}

static bool check_parameters(struct request *r)
{
    for (size_t i = 0; i < r->op->parameter_count && r->budget.end == BUDGET_ENOUGH; i++) {
        const struct parameter *p = &r->op->parameters[i];

        if (r->parameters[i].is_there && !r->parameters[i].is_empty)
            schema_check(p->field.schema, &r->parameters[i].value, places[p->in], p->field.pointer,
                         &r->budget, &r->violations);
    }
    return r->budget.end == BUDGET_ENOUGH;
}

/* Removes readOnly members, so that a client may send back what it has read. */
static void strip_body(struct request *r)
{
    r->is_rewritten = true;
    schema_strip(r->media->schema, &r->body, &r->budget);
}

static void check_body(struct request *r)
{
    if (!r->media || r->media->kind == MEDIA_BYTES)
        return;
    if (r->op->fills && r->media->kind != MEDIA_MERGE_PATCH && !fill_body(r))
        return;
    r->violations.ignores_hidden = !r->worker->refuses_read_only;
    schema_check(r->media->schema, &r->body, "body", "", &r->budget, &r->violations);
    if (r->violations.has_hidden && !r->violations.count)
        strip_body(r);
}

enum flow layer_validate(struct request *r)
{
    size_t n = r->op->parameter_count;

    r->parameters = arena_zalloc(&r->arena, (n + 1) * sizeof(*r->parameters));
    for (size_t i = r->op->query_count; i < n; i++)
        read_other(r, i);
    if (r->query.len && r->op->index < r->worker->api->count) /* probes may carry any query */
        read_query(r);
    fill_parameters(r);
    if (r->violations.count && r->budget.end == BUDGET_ENOUGH)
        return flow_fail(r, ERR_BAD_PARAMETER);
    if (check_parameters(r))
        check_body(r);
    if (r->budget.end != BUDGET_ENOUGH)
        return flow_fail(r, request_overspent(r));
    return r->violations.count ? flow_fail(r, ERR_INVALID) : FLOW_NEXT;
}
