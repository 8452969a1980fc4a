/* SPDX-License-Identifier: MIT */
/* Gives each result column the type of the response property with its name, and proves that answers
 * will satisfy the response schema, as far as that shows before there are rows. Both directions
 * count: a column without a property would leak or be refused, and a required property without a
 * column would be missing from every answer. What declarations cannot tell is left to the live
 * proof (prove_live.h). */
#include <string.h>

#include "lib/api/operation/binder.h"
#include "lib/core/json/jget.h"
#include "lib/core/slice.h"

/* The required properties of a schema and their possible sources. */
struct required {
    struct binder *b;
    const struct schema *schema;
    struct json_object *step; /* whose columns are the source; if NULL, */
    const char *given;        /* these names are, "a|b" */
};

static void check_required(void *arg, const char *name, const struct schema *member)
{
    struct required *r = arg;

    (void)member;
    if (!schema_requires(r->schema, name))
        return;
    if (r->step && !binder_has_column(r->step, name))
        BINDER_COMPLAIN(r->b, r->b->where,
                        "%s: the response schema requires %s, but no column provides it",
                        r->b->op->id, name);
    else if (!r->step && !slice_is_choice(r->given, name))
        BINDER_COMPLAIN(r->b, r->b->where,
                        "%s: the response schema requires %s, but the answer has only %s",
                        r->b->op->id, name, r->given);
}

/* Checks that a schema, if there is one, accepts what the server writes. */
static void check_type(struct binder *b, const struct schema *s, int types, const char *what)
{
    if (b->diags && s && (schema_types(s) & types) != types)
        diag_error(b->diags, b->where, "%s: %s is %s, but the response schema says %s", b->op->id,
                   what, schema_type_names(b->arena, types),
                   schema_type_names(b->arena, schema_types(s)));
}

/* Checks that the column's values can be rendered as the property demands. */
static void check_column(struct binder *b, struct json_object *step, size_t i,
                         const struct schema *property)
{
    const struct plan_column *column = &b->plan->columns[i];
    int can_be =
        jget(step, "types") ? (int)json_object_get_int(jget_item(step, "types", i)) : SCHEMA_ANY;

    if (!b->diags || !property || column->is_hidden)
        return;
    if (!(column->types & can_be & ~SCHEMA_NULL) && (column->types & ~SCHEMA_NULL))
        diag_error(b->diags, b->where, "%s: the column %s is %s, but the response schema says %s",
                   b->op->id, column->name, json_object_get_string(jget_item(step, "declared", i)),
                   schema_type_names(b->arena, column->types));
    if (binder_is_listed(step, "nullable", column->name) && !(column->types & SCHEMA_NULL))
        diag_error(b->diags, b->where,
                   "%s: the column %s may be NULL, but the response schema does not allow null",
                   b->op->id, column->name);
    bind_labels(b, step, column->name, property);
}

static bool is_etag(const struct binder *b, const char *column)
{
    return b->plan->etag && strcmp(b->plan->etag, column) == 0;
}

/* Types each column, and checks completeness in both directions. */
static void bind_columns(struct binder *b, const struct schema *row)
{
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    size_t n = jget_count(step, "columns"), named = row ? schema_property_count(row) : 0;
    struct required required = {b, row, step, NULL};

    b->plan->column_count = n;
    b->plan->columns = arena_zalloc(b->arena, (n + 1) * sizeof(*b->plan->columns));
    for (size_t i = 0; i < n; i++) {
        const char *name = json_object_get_string(jget_item(step, "columns", i));
        const struct schema *property = row ? schema_property(row, name) : NULL;

        b->plan->columns[i].name = arena_strdup(b->arena, name);
        b->plan->columns[i].is_hidden = row && schema_is_hidden(row, name);
        b->plan->columns[i].types = property ? schema_types(property) : SCHEMA_ANY;
        if (named && !property && is_etag(b, name))
            b->plan->columns[i].is_hidden = true; /* it is sent as a header */
        else if (named && !property)
            BINDER_COMPLAIN(b, b->where,
                            "%s: the column %s is not a property of the response schema", b->op->id,
                            name);
        check_column(b, step, i, property);
        for (size_t k = 0; k < i; k++)
            if (strcmp(b->plan->columns[k].name, name) == 0)
                BINDER_COMPLAIN(b, b->where, "%s: two columns are named %s", b->op->id, name);
    }
    check_type(b, row, SCHEMA_OBJECT, "a row");
    if (row)
        schema_each_property(row, check_required, &required);
}

/* Binds the envelope {"items": rows, "next": cursor}. `next` is null on the last page, and without
 * paging. A page has "previous" too if the response has that property. */
static const struct schema *bind_envelope(struct binder *b, const struct schema *response)
{
    const struct schema *items = schema_property(response, "items");
    const struct schema *next = schema_property(response, "next");
    const struct schema *previous =
        next && b->plan->page.by ? schema_property(response, "previous") : NULL;
    const struct schema *total =
        b->plan->page.count_max ? schema_property(response, "total") : NULL;
    const char *given =
        arena_printf(b->arena, "items%s%s%s", next ? "|next" : "", previous ? "|previous" : "",
                     total && !b->plan->page.is_count_asked ? "|total" : "");
    struct required required = {b, response, NULL, given};

    b->plan->page.has_previous = previous;
    b->op->envelope = next ? ENVELOPE_PAGE : ENVELOPE_ITEMS;
    if (b->plan->page.by && !next)
        BINDER_COMPLAIN(b, b->where, "%s: page: the response has no next property", b->op->id);
    check_type(b, items, SCHEMA_ARRAY, "items");
    check_type(b, next, b->plan->page.by ? SCHEMA_STRING | SCHEMA_NULL : SCHEMA_NULL, "next");
    check_type(b, previous, SCHEMA_STRING | SCHEMA_NULL, "previous");
    check_type(b, total, SCHEMA_INTEGER, "total");
    if (b->plan->page.count_max && !total)
        BINDER_COMPLAIN(b, b->where, "%s: page: count: the response has no total property",
                        b->op->id);
    schema_each_property(response, check_required, &required);
    return schema_items(items);
}

/* Returns the schema of one row in a list's response, and sets the envelope around the rows. */
static const struct schema *list_row(struct binder *b, const struct schema *response)
{
    if (response && schema_property(response, "items") && !schema_items(response))
        return bind_envelope(b, response);
    b->op->envelope = ENVELOPE_BARE;
    if (b->plan->page.by)
        BINDER_COMPLAIN(b, b->where, "%s: page: the response must be an object with items and next",
                        b->op->id);
    else if (response && !(schema_types(response) & SCHEMA_ARRAY))
        BINDER_COMPLAIN(b, b->where,
                        "%s: the response of a list must be an array, or an object with items",
                        b->op->id);
    return response ? schema_items(response) : NULL;
}

static void bind_count(struct binder *b, const struct schema *response)
{
    struct required required = {b, response, NULL, "count"};

    b->op->envelope = ENVELOPE_COUNT;
    if (!response)
        return;
    check_type(b, response, SCHEMA_OBJECT, "the answer");
    check_type(b, schema_property(response, "count"), SCHEMA_INTEGER, "count");
    schema_each_property(response, check_required, &required);
}

void bind_rows(struct binder *b, const struct schema *response)
{
    enum plan_returns returns = b->plan->steps[b->plan->result].returns;
    bool is_empty = b->op->status == 204 || b->op->status == 205;

    if (is_empty && returns != PLAN_NONE && returns != PLAN_ONE)
        BINDER_COMPLAIN(b, b->where, "%s: returns: a %d response has no body", b->op->id,
                        b->op->status);
    if (returns == PLAN_NONE && response)
        BINDER_COMPLAIN(b, b->where, "%s: returns: none, but the response has a schema", b->op->id);
    b->op->envelope = ENVELOPE_BARE;
    if (returns == PLAN_NONE || is_empty) {
        b->op->envelope = ENVELOPE_NONE;
        bind_columns(b, NULL);
    } else if (returns == PLAN_COUNT) {
        bind_count(b, response);
    } else {
        bind_columns(b, returns == PLAN_LIST ? list_row(b, response) : response);
    }
}
