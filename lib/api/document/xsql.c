/* SPDX-License-Identifier: MIT */
/* Reads x-sql in two passes: which keys there are and of which type (known_keys.h), then what must
 * go together (check_shape()); a value of the wrong type is treated as absent, so that each mistake
 * is reported once. A single statement is stored as a list of one step, so that nothing later knows
 * the short form. SQL is only made positional (xsql_text.h). Whether it fits the database and the schemas is
 * proved later (prove_operations.h, bind.h); for that each step keeps the place of its text. */
#include "lib/api/document/xsql.h"

#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/known_keys.h"
#include "lib/api/document/page_order.h"
#include "lib/api/document/xsql_text.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/db/engine/compose.h"
#include "lib/db/engine/plan.h"

enum { STEPS_MAX = 100, ROWS_MAX = 10000000 };

#define RETURNS "one|list|none|count"

static const struct key sql_keys[] = {{"returns", KEY_STRING, RETURNS},
                                      {"sql", KEY_ANY, NULL},
                                      {"filter", KEY_MAP, NULL},
                                      {"page", KEY_MAP, NULL},
                                      {"max-rows", KEY_INTEGER, NULL},
                                      {"steps", KEY_LIST, NULL},
                                      {"result", KEY_STRING, NULL},
                                      {"location", KEY_STRING, NULL},
                                      {"else", KEY_MAP, NULL},
                                      {"tx", KEY_STRING, "read|write"},
                                      {"etag", KEY_STRING, NULL},
                                      {"if-match", KEY_STRING, "required|optional"},
                                      {"on-zero", KEY_STRING, NULL},
                                      {"status", KEY_INTEGER, NULL},
                                      {NULL, KEY_ANY, NULL}};
static const struct key step_keys[] = {{"as", KEY_STRING, NULL},
                                       {"returns", KEY_STRING, RETURNS},
                                       {"sql", KEY_ANY, NULL},
                                       {"else", KEY_MAP, NULL},
                                       {NULL, KEY_ANY, NULL}};
static const struct key answer_keys[] = {{"status", KEY_INTEGER, NULL}, {"code", KEY_STRING, NULL},
                                         {"pointer", KEY_STRING, NULL}, {"name", KEY_STRING, NULL},
                                         {"message", KEY_STRING, NULL}, {NULL, KEY_ANY, NULL}};
static const struct key page_keys[] = {
    {"by", KEY_LIST, NULL},       {"order", KEY_STRING, "asc|desc"}, {"limit", KEY_STRING, NULL},
    {"cursor", KEY_STRING, NULL}, {"count", KEY_STRING, NULL},       {NULL, KEY_ANY, NULL}};

void xsql_check_answer(struct refs *refs, struct json_object *answer, const char *what)
{
    struct json_object *status = jget(answer, "status");
    const char *pointer = jget_text(answer, "pointer");

    keys_check(answer, what, answer_keys, refs->diags);
    if (!json_object_is_type(answer, json_type_object))
        return;
    if (!status || json_object_get_int(status) < 400 || json_object_get_int(status) > 499)
        diag_error(refs->diags, mark_key(answer, "status"), "%s: status: must be from 400 to 499",
                   what);
    if (pointer && *pointer && *pointer != '/')
        diag_error(refs->diags, mark_key(answer, "pointer"),
                   "%s: pointer: a JSON pointer must start with /", what);
}

static struct json_object *read_step(struct refs *refs, struct json_object *owner,
                                     const char *returns)
{
    struct json_object *step = json_object_new_object(), *answer = jget(owner, "else");

    json_object_object_add(step, "name", json_object_get(jget(owner, "as")));
    json_object_object_add(step, "returns", json_object_new_string(returns));
    if (answer) {
        xsql_check_answer(refs, answer, "x-sql: else");
        json_object_object_add(step, "else", json_object_get(answer));
    }
    xsql_text_read(refs, owner, step);
    return step;
}

static bool is_named(struct json_object *step, const char *name)
{
    const char *own = jget_text(step, "name");

    return own && name && strcmp(own, name) == 0;
}

static void read_steps(struct refs *refs, struct json_object *xsql, struct json_object *out)
{
    struct json_object *list = jget(xsql, "steps"), *steps = json_object_new_array();
    const char *result = jget_text(xsql, "result");
    size_t n = json_object_array_length(list), chosen = n;

    if (n > STEPS_MAX) {
        diag_error(refs->diags, mark_key(xsql, "steps"), "x-sql: steps: at most %d", STEPS_MAX);
        chosen = n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct json_object *step = json_object_array_get_idx(list, i);
        const char *name = jget_text(step, "as");
        const char *returns = jget_text(step, "returns");

        keys_check(step, "x-sql: steps", step_keys, refs->diags);
        for (size_t k = 0; k < i; k++)
            if (is_named(json_object_array_get_idx(steps, k), name))
                diag_error(refs->diags, mark_key(step, "as"), "x-sql: steps: as: %s occurs twice",
                           name);
        json_object_array_add(steps, read_step(refs, step, returns ? returns : "none"));
        if (result && name && strcmp(result, name) == 0)
            chosen = i;
    }
    json_object_object_add(out, "steps", steps);
    if (json_object_array_length(list) == 0)
        diag_error(refs->diags, mark_key(xsql, "steps"), "x-sql: steps: is empty");
    if (result && chosen == n)
        diag_error(refs->diags, mark_key(xsql, "result"), "x-sql: result: no step has the name %s",
                   result);
    json_object_object_add(out, "result",
                           json_object_new_int64((int64_t)(chosen < n ? chosen
                                                           : n        ? n - 1
                                                                      : 0)));
}

static struct json_object *read_filter(struct refs *refs, struct json_object *filter)
{
    struct json_object *out = json_object_new_array();

    json_object_object_foreach(filter, column, parameter)
    {
        struct json_object *row = json_object_new_object();

        if (!json_object_is_type(parameter, json_type_string))
            diag_error(refs->diags, mark_key(filter, column),
                       "x-sql: filter: %s: must name a parameter", column);
        json_object_object_add(row, "column", json_object_new_string(column));
        json_object_object_add(row, "value", json_object_get(parameter));
        json_object_array_add(out, row);
    }
    if (json_object_array_length(out) > COMPOSE_FILTERS_MAX)
        diag_error(refs->diags, mark_where(filter), "x-sql: filter: at most %d",
                   COMPOSE_FILTERS_MAX);
    return out;
}

/* Checks that the directions are given in one way: `order` for all columns, or `-` before some. */
static void check_order(struct refs *refs, struct json_object *page)
{
    bool is_mixed = false;

    for (size_t i = 0; i < jget_count(page, "by"); i++)
        is_mixed |= page_order_is_descending(jget_item(page, "by", i));
    if (is_mixed && jget(page, "order"))
        diag_error(refs->diags, mark_key(page, "order"),
                   "x-sql: page: order: cannot be used with - in by");
}

static struct json_object *read_page(struct refs *refs, struct json_object *page)
{
    struct json_object *by = jget(page, "by");
    size_t n = jget_count(page, "by");

    keys_check(page, "x-sql: page", page_keys, refs->diags);
    if (!by || (json_object_is_type(by, json_type_array) && (n < 1 || n > PAGE_BY_MAX)))
        diag_error(refs->diags, mark_key(page, "by"),
                   "x-sql: page: by: must list one to eight columns");
    check_order(refs, page);
    if (!jget(page, "cursor"))
        diag_error(refs->diags, mark_where(page), "x-sql: page: cursor: is required");
    return json_object_get(page);
}

/* Checks the bound of a list without pages. */
static void check_max_rows(struct refs *refs, struct json_object *xsql)
{
    struct json_object *most = jget(xsql, "max-rows");
    bool is_number = json_object_is_type(most, json_type_int);

    if (is_number && (json_object_get_int64(most) < 1 || json_object_get_int64(most) > ROWS_MAX))
        diag_error(refs->diags, mark_key(xsql, "max-rows"), "x-sql: max-rows: must be from 1 to %d",
                   ROWS_MAX);
    if (is_number && jget(xsql, "page"))
        diag_error(refs->diags, mark_key(xsql, "max-rows"),
                   "x-sql: max-rows: cannot be used with page, whose limit bounds the rows");
}

/* Checks which keys go together: one statement or steps, and filter and page only with a list. */
static void check_shape(struct refs *refs, struct json_object *xsql)
{
    const char *returns = jget_text(xsql, "returns");
    bool is_list = returns && strcmp(returns, "list") == 0;

    if (!jget(xsql, "steps") == !jget(xsql, "sql"))
        diag_error(refs->diags, mark_where(xsql), "x-sql: either sql or steps is required");
    if (jget(xsql, "sql") && !returns)
        diag_error(refs->diags, mark_where(xsql), "x-sql: returns: is required; allowed: " RETURNS);
    if (jget(xsql, "steps") && returns)
        diag_error(refs->diags, mark_key(xsql, "returns"), "x-sql: returns: belongs in the steps");
    if (jget(xsql, "result") && !jget(xsql, "steps"))
        diag_error(refs->diags, mark_key(xsql, "result"), "x-sql: result: requires steps");
    if ((jget(xsql, "filter") || jget(xsql, "page")) && !is_list)
        diag_error(refs->diags, mark_where(xsql), "x-sql: filter and page require returns: list");
}

struct json_object *xsql_read(struct refs *refs, struct json_object *xsql)
{
    bool is_known = keys_check(xsql, extension_name(EXTENSION_SQL), sql_keys, refs->diags);
    struct json_object *out, *steps;

    if (!json_object_is_type(xsql, json_type_object))
        return NULL;
    if (is_known) {
        check_shape(refs, xsql);
        check_max_rows(refs, xsql);
    }
    out = json_object_new_object();
    if (json_object_is_type(jget(xsql, "steps"), json_type_array)) {
        read_steps(refs, xsql, out);
    } else {
        const char *returns = jget_text(xsql, "returns");
        steps = json_object_new_array();
        json_object_array_add(steps, read_step(refs, xsql, returns ? returns : "none"));
        json_object_object_add(out, "steps", steps);
        json_object_object_add(out, "result", json_object_new_int(0));
    }
    if (json_object_is_type(jget(xsql, "filter"), json_type_object))
        json_object_object_add(out, "filter", read_filter(refs, jget(xsql, "filter")));
    if (json_object_is_type(jget(xsql, "page"), json_type_object))
        json_object_object_add(out, "page", read_page(refs, jget(xsql, "page")));
    json_object_object_add(out, "max-rows", json_object_get(jget(xsql, "max-rows")));
    json_object_object_add(out, "location", json_object_get(jget(xsql, "location")));
    json_object_object_add(out, "etag", json_object_get(jget(xsql, "etag")));
    json_object_object_add(out, "if-match", json_object_get(jget(xsql, "if-match")));
    json_object_object_add(out, "on-zero", json_object_get(jget(xsql, "on-zero")));
    json_object_object_add(out, "tx", json_object_get(jget(xsql, "tx")));
    json_object_object_add(out, "source", json_object_new_string(mark_where(xsql)));
    if (is_known)
        return out;
    json_object_put(out);
    return NULL;
}
