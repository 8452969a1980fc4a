/* SPDX-License-Identifier: MIT */
/* Builds an operation's plan from its record, in the order of dependencies: first the steps, which
 * create the inputs that their names refer to; then filter, page, location and rules; then ETag and
 * result rows, which look at all steps; at last, whether it may write at all, and which inputs
 * nothing uses. The same code runs in the check, with `diags`, and in workers, without:
 * BINDER_COMPLAIN reports only in the check. A worker may rely on it, because only a release that
 * passed the check is ever run. */
#include "lib/api/operation/bind.h"

#include <string.h>
#include <strings.h>

#include "lib/api/operation/binder.h"
#include "lib/conf/units.h"
#include "lib/core/clock.h"
#include "lib/api/document/page_order.h"
#include "lib/api/document/xsql_text.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/db/sql/sqlbound.h"

enum { LIMIT_DEFAULT = 50, TIMEOUT_MAX_MS = 24 * 3600 * 1000, CONCURRENCY_MAX = 1000000 };

static enum plan_returns parse_returns(const char *text)
{
    static const char *const texts[] = {PLAN_RETURNS(ENUM_TEXT)};
    size_t found = enum_parse(texts, PLAN_RETURNS_COUNT, text);

    return found < PLAN_RETURNS_COUNT ? (enum plan_returns)found : PLAN_NONE;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? arena_strdup(arena, text) : NULL;
}

bool binder_is_listed(struct json_object *step, const char *list, const char *name)
{
    struct json_object *names = jget(step, list);
    size_t count = jget_count(step, list);

    for (size_t i = 0; i < count; i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(names, i)), name) == 0)
            return true;
    return false;
}

bool binder_has_column(struct json_object *step, const char *name)
{
    return !jget(step, "columns") || binder_is_listed(step, "columns", name);
}

const char *binder_place(const struct binder *b, struct json_object *parent, const char *key)
{
    const char *where = mark_key(parent, key);

    return *where ? where : b->where;
}

/* Binds "to.id" to column `id` of the step `to`. */
static struct plan_bind bind_to_step(struct binder *b, const char *name, size_t before,
                                     struct name_place place)
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
            BINDER_COMPLAIN(b, bind_inputs_place(&b->inputs, place),
                            "%s: :%s: the step must have returns: one", b->op->id, name);
        else if (!binder_has_column(record, bind.column))
            BINDER_COMPLAIN(b, bind_inputs_place(&b->inputs, place),
                            "%s: :%s: the step has no such column", b->op->id, name);
        return bind;
    }
    BINDER_COMPLAIN(b, bind_inputs_place(&b->inputs, place),
                    "%s: :%s: no earlier step has this name", b->op->id, name);
    return bind;
}

/* Copies the columns that were proved, for the engine to compare with its own statement. */
static void bind_columns(struct binder *b, struct plan_step *step, struct json_object *record)
{
    size_t n = jget_count(record, "columns");
    const char **names = arena_alloc(b->arena, (n + 1) * sizeof(*names));

    for (size_t i = 0; i < n; i++)
        names[i] = copy_text(b->arena, json_object_get_string(jget_item(record, "columns", i)));
    step->columns = jget(record, "columns") ? names : NULL;
    step->column_count = n;
}

static void bind_step(struct binder *b, size_t index)
{
    struct json_object *record = jget_item(b->sql, "steps", index);
    struct plan_step *step = &b->plan->steps[index];
    struct json_object *answer = jget(record, "else");
    const char *source = jget_text(record, "source");

    step->name = copy_text(b->arena, jget_text(record, "name"));
    step->sql = copy_text(b->arena, jget_text(record, "sql"));
    step->returns = parse_returns(jget_text(record, "returns"));
    step->deletes = jget_bool(record, "deletes");
    bind_columns(b, step, record);
    if (jget(record, "positions"))
        step->positions =
            copy_text(b->arena, json_object_to_json_string(jget(record, "positions")));
    step->otherwise = bind_answer(b, answer);
    bind_answer_check(b, answer);
    step->bind_count = jget_count(record, "names");
    step->binds = arena_zalloc(b->arena, (step->bind_count + 1) * sizeof(*step->binds));
    b->plan->is_write |= jget_bool(record, "is-write");
    for (size_t i = 0; i < step->bind_count; i++) {
        const char *name = json_object_get_string(jget_item(record, "names", i));
        struct name_place place = {record, i, source ? source : b->where};

        step->binds[i] =
            strchr(name, '.')
                ? bind_to_step(b, name, index, place)
                : (struct plan_bind){.index = bind_inputs_resolve(&b->inputs, name, place)};
    }
    bind_types(b, record, step, source);
}

/* Returns true if the value may be null. Only the schema of a parameter can exclude that. */
static bool may_be_null(const struct operation *op, size_t value)
{
    const struct field *f;

    if (value >= op->input_count || op->inputs[value].from != INPUT_PARAMETER)
        return true;
    f = &op->parameters[op->inputs[value].index].field;
    return (f->types & SCHEMA_NULL) || f->allows_empty;
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

        const char *where = mark_where(jget(row, "value"));

        where = *where ? where : b->where;
        if (!binder_has_column(step, column))
            BINDER_COMPLAIN(b, where, "%s: filter: the statement has no column %s", b->op->id,
                            column);
        b->plan->filters[i].column = copy_text(b->arena, column);
        if (!value)
            continue;
        b->plan->filters[i].value = bind_inputs_resolve(&b->inputs, value, name_place_of(where));
        b->plan->filters[i].takes_null = may_be_null(b->op, b->plan->filters[i].value);
    }
}

/* Returns true if the column is declared as a BLOB, which a cursor cannot hold. */
static bool is_blob(struct json_object *step, const char *column)
{
    for (size_t i = 0; i < jget_count(step, "columns"); i++) {
        const char *declared = json_object_get_string(jget_item(step, "declared", i));

        if (strcmp(json_object_get_string(jget_item(step, "columns", i)), column) == 0)
            return declared && strcasecmp(declared, "BLOB") == 0;
    }
    return false;
}

static void bind_order(struct binder *b, struct json_object *json)
{
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    const char *where = binder_place(b, json, "by");
    struct plan_page *page = &b->plan->page;
    bool all_descend = jget_text(json, "order") && strcmp(jget_text(json, "order"), "desc") == 0;
    const char **by;

    page->by_count = jget_count(json, "by");
    if (page->by_count > PAGE_BY_MAX)
        page->by_count = PAGE_BY_MAX; /* which was reported */
    page->by = by = arena_alloc(b->arena, (page->by_count + 1) * sizeof(*by));
    for (size_t i = 0; i < page->by_count; i++) {
        struct json_object *item = jget_item(json, "by", i);

        by[i] = copy_text(b->arena, page_order_column(item));
        page->descending |= (unsigned)(all_descend || page_order_is_descending(item)) << i;
        if (!by[i] || !binder_has_column(step, by[i]))
            BINDER_COMPLAIN(b, where, "%s: page: by: the statement has no column %s", b->op->id,
                            by[i] ? by[i] : "null");
        else if (is_blob(step, by[i]))
            BINDER_COMPLAIN(b, where, "%s: page: by: the column %s is a BLOB", b->op->id, by[i]);
        page->nullable |= (unsigned)(!by[i] || !binder_is_listed(step, "never-null", by[i])) << i;
        page->texts |= (unsigned)(by[i] && binder_is_listed(step, "texts", by[i])) << i;
    }
}

static void bind_limit(struct binder *b, const char *name, const char *where)
{
    size_t index = bind_inputs_resolve(&b->inputs, name, name_place_of(where));
    const struct input *input = &b->op->inputs[index];

    b->plan->page.has_limit = true;
    b->plan->page.limit = index;
    if (input->from == INPUT_PARAMETER &&
        !(b->op->parameters[input->index].field.types & SCHEMA_INTEGER))
        BINDER_COMPLAIN(b, where, "%s: page: limit: the parameter %s must be an integer", b->op->id,
                        name);
}

static void bind_page(struct binder *b)
{
    struct json_object *json = jget(b->sql, "page");
    const char *limit = jget_text(json, "limit"), *cursor = jget_text(json, "cursor");
    struct plan_page *page = &b->plan->page;

    if (!json)
        return;
    bind_order(b, json);
    bind_total(b, json);
    page->limit_default = LIMIT_DEFAULT;
    if (limit)
        bind_limit(b, limit, binder_place(b, json, "limit"));
    if (cursor)
        page->cursor = bind_inputs_add_cursor(&b->inputs, cursor, page->by_count,
                                              binder_place(b, json, "cursor"));
}

/* Binds the bound of a list without pages, whose answer would grow with its table. x-allow-scan
 * accepts that, as it accepts reads of the whole table. */
static void bind_max_rows(struct binder *b)
{
    const struct plan_step *step = &b->plan->steps[b->plan->result];

    if (step->returns != PLAN_LIST || b->plan->page.by)
        return;
    b->plan->max_rows = jget_int(b->sql, "max-rows");
    if (!b->plan->max_rows && !b->op->allows_scan && step->sql &&
        !sql_has_bound(step->sql, b->dialect))
        BINDER_COMPLAIN(b, b->where,
                        "%s: returns: list has no bound: write page, or max-rows: N into x-sql, or "
                        "LIMIT into the SQL",
                        b->op->id);
}

/* Splits "/todos/{id}" into its parts. */
static void bind_location(struct binder *b)
{
    const char *text = jget_text(b->sql, "location"), *at, *open;
    struct json_object *step = jget_item(b->sql, "steps", b->plan->result);
    const char *where = binder_place(b, b->sql, "location");
    size_t n = 1;

    if (!text)
        return;
    if (*text != '/')
        BINDER_COMPLAIN(b, where, "%s: location: must begin with /", b->op->id);
    if (b->plan->steps[b->plan->result].returns != PLAN_ONE)
        BINDER_COMPLAIN(b, where, "%s: location: requires a result with returns: one", b->op->id);
    for (at = text; *at; at++)
        n += *at == '{';
    b->plan->location = arena_zalloc(b->arena, n * sizeof(*b->plan->location));
    for (at = arena_strdup(b->arena, text); (open = strchr(at, '{'));) {
        struct plan_location *part = &b->plan->location[b->plan->location_count++];
        size_t len = strcspn(open + 1, "}");

        part->literal = (struct slice){at, (size_t)(open - at)};
        part->column = arena_strndup(b->arena, open + 1, len);
        if (!binder_has_column(step, part->column))
            BINDER_COMPLAIN(b, where, "%s: location: the statement has no column %s", b->op->id,
                            part->column);
        at = open + 1 + len + (open[1 + len] == '}');
    }
    b->plan->location[b->plan->location_count++].literal = slice_of(at);
}

static void bind_rules(struct binder *b, struct json_object *rules)
{
    static const char *const kinds[] = {PLAN_RULE_KINDS(ENUM_TEXT)};
    size_t n = json_object_is_type(rules, json_type_array) ? json_object_array_length(rules) : 0;

    b->plan->rule_count = n;
    b->plan->rules = arena_zalloc(b->arena, (n + 1) * sizeof(*b->plan->rules));
    for (size_t i = 0; i < n; i++) {
        struct json_object *rule = json_object_array_get_idx(rules, i);
        size_t kind = enum_parse(kinds, PLAN_RULE_KIND_COUNT, jget_text(rule, "kind"));

        if (kind < PLAN_RULE_KIND_COUNT)
            b->plan->rules[i].kind = (enum plan_rule_kind)kind;
        b->plan->rules[i].key = copy_text(b->arena, jget_text(rule, "key"));
        b->plan->rules[i].answer = bind_answer(b, jget(rule, "answer"));
        if (kind == RULE_RAISE && !b->plan->rules[i].answer.code)
            b->plan->rules[i].answer.code = b->plan->rules[i].key;
    }
}

/* Binds x-timeout: a duration, or a number of milliseconds. */
static void bind_timeout(struct binder *b, struct json_object *timeout)
{
    long long ms = 0;

    if (!timeout)
        return;
    if (json_object_is_type(timeout, json_type_int))
        ms = json_object_get_int64(timeout);
    else if (json_object_is_type(timeout, json_type_string))
        units_duration_ms(json_object_get_string(timeout), &ms);
    if (ms > 0 && ms <= TIMEOUT_MAX_MS)
        b->op->timeout_ns = (uint64_t)ms * NS_PER_MS;
    else
        BINDER_COMPLAIN(b, *mark_where(timeout) ? mark_where(timeout) : b->op->source,
                        "%s: x-timeout: must be a duration such as 500ms or 30s, or a number of "
                        "milliseconds, of at most 24h",
                        b->op->id);
}

void bind_concurrency(struct operation *op, struct json_object *record, struct diags *diags)
{
    struct json_object *value = jget(record, "concurrency");
    int64_t most = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;

    if (most >= 1 && most <= CONCURRENCY_MAX)
        op->concurrency = (uint32_t)most;
    else if (value && diags)
        (op->binding == BINDING_NONE ? diag_warn : diag_error)(
            diags, *mark_where(value) ? mark_where(value) : op->source,
            "%s: x-concurrency: must be an integer from 1 to %d", op->id, CONCURRENCY_MAX);
}

static bool is_whole(const struct binder *b)
{
    for (size_t i = 0; i < b->plan->step_count; i++)
        if (!b->plan->steps[i].sql)
            return false;
    return b->plan->step_count > 0;
}

void bind_sql(struct operation *op, struct json_object *record, struct json_object *document,
              struct arena *arena, struct diags *diags)
{
    struct binder b = {
        .arena = arena, .diags = diags, .op = op, .document = document, .sql = jget(record, "sql")};

    b.plan = op->plan = arena_zalloc(arena, sizeof(*op->plan));
    b.plan->role = jget_bool(record, "unrestricted") ? ROLE_UNRESTRICTED : ROLE_CALLER;
    b.where = jget_text(b.sql, "source");
    b.plan->step_count = jget_count(b.sql, "steps");
    b.dialect = xsql_text_dialect(jget_item(b.sql, "steps", 0));
    b.plan->steps = arena_zalloc(arena, (b.plan->step_count + 2) * sizeof(*b.plan->steps));
    b.plan->result = (size_t)jget_int(b.sql, "result");
    bind_inputs_init(&b.inputs, arena, diags, op);
    for (size_t i = 0; i < b.plan->step_count; i++)
        bind_step(&b, i);
    bind_filters(&b);
    bind_page(&b);
    bind_max_rows(&b);
    bind_location(&b);
    bind_rules(&b, jget(document, "rules"));
    bind_timeout(&b, jget(record, "timeout"));
    bind_etag(&b);
    bind_rows(&b, op->response);
    if (jget_text(b.sql, "tx") && b.plan->is_write && strcmp(jget_text(b.sql, "tx"), "read") == 0)
        BINDER_COMPLAIN(&b, binder_place(&b, b.sql, "tx"),
                        "%s: tx: is read, but a statement writes", op->id);
    if (jget_text(b.sql, "tx") && strcmp(jget_text(b.sql, "tx"), "write") == 0)
        b.plan->is_write = true;
    if (b.plan->is_write && method_is_safe(op->method))
        BINDER_COMPLAIN(&b, b.where, "%s: %s must not write (RFC 9110, 9.2.1)", op->id,
                        method_name(op->method));
    bind_idempotency(&b, record);
    if (!is_whole(&b)) /* the inputs of a statement that could not be read are unknown */
        b.inputs.diags = NULL;
    bind_inputs_fini(&b.inputs, b.where);
}
