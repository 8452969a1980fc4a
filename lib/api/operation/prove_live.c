/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/prove_live.h"

#include "lib/api/operation/envelope.h"
#include "lib/api/operation/owners.h"
#include "lib/core/clock.h"
#include "lib/core/json/jread.h"
#include "lib/db/engine/db.h"
#include "lib/db/engine/prover.h"

enum { DEPTH = 512, DEADLINE_S = 30 };

static bool needs_client(const struct operation *op)
{
    for (size_t i = 0; i < op->parameter_count; i++)
        if (op->parameters[i].is_required)
            return true;
    return op->body_count > 0;
}

/* Returns a parameter's default. What only a request knows is absent or NULL. */
static struct db_value value_of(const struct operation *op, const struct input *input)
{
    static const struct jvalue none;
    const struct jvalue *fallback =
        input->from == INPUT_PARAMETER ? &op->parameters[input->index].fallback : &none;

    switch ((enum jtype)fallback->type) {
    case JBOOLEAN:
        return (struct db_value){.type = DB_BOOL, .integer = fallback->boolean};
    case JINTEGER:
        return (struct db_value){.type = DB_INTEGER, .integer = fallback->integer};
    case JDOUBLE:
        return (struct db_value){.type = DB_REAL, .real = fallback->real};
    case JSTRING:
        return (struct db_value){.type = DB_TEXT, .text = jvalue_text(fallback)};
    default:
        return (struct db_value){.type = input->from == INPUT_HAS         ? DB_BOOL
                                         : input->from == INPUT_PARAMETER ? DB_ABSENT
                                                                          : DB_NULL};
    }
}

/* Checks the body as it would be sent, except for the cursor's seal. */
static void check_body(const struct operation *op, struct db_job *job, struct diags *diags)
{
    struct arena arena = {0};
    struct violations v = {.arena = &arena};
    struct budget budget = budget_endless();
    struct jread_fault fault = {0};
    struct envelope_parts parts = {
        .changes = job->changes, .total = job->total, .has_total = job->count_max};
    struct jvalue value;

    if (job->next.len)
        parts.next = SLICE_LIT("cursor");
    envelope_wrap(op->envelope, &op->plan->page, &job->body, &parts);
    if (!jread_value(buf_slice(&job->body), DEPTH, &budget, &arena, &value, &fault))
        diag_error(diags, op->source, "%s: the response is not JSON: %s", op->id, fault.message);
    else
        schema_check(op->response, &value, "body", "", &budget, &v);
    for (size_t i = 0; i < v.count && i < VIOLATIONS_MAX; i++)
        diag_error(diags, op->source, "%s: the response violates its schema: %s %s", op->id,
                   v.items[i].pointer, v.items[i].message);
    arena_fini(&arena);
}

static void prove_one(const struct operation *op, struct prover *prover, struct diags *diags)
{
    struct db_value values[INPUTS_MAX];
    struct db_job job = {.plan = op->plan, .values = values, .count_max = op->plan->page.count_max};

    for (size_t i = 0; i < op->input_count; i++)
        values[i] = value_of(op, &op->inputs[i]);
    if (!prover_try(prover, &job, clock_ns() + DEADLINE_S * NS_PER_S))
        return;
    if (job.err == OK && op->response && op->envelope != ENVELOPE_NONE)
        check_body(op, &job, diags);
    else if (job.err != OK && err_status(job.err) >= 500)
        diag_error(diags, op->source, "%s: answers %d: %s%s%s", op->id, err_status(job.err),
                   job.cause, job.trouble ? ": " : "", trouble_word(job.trouble));
    db_job_fini(&job);
}

void prove_live(const struct api *api, struct prover *prover, struct diags *diags)
{
    owners_lift(prover, true, diags); /* reads all rows: any of them may be answered */
    for (size_t i = 0; i < api->count; i++) {
        const struct operation *op = &api->operations[i];

        if (op->binding == BINDING_SQL && op->is_sound && !op->plan->is_write && !needs_client(op))
            prove_one(op, prover, diags);
    }
}
