/* SPDX-License-Identifier: MIT */
/*
 * Prints the route table from the same records that a worker loads, after proving them, because
 * which statements write is known only once SQLite has prepared them. Cells are texts in an arena,
 * so that the aligned table can measure them before it prints, and JSON can use the same cells with
 * their own keys.
 */
#include "workers/commands/cmd_routes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/api/operation/operation.h"
#include "lib/api/operation/prove_operations.h"
#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/db/engine/prover.h"
#include "workers/commands/drop_privileges.h"
#include "workers/commands/load_sources.h"

enum route_column { METHOD, PATH, OPERATION, BINDING, SECURITY, LIMITS, SOURCE, COLUMN_COUNT };

static const char *const titles[] = {"METHOD",   "PATH",   "OPERATION", "BINDING",
                                     "SECURITY", "LIMITS", "SOURCE"};
static const char *const keys[] = {"method",   "path",   "operationId", "binding",
                                   "security", "limits", "source"};

struct route_row {
    enum method method;
    const char *cells[COLUMN_COUNT];
};

struct routes {
    struct arena arena;
    struct diags diags;
    struct json_object *config, *documents;
    struct api *api;
    struct route_row *rows;
};

static const char *binding_of(struct routes *r, const struct operation *op,
                              struct json_object *record)
{
    const char *handler = jget_text(record, "handler");

    if (op->binding == BINDING_SQL)
        return op->plan->is_write ? "sql write" : "sql read";
    if (op->binding == BINDING_BUILTIN)
        return arena_printf(&r->arena, "builtin %s", op->builtin);
    return handler ? arena_printf(&r->arena, "handler %s", handler) : "none";
}

/* Returns text as it is, other values as JSON, NULL for nothing. */
static const char *text_of(struct routes *r, struct json_object *value)
{
    struct buf json = {0};
    const char *text;

    if (!value || json_object_is_type(value, json_type_string))
        return value ? json_object_get_string(value) : NULL;
    jwrite_value(&json, value);
    text = arena_strndup(&r->arena, json.data, json.len);
    buf_fini(&json);
    return text;
}

/* Formats {bearer: [todos:read], key: []} as "bearer(todos:read)+key", and {} as "anyone". */
static const char *requirement(struct routes *r, struct json_object *schemes)
{
    const char *out = "";

    if (!json_object_is_type(schemes, json_type_object))
        return "?";
    json_object_object_foreach(schemes, name, scopes)
    {
        out = arena_printf(&r->arena, "%s%s%s", out, *out ? "+" : "", name);
        for (size_t i = 0; i < jget_count(schemes, name); i++)
            out = arena_printf(&r->arena, "%s%s%s", out, i ? "," : "(",
                               json_object_get_string(json_object_array_get_idx(scopes, i)));
        if (jget_count(schemes, name))
            out = arena_printf(&r->arena, "%s)", out);
    }
    return *out ? out : "anyone";
}

/* Formats alternatives as "A|B". */
static const char *security_of(struct routes *r, struct json_object *record)
{
    const char *out = "";

    for (size_t i = 0; i < jget_count(record, "security"); i++)
        out = arena_printf(&r->arena, "%s%s%s", out, i ? "|" : "",
                           requirement(r, jget_item(record, "security", i)));
    return *out ? out : "-";
}

static const char *limits_of(struct routes *r, struct json_object *record)
{
    static const char *const names[] = {"rate-limit", "timeout", "concurrency"};
    const char *out = "";

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const char *value = text_of(r, jget(record, names[i]));

        if (value)
            out = arena_printf(&r->arena, "%s%s%s=%s", out, *out ? "," : "", i ? names[i] : "rate",
                               value);
    }
    return *out ? out : "-";
}

/* Returns "file:line" of "file:line:col". */
static const char *source_of(struct routes *r, const char *source)
{
    const char *colon = strrchr(source, ':');

    return arena_strndup(&r->arena, source, colon ? (size_t)(colon - source) : strlen(source));
}

static void read_route(struct routes *r, const struct operation *op, struct json_object *record)
{
    struct route_row *row = &r->rows[op->index];

    row->method = op->method;
    row->cells[METHOD] = method_name(op->method);
    row->cells[PATH] = op->template;
    row->cells[OPERATION] = op->id;
    row->cells[BINDING] = binding_of(r, op, record);
    row->cells[SECURITY] = security_of(r, record);
    row->cells[LIMITS] = limits_of(r, record);
    row->cells[SOURCE] = source_of(r, op->source);
}

static int by_path(const void *a, const void *b)
{
    const struct route_row *one = a, *other = b;
    int order = strcmp(one->cells[PATH], other->cells[PATH]);

    return order ? order : (int)one->method - (int)other->method;
}

static void read_routes(struct routes *r)
{
    size_t index = 0;

    r->rows = arena_zalloc(&r->arena, (r->api->count + 1) * sizeof(*r->rows));
    for (size_t i = 0; i < json_object_array_length(r->documents); i++) {
        struct json_object *document = json_object_array_get_idx(r->documents, i);

        for (size_t k = 0; k < jget_count(document, "operations"); k++)
            read_route(r, &r->api->operations[index++], jget_item(document, "operations", k));
    }
    qsort(r->rows, r->api->count, sizeof(*r->rows), by_path);
}

static void put_row(const char *const *cells, const size_t *widths)
{
    for (int i = 0; i < COLUMN_COUNT - 1; i++)
        printf("%-*s  ", (int)widths[i], cells[i]);
    puts(cells[COLUMN_COUNT - 1]);
}

static void print_table(struct routes *r)
{
    size_t widths[COLUMN_COUNT];

    for (int i = 0; i < COLUMN_COUNT; i++) {
        widths[i] = strlen(titles[i]);
        for (size_t k = 0; k < r->api->count; k++)
            if (strlen(r->rows[k].cells[i]) > widths[i])
                widths[i] = strlen(r->rows[k].cells[i]);
    }
    put_row(titles, widths);
    for (size_t k = 0; k < r->api->count; k++)
        put_row(r->rows[k].cells, widths);
}

static void print_json(struct routes *r)
{
    struct json_object *list = json_object_new_array();
    struct buf text = {0};

    for (size_t k = 0; k < r->api->count; k++) {
        struct json_object *row = json_object_new_object();

        for (int i = 0; i < COLUMN_COUNT; i++)
            jput_text(row, keys[i],
                      strcmp(r->rows[k].cells[i], "-") == 0 ? NULL : r->rows[k].cells[i]);
        json_object_array_add(list, row);
    }
    jwrite_value(&text, list);
    puts(buf_text(&text));
    buf_fini(&text);
    json_object_put(list);
}

/* Loads the documents and proves them on a database, which alone tells which statements write. */
static void load_routes(struct routes *r)
{
    struct prover *prover = load_database(r->config, &r->diags);

    r->documents = load_documents(r->config, DOCUMENT_INSPECTED, &r->diags);
    if (prover)
        prove_documents(r->documents, prover, &r->diags);
    if (!r->diags.errors)
        r->api = api_load(r->documents, NULL, &r->diags);
    if (r->diags.errors)
        api_free(&r->api);
    prover_close(&prover);
}

int cmd_routes(const char *path, bool is_json)
{
    struct routes r = {0};
    int result;

    if (conf_load(path, &r.config, &r.diags) && drop_privileges(r.config, &r.diags))
        load_routes(&r);
    if (r.api) {
        read_routes(&r);
        (is_json ? print_json : print_table)(&r);
    }
    fflush(stdout);
    diags_sort(&r.diags);
    if (!r.api)
        diags_print(&r.diags, stderr);
    result = r.diags.errors ? 1 : 0;
    api_free(&r.api);
    json_object_put(r.documents);
    json_object_put(r.config);
    diags_fini(&r.diags);
    arena_fini(&r.arena);
    return result;
}
