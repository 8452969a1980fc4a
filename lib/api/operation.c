/* SPDX-License-Identifier: MIT */
#include "lib/api/operation.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/api/bind.h"
#include "lib/core/jget.h"

struct loader {
    struct api *api;
    struct diags *diags;
    struct json_object *document;
    struct schema_set schemas;
};

#define COMPLAIN(l, where, ...)                                                                    \
    do {                                                                                           \
        if ((l)->diags)                                                                            \
            diag_error((l)->diags, where, __VA_ARGS__);                                            \
    } while (0)

static const char *keep(struct loader *l, const char *text)
{
    return text ? arena_strdup(&l->api->arena, text) : NULL;
}

/* The position of {name} among the template's parameters. */
static bool find_capture(const char *template, const char *name, size_t *capture)
{
    size_t len = strlen(name);

    *capture = 0;
    for (const char *at = template; (at = strchr(at, '{')); at++, ++*capture)
        if (strncmp(at + 1, name, len) == 0 && at[len + 1] == '}')
            return true;
    return false;
}

static void load_parameter(struct loader *l, struct operation *op, struct json_object *record,
                           struct parameter *p)
{
    static const char *const places[] = {"path", "query", "header", "cookie"};
    struct json_object *schema = jget(record, "schema");
    const char *in = jget_text(record, "in");

    for (int i = 0; i < 4; i++)
        if (strcmp(places[i], in) == 0)
            p->in = (enum parameter_in)i;
    p->name = keep(l, jget_text(record, "name"));
    p->pointer = arena_printf(&l->api->arena, "/%s", p->name);
    p->is_required = jget_bool(record, "required");
    p->schema = schema_compile(&l->schemas, schema);
    p->types = schema_types(p->schema);
    p->fallback = jget(schema, "default");
    if (p->types != SCHEMA_ANY && (p->types & (SCHEMA_ARRAY | SCHEMA_OBJECT)) && l->diags)
        diag_warn(l->diags, jget_text(record, "source"),
                  "%s: this version reads parameters of arrays and objects as JSON text", p->name);
    if (p->in == IN_PATH && !find_capture(op->template, p->name, &p->capture))
        COMPLAIN(l, jget_text(record, "source"), "%s: the path %s has no {%s}", op->id,
                 op->template, p->name);
}

static void load_parameters(struct loader *l, struct operation *op, struct json_object *record)
{
    size_t captures = 0, declared = 0;

    op->parameter_count = jget_count(record, "parameters");
    op->parameters =
        arena_zalloc(&l->api->arena, (op->parameter_count + 1) * sizeof(*op->parameters));
    for (size_t i = 0; i < op->parameter_count; i++) {
        load_parameter(l, op, jget_item(record, "parameters", i), &op->parameters[i]);
        declared += op->parameters[i].in == IN_PATH;
    }
    for (const char *at = op->template; (at = strchr(at, '{')); at++)
        captures++;
    if (captures > declared)
        COMPLAIN(l, op->source, "%s: a parameter of the path %s is not declared", op->id,
                 op->template);
}

static void load_body(struct loader *l, struct operation *op, struct json_object *record)
{
    struct json_object *body = jget(record, "body");

    if (!body)
        return;
    l->schemas.is_request = true;
    op->body = schema_compile(&l->schemas, jget(body, "schema"));
    l->schemas.is_request = false;
    op->is_body_required = jget_bool(body, "required");
}

/* A date or date-time (RFC 3339) as an HTTP date; NULL if it is neither. */
static const char *http_date(struct loader *l, const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    char out[64];
    int day;

    if (end && *end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &tm);
    if (!end || *end)
        return NULL;
    day = tm.tm_mday;
    timegm(&tm);
    if (tm.tm_mday != day) /* the 31st of February */
        return NULL;
    strftime(out, sizeof(out), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return keep(l, out);
}

static void add_route(struct loader *l, struct operation *op)
{
    const char *why = NULL;
    struct operation *other = router_add(&l->api->router, op->method, op->template, op, &why);

    if (why)
        COMPLAIN(l, op->source, "%s: %s: %s", op->id, op->template, why);
    else if (other)
        COMPLAIN(l, op->source, "%s: %s %s is matched by %s too (%s)", op->id,
                 method_name(op->method), op->template, other->id, other->source);
}

static void load_operation(struct loader *l, struct json_object *record)
{
    struct arena *arena = &l->api->arena;
    struct operation *op = &l->api->operations[l->api->count];
    const char *sunset = jget_text(record, "sunset"), *method = jget_text(record, "method");
    char upper[16] = "";

    op->index = l->api->count++;
    for (size_t i = 0; i < sizeof(upper) - 1 && method[i]; i++)
        upper[i] = (char)(method[i] - 32);
    op->method = method_parse(slice_of(upper));
    op->id = keep(l, jget_text(record, "id"));
    op->source = keep(l, jget_text(record, "source"));
    op->mount = keep(l, jget_text(l->document, "mount"));
    op->template = arena_printf(arena, "%s%s", op->mount, jget_text(record, "path"));
    op->status = (int)jget_int(record, "status");
    op->is_deprecated = jget_bool(record, "deprecated");
    op->sunset = sunset ? http_date(l, sunset) : NULL;
    if (sunset && !op->sunset)
        COMPLAIN(l, op->source, "%s: x-sunset: must be a date such as 2027-01-31", op->id);
    load_parameters(l, op, record);
    load_body(l, op, record);
    op->builtin = keep(l, jget_text(record, "builtin"));
    op->binding = op->builtin ? BINDING_BUILTIN : BINDING_NONE;
    if (jget(record, "sql")) {
        op->binding = BINDING_SQL;
        bind_sql(op, record, jget(l->document, "rules"),
                 jget_bool(record, "has-response")
                     ? schema_compile(&l->schemas, jget(record, "response"))
                     : NULL,
                 arena, l->diags);
        op->plan->id = l->api->plan_count++;
    }
    add_route(l, op);
}

static size_t count_operations(struct json_object *documents)
{
    size_t count = 0;

    for (size_t i = 0; i < json_object_array_length(documents); i++)
        count += jget_count(json_object_array_get_idx(documents, i), "operations");
    return count;
}

/* Two operations of one document must not share an id (OpenAPI 3.1, 4.8.10). */
static void check_ids(struct loader *l, size_t first)
{
    struct json_object *seen = json_object_new_object();

    for (size_t i = first; i < l->api->count; i++) {
        struct operation *op = &l->api->operations[i];

        if (json_object_object_get_ex(seen, op->id, NULL))
            COMPLAIN(l, op->source, "operationId: %s occurs twice", op->id);
        json_object_object_add(seen, op->id, NULL);
    }
    json_object_put(seen);
}

struct api *api_load(struct json_object *documents, struct diags *diags)
{
    struct api *api = calloc(1, sizeof(*api));
    size_t before = diags ? diags->errors : 0;

    if (!api)
        abort();
    router_init(&api->router, &api->arena);
    api->operations =
        arena_zalloc(&api->arena, (count_operations(documents) + 1) * sizeof(*api->operations));
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct loader l = {.api = api, .diags = diags};
        size_t first = api->count;

        l.document = json_object_array_get_idx(documents, i);
        schema_set_init(&l.schemas, &api->arena, jget(l.document, "schemas"), diags);
        for (size_t k = 0; k < jget_count(l.document, "operations"); k++)
            load_operation(&l, jget_item(l.document, "operations", k));
        check_ids(&l, first);
        schema_set_fini(&l.schemas);
    }
    if (diags && diags->errors > before)
        api_free(&api);
    return api;
}

void api_free(struct api **api)
{
    if (*api)
        arena_fini(&(*api)->arena);
    free(*api);
    *api = NULL;
}
