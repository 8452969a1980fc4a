/* SPDX-License-Identifier: MIT */
/* A table of statuses, each with the condition under which an operation can end in it. Conditions
 * look at the record and the words of its SQL, never at data, so the answer errs to one side only:
 * a status that can occur is always listed, and some that are listed never occur. A client that is
 * prepared for too much is the lesser harm. */
#include "lib/api/operation/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "lib/api/document/xsql_text.h"
#include "lib/core/err.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/slice.h"
#include "lib/db/sql/sqlhead.h"

static bool always(struct json_object *op)
{
    return op != NULL;
}

static bool has_parameters(struct json_object *op)
{
    return jget_count(op, "parameters") > 0;
}

static bool has_body(struct json_object *op)
{
    return jget(op, "body") != NULL;
}

static bool has_content(struct json_object *op)
{
    return jget(op, "response") != NULL;
}

bool outcome_is_bound(struct json_object *op)
{
    return jget(op, "sql") || jget(op, "handler") || jget(op, "builtin");
}

static bool is_unbound(struct json_object *op)
{
    return !outcome_is_bound(op);
}

static bool is_sql(struct json_object *op)
{
    return jget(op, "sql") != NULL;
}

static bool step_writes(struct json_object *step)
{
    const char *text = jget_text(step, "sql");

    return text && sql_head_writes(sql_head_of(text, xsql_text_dialect(step)));
}

static bool writes(struct json_object *op)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        if (step_writes(jget_item(sql, "steps", i)))
            return true;
    }
    return false;
}

/* Returns true if the statement may return no row where one is wanted: anything but a plain
 * INSERT. */
static bool may_be_empty(struct sql_token t)
{
    if (!sql_token_is(t, "INSERT"))
        return true;
    for (; t.len; t = sql_token_next(t))
        if (sql_token_is(t, "SELECT") || sql_token_is(t, "CONFLICT") || sql_token_is(t, "IGNORE"))
            return true;
    return false;
}

static bool may_miss(struct json_object *op)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(op, "parameters"); i++)
        if (strcmp(jget_text(jget_item(op, "parameters", i), "in"), "path") == 0)
            return true;
    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);
        const char *returns = jget_text(step, "returns"), *text = jget_text(step, "sql");

        if (returns && strcmp(returns, "one") == 0 && !jget(step, "else") && text &&
            may_be_empty(sql_token_at(text, xsql_text_dialect(step))))
            return true;
    }
    return false;
}

static bool takes_input(struct json_object *op)
{
    return has_parameters(op) || has_body(op);
}

static bool may_be_invalid(struct json_object *op)
{
    return takes_input(op) || writes(op);
}

static bool is_safe(struct json_object *op)
{
    const char *method = jget_text(op, "method");

    return strcmp(method, "get") == 0 || strcmp(method, "head") == 0;
}

/* Returns true if the other operation reads the resource as it is, as bind_etag.c demands. */
static bool has_current(struct json_object *op)
{
    struct json_object *current = jget(jget(op, "sql"), "current");
    struct json_object *step = jget_item(current, "steps", 0);
    const char *returns = jget_text(step, "returns"), *text = jget_text(step, "sql");

    return jget_count(current, "steps") == 1 && returns && strcmp(returns, "one") == 0 && text &&
           !step_writes(step) &&
           (jget_text(jget(op, "sql"), "on-zero") ||
            jget_bool(current, "unrestricted") == jget_bool(op, "unrestricted"));
}

bool outcome_compares(struct json_object *op)
{
    struct json_object *sql = jget(op, "sql");

    return sql && (is_safe(op) ? jget(sql, "etag") != NULL
                               : jget(sql, "if-match") != NULL || has_current(op));
}

bool outcome_wants_if_match(struct json_object *op)
{
    const char *text = jget_text(jget(op, "sql"), "if-match");

    return text && strcmp(text, "required") == 0;
}

enum idempotency outcome_idempotency(struct json_object *op)
{
    struct json_object *json = jget(op, "idempotency");
    const char *word = jget_text(op, "idempotency");

    if (!json)
        return IDEMPOTENCY_IGNORED;
    return (word && strcmp(word, "required") == 0) || jget_bool(json, "required")
               ? IDEMPOTENCY_REQUIRED
               : IDEMPOTENCY_OPTIONAL;
}

/* Returns true for a built-in of accounts. */
static bool is_account(struct json_object *op)
{
    const char *builtin = jget_text(op, "builtin");

    return builtin && (strncmp(builtin, "auth.", 5) == 0 || strncmp(builtin, "oauth.", 6) == 0) &&
           strcmp(builtin, "auth.jwks") != 0;
}

static bool is_guarded(struct json_object *op)
{
    return jget_count(op, "security") > 0 || is_account(op);
}

bool outcome_is_limited(struct json_object *op)
{
    struct json_object *limits = jget(op, "rate-limit");

    return is_account(op) || json_object_is_type(limits, json_type_string) ||
           jget_count(op, "rate-limit") > 0;
}

static bool may_conflict(struct json_object *op)
{
    return writes(op) || is_account(op);
}

static const struct outcome {
    int status;
    bool (*can)(struct json_object *op);
    const char *description;
} outcomes[] = {
    {400, always, "The request is malformed."},
    {401, is_guarded, "Authentication is missing or invalid."},
    {403, is_guarded, "The caller is not allowed to do this."},
    {404, may_miss, "Not found."},
    {406, has_content, "No representation matches Accept."},
    {409, may_conflict, "It conflicts with existing data."},
    {412, outcome_compares, "The resource has changed since the client read it."},
    {413, has_body, "The body is too large."},
    {415, has_body, "The media type of the body is not supported."},
    {422, may_be_invalid, "A parameter or the body is invalid; errors lists every violation."},
    {428, outcome_wants_if_match, "If-Match is required."},
    {429, outcome_is_limited, "Too many requests; wait for Retry-After seconds."},
    {500, always, "The server failed; its log gives the cause under request_id."},
    {501, is_unbound, "Documented but not implemented."},
    {503, always, "Busy or shutting down; try again."},
    {504, is_sql, "The operation took too long."},
};

const char *outcome_describe(int status)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
        if (outcomes[i].status == status)
            return outcomes[i].description;
    return err_reason(status);
}

/* Returns true if the text names the table in the rule's key ("todos.list_id, todos.title"), or if
 * the key has no table. */
static bool is_about(struct json_object *rule, struct sql_token t)
{
    bool has_table = slice_is_choice("unique|not-null", jget_text(rule, "kind"));
    const char *key = jget_text(rule, "key"), *dot = has_table ? strchr(key, '.') : NULL;
    char *table = dot ? xstrndup(key, (size_t)(dot - key)) : NULL;
    bool is_named = !table;

    for (; t.len && !is_named; t = sql_token_next(t))
        is_named = sql_token_names(t, table);
    free(table);
    return is_named;
}

static void note_status(bool *can, struct json_object *answer)
{
    int64_t status = jget_int(answer, "status");

    if (status >= OUTCOME_FIRST && status <= OUTCOME_LAST)
        can[status] = true;
}

/* Adds the statuses that x-tables and `else` give to failures. */
static void note_answers(struct json_object *op, struct json_object *rules, bool *can)
{
    struct json_object *sql = jget(op, "sql");

    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);
        const char *text = jget_text(step, "sql");

        note_status(can, jget(step, "else"));
        if (!step_writes(step))
            continue;
        for (size_t k = 0; k < json_object_array_length(rules); k++) {
            struct json_object *rule = json_object_array_get_idx(rules, k);

            if (is_about(rule, sql_token_at(text, xsql_text_dialect(step))))
                note_status(can, jget(rule, "answer"));
        }
    }
}

void outcome_find(struct json_object *op, struct json_object *rules,
                  bool can[static OUTCOME_LAST + 1])
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(*outcomes); i++)
        can[outcomes[i].status] = outcomes[i].can(op);
    note_answers(op, rules, can);
}
