/* SPDX-License-Identifier: MIT */
/* Loads the records of the release, document by document, operation by operation. Schemas are
 * compiled again here, into the arena of the api, because compiled schemas are pointers and cannot
 * travel in a release. All operations are counted first: the array must not move, since router and
 * plans point into it. Workers read the operations' records from the text one by one, so that only
 * one of them is in memory as a tree at any time; the check has them in memory anyway. */
#include "lib/api/operation/operation.h"

#include <stdlib.h>
#include <string.h>

#include "lib/api/operation/bind.h"
#include "lib/api/document/captures.h"
#include "lib/api/operation/error_forms.h"
#include "lib/api/document/extensions.h"
#include "lib/api/operation/location.h"
#include "lib/api/operation/owners.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/pointer.h"

enum { RECORD_DEPTH = 256 };

struct operation_loader {
    struct api *api;
    struct diags *diags;
    struct json_object *document;
    struct schema_set *schemas;
    struct scheme *credentials; /* the document's */
    size_t credential_count;
    struct json_object *kept; /* schemas, kept because the set knows them by address */
};

#define COMPLAIN(l, where, ...)                                                                    \
    do {                                                                                           \
        if ((l)->diags)                                                                            \
            diag_error((l)->diags, where, __VA_ARGS__);                                            \
    } while (0)

static const char *keep_text(struct operation_loader *l, const char *text)
{
    return text ? arena_strdup(&l->api->arena, text) : NULL;
}

static const struct schema *load_schema(struct operation_loader *l, struct json_object *record,
                                        enum schema_use use)
{
    const char *base = jget_text(record, "base");
    struct json_object *schema = jget(record, "schema");

    json_object_array_add(l->kept, json_object_get(schema));
    return schema_compile(l->schemas, base ? base : jget_text(l->document, "file"), schema, use);
}

static struct field load_field(struct operation_loader *l, const char *name,
                               struct json_object *record, const struct schema *schema)
{
    struct buf pointer = {0};
    const char *style = jget_text(record, "style");
    struct field f = {.name = keep_text(l, name),
                      .style = style ? style_parse(style) : STYLE_FORM,
                      .is_exploded = jget(record, "explode") ? jget_bool(record, "explode")
                                                             : !style || strcmp(style, "form") == 0,
                      .allows_empty = jget_bool(record, "allow-empty"),
                      .is_json = jget_bool(record, "json"),
                      .types = schema_types(schema),
                      .schema = schema};

    pointer_put(&pointer, slice_of(name));
    f.pointer = keep_text(l, buf_text(&pointer));
    buf_fini(&pointer);
    return f;
}

/* Returns the name of what answers the operation, or NULL. */
static const char *binding_name(const struct operation *op)
{
    if (op->binding == BINDING_NONE)
        return NULL;
    return extension_name(op->binding == BINDING_SQL ? EXTENSION_SQL : EXTENSION_BUILTIN);
}

static void load_parameter(struct operation_loader *l, struct operation *op,
                           struct json_object *record, struct parameter *p)
{
    static const char *const places[] = {PARAMETER_PLACES(ENUM_TEXT)};
    size_t in = enum_parse(places, PARAMETER_PLACE_COUNT, jget_text(record, "in"));
    const struct schema *schema = load_schema(l, record, SCHEMA_PLAIN);

    if (in < PARAMETER_PLACE_COUNT)
        p->in = (enum parameter_in)in;
    p->field = load_field(l, jget_text(record, "name"), record, schema);
    p->is_required = jget_bool(record, "required");
    p->has_default = schema_default(schema, &p->fallback);
    if (p->in == IN_PATH && !captures_find(op->template, p->field.name, &p->capture))
        COMPLAIN(l, jget_text(record, "source"), "%s: the path %s has no {%s}", op->id,
                 op->template, p->field.name);
}

/* Loads the query parameters, or all others. */
static void load_parameters_of(struct operation_loader *l, struct operation *op,
                               struct json_object *record, bool is_query)
{
    size_t n = jget_count(record, "parameters");

    for (size_t i = 0; i < n; i++) {
        struct json_object *one = jget_item(record, "parameters", i);

        if ((strcmp(jget_text(one, "in"), "query") == 0) == is_query)
            load_parameter(l, op, one, &op->parameters[op->parameter_count++]);
    }
}

static void load_parameters(struct operation_loader *l, struct operation *op,
                            struct json_object *record)
{
    size_t n = jget_count(record, "parameters");

    op->parameters = arena_zalloc(&l->api->arena, (n + 1) * sizeof(*op->parameters));
    op->query = arena_alloc(&l->api->arena, (n + 1) * sizeof(*op->query));
    load_parameters_of(l, op, record, true);
    op->query_count = op->parameter_count;
    load_parameters_of(l, op, record, false);
    for (size_t i = 0; i < op->query_count; i++)
        op->query[i] = &op->parameters[i].field;
    if (l->diags)
        captures_check(op, binding_name(op), l->diags);
}

struct fields {
    struct operation_loader *l;
    struct json_object *encoding;
    struct json_object *names; /* of the fields so far */
    struct body_media *media;
};

/* Loads a form's field, a property of its schema. `encoding` may say how it is serialized (OpenAPI
 * 3.1, 4.8.15); otherwise properties that are objects are JSON text. */
static void load_form_field(void *arg, const char *name, const struct schema *member)
{
    struct fields *f = arg;
    struct json_object *encoding = jget(f->encoding, name);
    const char *type = jget_text(encoding, "contentType");
    struct field *field;

    if (!member || jget(f->names, name))
        return;
    json_object_object_add(f->names, name, json_object_new_boolean(true));
    field = arena_alloc(&f->l->api->arena, sizeof(*field));
    *field = load_field(f->l, name, encoding, member);
    field->is_json =
        type ? media_is_json(slice_of(type))
             : (field->types & ~SCHEMA_NULL) == SCHEMA_OBJECT && !jget(encoding, "style");
    f->media->fields[f->media->field_count++] = field;
}

static void load_media(struct operation_loader *l, struct json_object *record,
                       struct body_media *media)
{
    struct fields f = {l, jget(record, "encoding"), NULL, media};

    media->type = keep_text(l, jget_text(record, "type"));
    media->kind = media_kind_of(slice_of(media->type));
    media->schema = load_schema(l, record, SCHEMA_REQUEST);
    if (media->kind != MEDIA_FORM && media->kind != MEDIA_MULTIPART)
        return;
    media->fields = arena_zalloc(&l->api->arena, (schema_property_count(media->schema) + 1) *
                                                     sizeof(*media->fields));
    f.names = json_object_new_object();
    schema_each_property(media->schema, load_form_field, &f);
    json_object_put(f.names);
}

static void load_body(struct operation_loader *l, struct operation *op, struct json_object *record)
{
    struct json_object *body = jget(record, "body");

    op->body_count = jget_count(body, "content");
    op->bodies = arena_zalloc(&l->api->arena, (op->body_count + 1) * sizeof(*op->bodies));
    for (size_t i = 0; i < op->body_count; i++)
        load_media(l, jget_item(body, "content", i), &op->bodies[i]);
    op->is_body_required = jget_bool(body, "required");
    op->fills = op->body_count && schema_set_has_defaults(l->schemas);
}

static void load_response(struct operation_loader *l, struct operation *op,
                          struct json_object *record)
{
    struct json_object *response = jget(record, "response");

    if (!response)
        return;
    op->response_type = keep_text(l, jget_text(response, "type"));
    op->response = load_schema(l, response, SCHEMA_RESPONSE);
}

static void add_route(struct operation_loader *l, struct operation *op)
{
    const struct operation *other;
    struct fault fault;
    void *equal;

    if (router_add(&l->api->router, op->method, op->template, op, &equal, &fault))
        return;
    other = equal;
    if (!other && op->binding != BINDING_NONE)
        COMPLAIN(l, op->source, "%s: %s: %s: %s", op->id, binding_name(op), op->template,
                 fault.text);
    else if (other && (op->binding != BINDING_NONE || other->binding != BINDING_NONE))
        COMPLAIN(l, op->source, "%s: %s %s is also matched by %s (%s)", op->id,
                 method_name(op->method), op->template, other->id, other->source);
}

/* Returns true if a visible column holds JSON text, which is passed on unparsed. */
static bool has_json_text(const struct plan *plan)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (!plan->columns[i].is_hidden &&
            (plan->columns[i].types & (SCHEMA_ARRAY | SCHEMA_OBJECT)))
            return true;
    return false;
}

/* Loads one name or a list of names. */
static void load_limits(struct operation_loader *l, struct operation *op,
                        struct json_object *record)
{
    struct json_object *limits = jget(record, "rate-limit");
    size_t n = jget_count(record, "rate-limit");

    op->limits = arena_zalloc(&l->api->arena, (n + 2) * sizeof(*op->limits));
    if (json_object_is_type(limits, json_type_string))
        op->limits[op->limit_count++] = keep_text(l, json_object_get_string(limits));
    for (size_t i = 0; i < n; i++)
        op->limits[op->limit_count++] =
            keep_text(l, json_object_get_string(json_object_array_get_idx(limits, i)));
}

static void load_operation(struct operation_loader *l, struct json_object *record)
{
    struct arena *arena = &l->api->arena;
    struct operation *op = &l->api->operations[l->api->count];
    const char *method = jget_text(record, "method");
    size_t errors = l->diags ? l->diags->errors : 0;
    char upper[16] = "";

    op->index = l->api->count++;
    op->is_sound = !jget_bool(record, "broken");
    for (size_t i = 0; i < sizeof(upper) - 1 && method[i]; i++)
        upper[i] = (char)(method[i] - 32);
    op->method = method_parse(slice_of(upper));
    op->id = keep_text(l, jget_text(record, "id"));
    op->source = keep_text(l, jget_text(record, "source"));
    op->mount = keep_text(l, jget_text(l->document, "mount"));
    op->template = arena_printf(arena, "%s%s", op->mount, jget_text(record, "path"));
    op->status = (int)jget_int(record, "status");
    op->is_deprecated = jget_bool(record, "deprecated");
    op->builtin = keep_text(l, jget_text(record, "builtin"));
    op->binding = jget(record, "sql") ? BINDING_SQL : op->builtin ? BINDING_BUILTIN : BINDING_NONE;
    bind_sunset(op, record, arena, l->diags);
    load_parameters(l, op, record);
    load_body(l, op, record);
    load_response(l, op, record);
    op->allows_undeclared = jget_bool(record, "open");
    op->allows_scan = jget_bool(record, "allow-scan");
    security_load(&op->security, jget(record, "security"), l->credentials, l->credential_count,
                  arena);
    load_limits(l, op, record);
    bind_concurrency(op, record, l->diags);
    if (op->binding == BINDING_SQL) {
        bind_sql(op, record, l->document, arena, l->diags);
        op->plan->id = l->api->plan_count++;
        l->api->roles |= 1u << op->plan->role;
        l->api->keeps_answers |= op->idempotency != IDEMPOTENCY_IGNORED;
        op->strips = op->response && schema_set_has_hidden(l->schemas) && has_json_text(op->plan);
    }
    if (op->binding == BINDING_BUILTIN && jget(record, "idempotency"))
        COMPLAIN(l, op->source, "%s: x-idempotency: requires x-sql", op->id);
    add_route(l, op);
    op->is_sound &= !l->diags || l->diags->errors == errors;
}

static size_t count_operations(struct json_object *documents)
{
    size_t count = 0;

    for (size_t i = 0; i < json_object_array_length(documents); i++)
        count += (size_t)jget_int(json_object_array_get_idx(documents, i), "count");
    return count;
}

/* Checks that no two operations of a document share an id (OpenAPI 3.1, 4.8.10). Paths that refer to one
 * path item have one operation, which would answer under one name if it were bound. */
static void check_ids(struct operation_loader *l, const struct operation *op)
{
    struct json_object *seen = json_object_new_object();

    for (; op < l->api->operations + l->api->count; op++) {
        const char *other = jget_text(seen, op->id);

        if (other && (op->binding != BINDING_NONE || strcmp(other, op->source) != 0))
            COMPLAIN(l, op->source, "operationId: %s is used twice", op->id);
        jput_text(seen, op->id, op->source);
    }
    json_object_put(seen);
}

/* Opens the document's schemas, which were proved when it was read. */
static struct schema_set *open_schemas(struct operation_loader *l)
{
    struct schema_set *set = schema_set_new(&l->api->arena, NULL, NULL, NULL);
    struct json_object *schemas = jget(l->document, "schemas");
    const char *file = jget_text(l->document, "file");

    schema_set_add(set, file, jget(schemas, file)); /* first: its dialect is the others' default */
    json_object_object_foreach(schemas, uri, root)
    {
        if (strcmp(uri, file) != 0)
            schema_set_add(set, uri, root);
    }
    return set;
}

static void load_text(struct operation_loader *l, const char *text)
{
    struct slice rest = jread_at(text, jget(l->document, "operations"));
    struct json_object *record;

    while (jread_item(&rest, RECORD_DEPTH, &record)) {
        load_operation(l, record);
        json_object_put(record);
    }
}

static void load_document(struct operation_loader *l, const char *text)
{
    size_t first = l->api->count;

    l->schemas = open_schemas(l);
    l->kept = json_object_new_array();
    l->credentials =
        security_load_schemes(jget(l->document, "schemes"), &l->api->arena, &l->credential_count);
    if (text)
        load_text(l, text);
    for (size_t k = 0; !text && k < jget_count(l->document, "operations"); k++)
        load_operation(l, jget_item(l->document, "operations", k));
    check_ids(l, &l->api->operations[first]);
    schema_set_free(&l->schemas);
    json_object_put(l->kept);
}

struct api *api_load(struct json_object *documents, const char *text, struct diags *diags)
{
    struct api *api = xcalloc(1, sizeof(*api));

    router_init(&api->router, &api->arena);
    api->owned = owners_of(documents, &api->arena, &api->owned_count);
    api->operations =
        arena_zalloc(&api->arena, (count_operations(documents) + 1) * sizeof(*api->operations));
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct operation_loader l = {.api = api, .diags = diags};

        l.document = json_object_array_get_idx(documents, i);
        load_document(&l, text);
    }
    error_forms_load(api, documents);
    location_check(api, diags);
    return api;
}

void api_free(struct api **api)
{
    if (*api)
        arena_fini(&(*api)->arena);
    free(*api);
    *api = NULL;
}
