/* SPDX-License-Identifier: MIT */
#include "lib/api/bind.h"

#include <string.h>

#include "lib/api/binder.h"
#include "lib/core/jget.h"
#include "lib/core/pointer.h"

enum { LIMIT_DEFAULT = 50 };

static enum plan_returns parse_returns(const char *text)
{
    static const char *const names[] = {"none", "one", "list", "count"};

    for (int i = 0; i < 4; i++)
        if (text && strcmp(text, names[i]) == 0)
            return (enum plan_returns)i;
    return PLAN_NONE;
}

static const char *copy(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

static struct plan_else read_answer(struct arena *arena, struct json_object *json)
{
    return (struct plan_else){.status = (int)jget_int(json, "status"),
                              .code = copy(arena, jget_text(json, "code")),
                              .pointer = copy(arena, jget_text(json, "pointer")),
                              .message = copy(arena, jget_text(json, "message"))};
}

static bool is_listed(struct json_object *step, const char *list, const char *name)
{
    for (size_t i = 0; i < jget_count(step, list); i++)
        if (strcmp(json_object_get_string(jget_item(step, list, i)), name) == 0)
            return true;
    return false;
}

bool binder_has_column(struct json_object *step, const char *name)
{
    return !jget(step, "columns") || is_listed(step, "columns", name);
}

/* "to.id" → the step `to`, its column `id`. */
static struct plan_bind bind_to_step(struct binder *b, const char *name, size_t before,
                                     const char *where)
{
    const char *dot = strchr(name, '.');
    struct plan_bind bind = {.is_step = true, .column = arena_strdup(b->arena, dot + 1)};
    struct slice step = {name, (size_t)(dot - name)};

    for (size_t i = 0; i < before; i++) {
        struct json_object *record = jget_item(b->sql, "steps", i);

        if (!b->plan->steps[i].name || !slice_is(step, b->plan->steps[i].name))
            continue;
        bind.index = i;
        if (b->plan->steps[i].returns != PLAN_ONE)
            BINDER_COMPLAIN(b, where, "%s: :%s: the step must have returns: one", b->op->id, name);
        else if (!binder_has_column(record, bind.column))
            BINDER_COMPLAIN(b, where, "%s: :%s: the step has no such column", b->op->id, name);
        return bind;
    }
    BINDER_COMPLAIN(b, where, "%s: :%s: no earlier step is named so", b->op->id, name);
    return bind;
}

/* The pointer of an answer leads to what the client sent: a property of the body or a parameter. */
static void check_pointer(struct binder *b, const char *pointer, const char *where)
{
    struct slice rest = slice_of(pointer);
    const char *name;

    if (!pointer || *pointer != '/')
        return;
    slice_cut(&rest, '/');
    name = pointer_token(b->arena, slice_cut(&rest, '/'));
    for (size_t i = 0; i < b->op->parameter_count; i++)
        if (strcmp(b->op->parameters[i].field.name, name) == 0)
            return;
    if (!operation_property(b->op, name))
        BINDER_COMPLAIN(b, where,
                        "%s: else: pointer: %s is neither a property of the body nor a parameter",
                        b->op->id, pointer);
}

static void bind_step(struct binder *b, size_t index)
{
    struct json_object *record = jget_item(b->sql, "steps", index);
    struct plan_step *step = &b->plan->steps[index];
    const char *where = jget_text(record, "source");

    step->name = copy(b->arena, jget_text(record, "name"));
    step->sql = copy(b->arena, jget_text(record, "sql"));
    step->returns = parse_returns(jget_text(record, "returns"));
    step->deletes = jget_bool(record, "deletes");
    step->otherwise = read_answer(b->arena, jget(record, "else"));
    check_pointer(b, step->otherwise.pointer, where);
    step->bind_count = jget_count(record, "names");
    step->binds = arena_zalloc(b->arena, (step->bind_count + 1) * sizeof(*step->binds));
    b->plan->is_write |= jget_bool(record, "is-write");
    for (size_t i = 0; i < step->bind_count; i++) {
        const char *name = json_object_get_string(jget_item(record, "names", i));

        step->binds[i] = strchr(name, '.')
                             ? bind_to_step(b, name, index, where)
                             : (struct plan_bind){.index = inputs_resolve(&b->inputs, name, where)};
    }
}

static void bind_filters(struct binder *b)
{
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    size_t n = jget_count(b->sql, "filter");

    b->plan->filter_count = n;
    b->plan->filters = arena_zalloc(b->arena, (n + 1) * sizeof(*b->plan->filters));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = jget_item(b->sql, "filter", i);
        const char *column = jget_text(row, "column"), *value = jget_text(row, "value");

        if (!binder_has_column(step, column))
            BINDER_COMPLAIN(b, b->where, "%s: filter: the statement has no column %s", b->op->id,
                            column);
        b->plan->filters[i].column = copy(b->arena, column);
        b->plan->filters[i].value = inputs_resolve(&b->inputs, value ? value : "", b->where);
    }
}

static void bind_page(struct binder *b)
{
    struct json_object *json = jget(b->sql, "page"), *step;
    struct plan_page *page = &b->plan->page;
    const char **by;

    if (!json)
        return;
    step = jget_item(b->sql, "steps", b->plan->result);
    page->by_count = jget_count(json, "by");
    by = arena_alloc(b->arena, (page->by_count + 1) * sizeof(*by));
    for (size_t i = 0; i < page->by_count; i++) {
        by[i] = copy(b->arena, json_object_get_string(jget_item(json, "by", i)));
        if (!by[i] || !binder_has_column(step, by[i]))
            BINDER_COMPLAIN(b, b->where, "%s: page: by: the statement has no column %s", b->op->id,
                            by[i] ? by[i] : "null");
        else if (is_listed(step, "nullable", by[i]))
            BINDER_COMPLAIN(b, b->where, "%s: page: by: the column %s may be NULL", b->op->id,
                            by[i]);
    }
    page->by = by;
    page->is_descending = jget_text(json, "order") && strcmp(jget_text(json, "order"), "desc") == 0;
    page->limit_default = LIMIT_DEFAULT;
    page->has_limit = jget_text(json, "limit") != NULL;
    if (page->has_limit)
        page->limit = inputs_resolve(&b->inputs, jget_text(json, "limit"), b->where);
    page->cursor =
        inputs_add_cursor(&b->inputs, jget_text(json, "cursor") ? jget_text(json, "cursor") : "",
                          page->by_count, b->where);
}

/* "/todos/{id}" → its pieces. */
static void bind_location(struct binder *b)
{
    const char *text = jget_text(b->sql, "location"), *at, *open;
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    size_t n = 1;

    if (!text)
        return;
    if (b->plan->steps[b->plan->result].returns != PLAN_ONE)
        BINDER_COMPLAIN(b, b->where, "%s: location: needs a result with returns: one", b->op->id);
    for (at = text; *at; at++)
        n += *at == '{';
    b->plan->location = arena_zalloc(b->arena, n * sizeof(*b->plan->location));
    for (at = arena_strdup(b->arena, text); (open = strchr(at, '{'));) {
        struct plan_location *part = &b->plan->location[b->plan->location_count++];
        size_t len = strcspn(open + 1, "}");

        part->literal = (struct slice){at, (size_t)(open - at)};
        part->column = arena_strndup(b->arena, open + 1, len);
        if (!binder_has_column(step, part->column))
            BINDER_COMPLAIN(b, b->where, "%s: location: the statement has no column %s", b->op->id,
                            part->column);
        at = open + 1 + len + (open[1 + len] == '}');
    }
    b->plan->location[b->plan->location_count++].literal = slice_of(at);
}

static void bind_rules(struct binder *b, struct json_object *rules)
{
    static const char *const kinds[] = {"unique", "check", "not-null", "foreign-key"};
    size_t n = json_object_is_type(rules, json_type_array) ? json_object_array_length(rules) : 0;

    b->plan->rule_count = n;
    b->plan->rules = arena_zalloc(b->arena, (n + 1) * sizeof(*b->plan->rules));
    for (size_t i = 0; i < n; i++) {
        struct json_object *rule = json_object_array_get_idx(rules, i);
        const char *kind = jget_text(rule, "kind");

        for (int k = 0; k < 4; k++)
            if (kind && strcmp(kind, kinds[k]) == 0)
                b->plan->rules[i].kind = (enum plan_rule_kind)k;
        b->plan->rules[i].key = copy(b->arena, jget_text(rule, "key"));
        b->plan->rules[i].answer = read_answer(b->arena, jget(rule, "answer"));
    }
}

struct required {
    struct binder *b;
    struct json_object *step;
    const struct schema *schema;
};

static void check_required(void *arg, const char *name, const struct schema *member)
{
    struct required *r = arg;

    (void)member;
    if (schema_requires(r->schema, name) && !binder_has_column(r->step, name))
        BINDER_COMPLAIN(r->b, r->b->where,
                        "%s: the response schema requires %s, but no column gives it", r->b->op->id,
                        name);
}

static void count_property(void *arg, const char *name, const struct schema *member)
{
    (void)name, (void)member;
    ++*(size_t *)arg;
}

/* Whether what the column holds can be answered as what its property wants. */
static void check_column(struct binder *b, struct json_object *step, size_t i,
                         const struct schema *property)
{
    const struct plan_column *column = &b->plan->columns[i];
    int can_be =
        jget(step, "types") ? (int)json_object_get_int(jget_item(step, "types", i)) : SCHEMA_ANY;

    if (!b->diags || !property || column->is_hidden)
        return;
    if (!(column->types & can_be & ~SCHEMA_NULL) && (column->types & ~SCHEMA_NULL))
        diag_error(b->diags, b->where,
                   "%s: the column %s is declared %s, but the response schema says %s", b->op->id,
                   column->name, schema_type_names(b->arena, can_be),
                   schema_type_names(b->arena, column->types));
    if (is_listed(step, "nullable", column->name) && !(column->types & SCHEMA_NULL))
        diag_error(b->diags, b->where,
                   "%s: the column %s may be NULL, but the response schema does not allow null",
                   b->op->id, column->name);
}

static bool is_etag(const struct binder *b, const char *column)
{
    return b->plan->etag && strcmp(b->plan->etag, column) == 0;
}

/* Types each column by the property of the same name, and proves both sides complete. */
static void bind_columns(struct binder *b, const struct schema *row)
{
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    size_t n = jget_count(step, "columns"), named = 0;
    struct required required = {b, step, row};

    b->plan->column_count = n;
    b->plan->columns = arena_zalloc(b->arena, (n + 1) * sizeof(*b->plan->columns));
    if (row)
        schema_each_property(row, count_property, &named);
    for (size_t i = 0; i < n; i++) {
        const char *name = json_object_get_string(jget_item(step, "columns", i));
        const struct schema *property = row ? schema_property(row, name) : NULL;

        b->plan->columns[i].name = copy(b->arena, name);
        b->plan->columns[i].is_hidden = row && schema_is_hidden(row, name);
        b->plan->columns[i].types = property ? schema_types(property) : SCHEMA_ANY;
        if (named && !property && is_etag(b, name))
            b->plan->columns[i].is_hidden = true; /* a header says it */
        else if (named && !property)
            BINDER_COMPLAIN(b, b->where, "%s: the column %s is no property of the response schema",
                            b->op->id, name);
        check_column(b, step, i, property);
        for (size_t k = 0; k < i; k++)
            if (strcmp(b->plan->columns[k].name, name) == 0)
                BINDER_COMPLAIN(b, b->where, "%s: two columns are named %s", b->op->id, name);
    }
    if (row)
        schema_each_property(row, check_required, &required);
}

/* The schema of one row inside the response of a list, and the envelope around the rows. */
static const struct schema *list_row(struct binder *b, const struct schema *response)
{
    const struct schema *items;

    b->op->envelope = ENVELOPE_BARE;
    if (!response || (schema_types(response) & SCHEMA_ARRAY)) {
        if (b->plan->page.by)
            BINDER_COMPLAIN(b, b->where,
                            "%s: page: the response must be an object with items and next",
                            b->op->id);
        return response ? schema_items(response) : NULL;
    }
    items = schema_property(response, "items");
    if (!items)
        BINDER_COMPLAIN(b, b->where,
                        "%s: the response of a list must be an array, or an object with items",
                        b->op->id);
    b->op->envelope = schema_property(response, "next") ? ENVELOPE_PAGE : ENVELOPE_ITEMS;
    if (b->plan->page.by && b->op->envelope != ENVELOPE_PAGE)
        BINDER_COMPLAIN(b, b->where, "%s: page: the response has no property next", b->op->id);
    return items ? schema_items(items) : NULL;
}

static void bind_response(struct binder *b, const struct schema *response)
{
    enum plan_returns returns = b->plan->steps[b->plan->result].returns;
    bool is_empty = b->op->status == 204 || b->op->status == 205;
    const struct schema *row = response;

    if (is_empty && returns != PLAN_NONE && returns != PLAN_ONE)
        BINDER_COMPLAIN(b, b->where, "%s: returns: a %d has no body", b->op->id, b->op->status);
    if (returns == PLAN_NONE && response)
        BINDER_COMPLAIN(b, b->where, "%s: returns: none, but the response has a schema", b->op->id);
    if (returns == PLAN_NONE || is_empty) {
        b->op->envelope = ENVELOPE_NONE;
        row = NULL;
    } else if (returns == PLAN_COUNT) {
        b->op->envelope = ENVELOPE_COUNT;
        return;
    } else if (returns == PLAN_LIST) {
        row = list_row(b, response);
    } else {
        b->op->envelope = ENVELOPE_BARE;
    }
    bind_columns(b, row);
}

void bind_sql(struct operation *op, struct json_object *record, struct json_object *document,
              struct arena *arena, struct diags *diags)
{
    struct binder b = {
        .arena = arena, .diags = diags, .op = op, .document = document, .sql = jget(record, "sql")};

    b.plan = op->plan = arena_zalloc(arena, sizeof(*op->plan));
    b.where = jget_text(b.sql, "source");
    b.plan->step_count = jget_count(b.sql, "steps");
    b.plan->steps = arena_zalloc(arena, (b.plan->step_count + 2) * sizeof(*b.plan->steps));
    b.plan->result = (size_t)jget_int(b.sql, "result");
    inputs_init(&b.inputs, arena, diags, op);
    for (size_t i = 0; i < b.plan->step_count; i++)
        bind_step(&b, i);
    bind_filters(&b);
    bind_page(&b);
    bind_location(&b);
    bind_rules(&b, jget(document, "rules"));
    concurrency_bind(&b);
    bind_response(&b, op->response);
    if (jget_text(b.sql, "tx") && b.plan->is_write && strcmp(jget_text(b.sql, "tx"), "read") == 0)
        BINDER_COMPLAIN(&b, b.where, "%s: tx: read, but a statement writes", op->id);
    if (jget_text(b.sql, "tx") && strcmp(jget_text(b.sql, "tx"), "write") == 0)
        b.plan->is_write = true;
    if (b.plan->is_write && op->method == METHOD_GET)
        BINDER_COMPLAIN(&b, b.where, "%s: a GET must not write (RFC 9110, 9.2.1)", op->id);
    inputs_fini(&b.inputs, b.where);
}
