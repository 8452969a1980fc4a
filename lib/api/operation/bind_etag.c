/* SPDX-License-Identifier: MIT */
/* Binds optimistic concurrency (RFC 9110, 13.1.1): a column holds the entity tag, If-Match is a
 * value of the statement, and another operation tells a changed row from a missing one. */
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/core/json/jget.h"

static void bind_etag_column(struct binder *b)
{
    const char *column = jget_text(b->sql, "etag");
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);

    if (!column)
        return;
    b->plan->etag = arena_strdup(b->arena, column);
    if (b->plan->steps[b->plan->result].returns != PLAN_ONE)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "etag"),
                        "%s: etag: requires a result with returns: one", b->op->id);
    else if (!binder_has_column(step, column))
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "etag"),
                        "%s: etag: the statement has no column %s", b->op->id, column);
}

static void bind_if_match(struct binder *b)
{
    const char *mode = jget_text(b->sql, "if-match");
    bool is_bound = false;

    for (size_t i = 0; i < b->op->input_count; i++)
        is_bound |=
            b->op->inputs[i].from == INPUT_SERVER && b->op->inputs[i].server == SERVER_IF_MATCH;
    if (mode && !is_bound)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "if-match"),
                        "%s: if-match: no statement uses :_if_match", b->op->id);
    if (!mode && is_bound)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "if-match"),
                        "%s: :_if_match requires if-match: required or optional", b->op->id);
    if (mode)
        b->op->if_match = strcmp(mode, "required") == 0 ? IF_MATCH_REQUIRED : IF_MATCH_OPTIONAL;
}

/* Adds the other operation's statement as a step of this one. Its names refer to this operation's
 * values. */
static void bind_visible(struct binder *b, struct json_object *record)
{
    struct plan_step *step = &b->plan->steps[b->plan->step_count];

    step->sql = arena_strdup(b->arena, jget_text(record, "sql"));
    step->returns = PLAN_ONE;
    step->bind_count = jget_count(record, "names");
    step->binds = arena_zalloc(b->arena, (step->bind_count + 1) * sizeof(*step->binds));
    for (size_t i = 0; i < step->bind_count; i++)
        step->binds[i].index =
            bind_inputs_resolve(&b->inputs, json_object_get_string(jget_item(record, "names", i)),
                                binder_place(b, b->sql, "on-zero"));
    b->plan->has_visible = true;
}

static void bind_on_zero(struct binder *b)
{
    const char *id = jget_text(b->sql, "on-zero");
    struct json_object *step = jget_item(b->sql, "visible", 0);
    const char *returns = jget_text(step, "returns");

    if (!id)
        return;
    if (!jget(b->sql, "visible"))
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "on-zero"),
                        "%s: on-zero: no operation with x-sql is named %s", b->op->id, id);
    else if (jget_count(b->sql, "visible") != 1 || !returns || strcmp(returns, "one") != 0 ||
             jget_bool(step, "is-write") || !jget_text(step, "sql"))
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "on-zero"),
                        "%s: on-zero: %s must be one statement that reads one row", b->op->id, id);
    else if (b->plan->steps[b->plan->result].returns == PLAN_LIST)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "on-zero"),
                        "%s: on-zero: does not apply to a list, which is never missing", b->op->id);
    else
        bind_visible(b, step);
}

void bind_etag(struct binder *b)
{
    bind_etag_column(b);
    bind_if_match(b);
    bind_on_zero(b);
}
