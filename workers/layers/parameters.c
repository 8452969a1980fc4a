/* SPDX-License-Identifier: MIT */
/*
 * Converts parameters from text by their schema's type, and checks them. A required parameter that
 * is absent, one that is not declared, and text that is no value of the type are malformed (400); a
 * value that violates the schema is invalid (422). Either answer lists every violation.
 *
 * That is known before the body, so it is answered before the client is asked for one. A body that
 * has come along with the head costs nothing more: its violations are listed too (validate.c).
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

/* Returns whether the rest of the pipeline adds the violations of a body that is here already. */
static bool has_body_at_hand(const struct request *r)
{
    return r->has_content && r->op->body_count && http_has_whole_body(r);
}

enum flow layer_parameters(struct request *r)
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
    if (!check_parameters(r))
        return flow_fail(r, request_overspent(r));
    return r->violations.count && !has_body_at_hand(r) ? flow_fail(r, ERR_INVALID) : FLOW_NEXT;
}
