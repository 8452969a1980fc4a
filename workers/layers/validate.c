/* SPDX-License-Identifier: MIT */
/* Checks the body by its schema: 422, with the violations of parameters that were found before
 * (parameters.c). Absent properties of the body get their defaults, but not in a merge patch
 * (RFC 7396). */
#include "workers/http/http.h"
#include "workers/layers/layers.h"

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
    check_body(r);
    if (r->budget.end != BUDGET_ENOUGH)
        return flow_fail(r, request_overspent(r));
    return r->violations.count ? flow_fail(r, ERR_INVALID) : FLOW_NEXT;
}
