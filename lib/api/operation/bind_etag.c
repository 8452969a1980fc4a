/* SPDX-License-Identifier: MIT */
/* Binds optimistic concurrency (RFC 9110, 13.1). A column holds the entity tag, and If-Match may be
 * a value of the statement. Another operation reads the resource as it is: the one that on-zero
 * names, which tells a changed row from a missing one, or else the GET of the same path, for the
 * preconditions of a request. */
#include <stdlib.h>
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/core/json/jget.h"
#include "lib/db/sql/sqllex.h"

static void bind_etag_column(struct binder *b)
{
    const char *column = jget_text(b->sql, "etag");
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);

    if (!column)
        return;
    b->op->has_digest = strcmp(column, "digest") == 0 && method_is_safe(b->op->method) &&
                        b->plan->steps[b->plan->result].returns == PLAN_LIST;
    if (b->op->has_digest)
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
    bool is_bound = b->plan->if_match != SIZE_MAX;

    if (mode && !is_bound)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "if-match"),
                        "%s: if-match: no statement uses :_if_match", b->op->id);
    if (!mode && is_bound)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "if-match"),
                        "%s: :_if_match requires if-match: required or optional", b->op->id);
    if (mode)
        b->op->if_match = strcmp(mode, "required") == 0 ? IF_MATCH_REQUIRED : IF_MATCH_OPTIONAL;
}

/* Returns the first step of the other operation if it reads one row. */
static struct json_object *reading_step(struct json_object *other)
{
    struct json_object *step = jget_item(other, "steps", 0);
    const char *returns = jget_text(step, "returns");

    if (jget_count(other, "steps") != 1 || !returns || strcmp(returns, "one") != 0 ||
        jget_bool(step, "is-write") || !jget_text(step, "sql"))
        return NULL;
    return step;
}

/* Adds the other operation's statement as a step of this one. */
static struct plan_step *add_current(struct binder *b, struct json_object *record)
{
    struct plan_step *step = &b->plan->steps[b->plan->step_count];
    const char *etag = jget_text(jget(b->sql, "current"), "etag");

    step->sql = arena_strdup(b->arena, jget_text(record, "sql"));
    step->returns = PLAN_ONE;
    step->bind_count = jget_count(record, "names");
    step->binds = arena_zalloc(b->arena, (step->bind_count + 1) * sizeof(*step->binds));
    b->plan->current_etag = etag ? arena_strdup(b->arena, etag) : NULL;
    b->plan->has_current = true;
    return step;
}

static const char *step_name(struct json_object *record, size_t i)
{
    return json_object_get_string(jget_item(record, "names", i));
}

/* Binds the operation that on-zero names. Its names refer to this operation's values. */
static void bind_on_zero(struct binder *b)
{
    const char *id = jget_text(b->sql, "on-zero");
    struct json_object *record = reading_step(jget(b->sql, "current"));
    struct plan_step *step;

    if (!jget(b->sql, "current"))
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "on-zero"),
                        "%s: on-zero: no operation with x-sql is named %s", b->op->id, id);
    else if (!record)
        BINDER_COMPLAIN(b, binder_place(b, b->sql, "on-zero"),
                        "%s: on-zero: %s must be one statement that reads one row", b->op->id, id);
    else if (b->plan->steps[b->plan->result].returns == PLAN_LIST)
        BINDER_COMPLAIN(
            b, binder_place(b, b->sql, "on-zero"),
            "%s: on-zero: cannot be used with returns: list, since a list is never missing",
            b->op->id);
    else {
        step = add_current(b, record);
        b->plan->tells_missing = true;
        for (size_t i = 0; i < step->bind_count; i++)
            step->binds[i].index =
                bind_inputs_resolve(&b->inputs, step_name(record, i),
                                    name_place_of(binder_place(b, b->sql, "on-zero")));
    }
}

/* Binds the GET of the same path, with whose answer preconditions are compared. It is not used if
 * it needs values besides the path's and the caller's, or sees other rows. Preconditions are then
 * refused. */
static void bind_get(struct binder *b)
{
    struct json_object *record = reading_step(jget(b->sql, "current"));
    bool sees_all = jget_bool(jget(b->sql, "current"), "unrestricted");
    struct plan_step *step = NULL;

    if (record && sees_all == (b->plan->role == ROLE_UNRESTRICTED))
        step = add_current(b, record);
    for (size_t i = 0; step && i < step->bind_count; i++)
        if (!bind_inputs_borrow(&b->inputs, step_name(record, i), &step->binds[i].index)) {
            b->plan->has_current = false;
            return;
        }
}

/* Remembers which value is :_if_match. */
static void bind_version(struct binder *b)
{
    b->plan->if_match = SIZE_MAX;
    for (size_t i = 0; i < b->op->input_count; i++)
        if (b->op->inputs[i].from == INPUT_SERVER && b->op->inputs[i].server == SERVER_IF_MATCH)
            b->plan->if_match = i;
}

/* Returns whether the parameter of a number is that value of the operation. */
static bool is_value(const struct plan_step *step, struct sql_token t, size_t value)
{
    size_t n = t.kind == SQL_PARAMETER && t.len > 1 ? strtoul(t.at + 1, NULL, 10) : 0;

    return n && n <= step->bind_count && step->binds[n - 1].index == value;
}

/* Returns whether the statement asks if the value IS NULL. */
static bool asks_for_null(const struct binder *b, const struct plan_step *step, size_t value)
{
    struct sql_token t, is;

    for (t = sql_token_at(step->sql ? step->sql : "", b->dialect); t.kind != SQL_END;
         t = sql_token_next(t)) {
        is = sql_token_next(t);
        if (is_value(step, t, value) && sql_token_is(is, "IS") &&
            sql_token_is(sql_token_next(is), "NULL"))
            return true;
    }
    return false;
}

/* Warns if nothing tells which version "*" and a list stand for, and no statement expects NULL. */
static void warn_of_null(struct binder *b)
{
    bool is_known = b->plan->has_current && b->plan->current_etag;

    for (size_t i = 0; i < b->plan->step_count && !is_known; i++)
        is_known = asks_for_null(b, &b->plan->steps[i], b->plan->if_match);
    if (!is_known && b->diags)
        diag_warn(
            b->diags, binder_place(b, b->sql, "if-match"),
            "%s: if-match: If-Match: * and lists of tags never match, since no GET of the path "
            "with etag reads the version: add one, or write (:_if_match IS NULL OR ...)",
            b->op->id);
}

void bind_etag(struct binder *b)
{
    bind_etag_column(b);
    bind_version(b);
    bind_if_match(b);
    if (jget_text(b->sql, "on-zero"))
        bind_on_zero(b);
    else if (!method_is_safe(b->op->method))
        bind_get(b);
    if (b->op->if_match && b->plan->if_match != SIZE_MAX)
        warn_of_null(b);
}
