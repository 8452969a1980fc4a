/* SPDX-License-Identifier: MIT */
/* Turns a document into its record, the form that travels in the release. The order matters: shape
 * first, since everything after it relies on the types it has checked; then the root, because
 * operations inherit from it; then each operation with its parameters, body, responses, SQL and
 * security; then what links operations with one another. Publication comes last, and only if there
 * are no errors. An operation with errors is still recorded, marked "broken", so that all errors
 * are found in one run. What refers to components is copied into every operation's record, which is
 * why records are weighed (weight.h). */
#include "lib/api/document/document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/loader.h"
#include "lib/api/publish/publish.h"
#include "lib/api/request/security.h"
#include "lib/api/document/shape.h"
#include "lib/api/document/weight.h"
#include "lib/api/document/xproblems.h"
#include "lib/api/document/xsql.h"
#include "lib/api/document/xtables.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                      "options", "head", "patch", "trace"};

/* Adds a value unless it is NULL: records without nulls are read faster. */
static void put_member(struct json_object *out, const char *key, struct json_object *value)
{
    if (value)
        json_object_object_add(out, key, value);
}

static void put_text(struct json_object *out, const char *key, const char *text)
{
    put_member(out, key, text ? json_object_new_string(text) : NULL);
}

static struct json_object *of_operation(struct json_object *operation, enum extension extension)
{
    return extension_get(operation, EXTENSION_IN_OPERATION, extension);
}

/* Returns the extension that binds the operation: SQL, BUILTIN or NONE. A value that cannot be
 * meant for Leat binds nothing. */
static enum extension binding_of(struct json_object *operation)
{
    struct json_object *xsql = of_operation(operation, EXTENSION_SQL);

    if (json_object_is_type(xsql, json_type_object) || json_object_is_type(xsql, json_type_string))
        return EXTENSION_SQL;
    return extension_text(operation, EXTENSION_IN_OPERATION, EXTENSION_BUILTIN) ? EXTENSION_BUILTIN
                                                                                : EXTENSION_NONE;
}

/* Reads what answers the operation: one of x-sql, x-handler and x-builtin, or nothing. */
static void read_binding(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *xsql = of_operation(operation, EXTENSION_SQL);
    const char *builtin = extension_text(operation, EXTENSION_IN_OPERATION, EXTENSION_BUILTIN);
    const char *handler = extension_text(operation, EXTENSION_IN_OPERATION, EXTENSION_HANDLER);
    bool is_sql = l->binding == EXTENSION_SQL;

    if (is_sql + (builtin != NULL) + (handler != NULL) > 1)
        diag_error(l->diags, jget_text(out, "source"),
                   "only one of x-sql, x-handler and x-builtin is allowed");
    if (!loader_is_bound(l) && !handler)
        diag_warn(l->diags, jget_text(out, "source"),
                  "%s has no x-sql, x-handler or x-builtin and will answer 501", l->id);
    if (handler)
        diag_warn(l->diags, extension_where(operation, EXTENSION_HANDLER),
                  "x-handler: this version does not load modules; %s will answer 501", l->id);
    if (is_sql)
        json_object_object_add(out, "sql", xsql_read(&l->refs, xsql));
    else if (xsql)
        diag_warn(l->diags, extension_where(operation, EXTENSION_SQL),
                  "x-sql: is ignored, as it is not a map");
    put_text(out, "builtin", builtin);
    put_text(out, "handler", handler);
}

/* Returns true if `limits` is a name or a list of names. Anything else is an error where the
 * operation is bound, otherwise another tool's, and ignored. */
static bool check_limits(struct loader *l, struct json_object *limits)
{
    static const char words[] = "the name of a rate limit or a list of names";
    bool is_list = json_object_is_type(limits, json_type_array), ok = true;

    for (size_t i = 0; is_list && i < json_object_array_length(limits); i++)
        ok &= json_object_is_type(json_object_array_get_idx(limits, i), json_type_string);
    ok &= is_list || json_object_is_type(limits, json_type_string);
    if (!limits || ok)
        return true;
    loader_refuse(l, mark_where(limits), "x-rate-limit: must be %s", words);
    if (!loader_is_bound(l))
        diag_warn(l->diags, mark_where(limits), "x-rate-limit: is ignored, as it is not %s", words);
    return false;
}

/* Reads who may call the operation and how often: its own keys, or else the document's. */
static void read_policies(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *security = jget(operation, "security");
    struct json_object *limits = extension_inherited(operation, l->root, EXTENSION_RATE_LIMIT);

    put_member(out, "security", json_object_get(security ? security : jget(l->root, "security")));
    put_member(out, "rate-limit", json_object_get(limits));
    put_member(out, "timeout",
               json_object_get(extension_inherited(operation, l->root, EXTENSION_TIMEOUT)));
    put_member(out, "concurrency", json_object_get(of_operation(operation, EXTENSION_CONCURRENCY)));
    put_member(out, "idempotency", json_object_get(of_operation(operation, EXTENSION_IDEMPOTENCY)));
    security_check(l, jget(out, "security"), l->schemes);
    if (!check_limits(l, limits))
        json_object_object_del(out, "rate-limit");
    put_member(out, "unrestricted",
               json_object_get(of_operation(operation, EXTENSION_UNRESTRICTED)));
    if (jget_bool(out, "unrestricted") && !security_needs_scopes(jget(out, "security"), l->schemes))
        loader_refuse(l, extension_where(operation, EXTENSION_UNRESTRICTED),
                      "x-unrestricted: each security requirement must name a scope");
}

/* Returns true if undeclared query parameters are let through. If the object does not say, `outer`
 * decides. */
static bool allows_undeclared(struct json_object *owner, enum extension_place place, bool outer)
{
    struct json_object *own = extension_get(owner, place, EXTENSION_ADDITIONAL_PARAMETERS);

    return json_object_is_type(own, json_type_boolean) ? json_object_get_boolean(own) : outer;
}

/* Charges a part of an operation's record to the document's allowance. */
static void weigh(struct loader *l, struct json_object *operation, struct json_object *part)
{
    if (l->weight && !weight_take(&l->weight, part))
        diag_error(l->diags, jget_text(operation, "source"),
                   "%s: the operations up to this one take more than %d MiB; references count each "
                   "time they are used",
                   jget_text(operation, "id"), WEIGHT_MAX >> 20);
}

static void read_operation(struct loader *l, const char *path, const char *method,
                           struct json_object *item, struct json_object *operation)
{
    struct json_object *out = json_object_new_object();
    const char *id = jget_text(operation, "operationId");
    const char *sunset = extension_text(operation, EXTENSION_IN_OPERATION, EXTENSION_SUNSET);
    bool is_item_lenient = allows_undeclared(item, EXTENSION_IN_PATH_ITEM, l->allows_undeclared);
    size_t errors = l->diags->errors;

    l->id = id ? id : arena_printf(&l->arena, "%s %s", method, path);
    l->binding = binding_of(operation);
    l->is_bound |= loader_is_bound(l);
    jput_text(out, "id", l->id);
    jput_text(out, "method", method);
    jput_text(out, "path", path);
    jput_text(out, "source", mark_key(item, method));
    put_member(out, "servers", loader_read_servers(l, operation, item));
    put_member(out, "deprecated", json_object_get(jget(operation, "deprecated")));
    put_text(out, "sunset", sunset ? sunset : l->sunset);
    put_member(out, "open",
               json_object_new_boolean(
                   allows_undeclared(operation, EXTENSION_IN_OPERATION, is_item_lenient)));
    put_member(out, "allow-scan", json_object_get(of_operation(operation, EXTENSION_ALLOW_SCAN)));
    json_object_object_add(out, "parameters", loader_read_parameters(l, operation, item));
    read_binding(l, operation, out);
    put_member(out, "body", loader_read_body(l, operation, jget(out, "sql")));
    loader_read_responses(l, operation, out);
    read_policies(l, operation, out);
    extensions_check(operation, EXTENSION_IN_OPERATION, loader_is_bound(l), l->diags);
    if (l->mount_fault)
        loader_refuse(l, mark_key(l->root, "servers"), "servers: url: %s", l->mount_fault);
    weigh(l, out, out);
    if (l->diags->errors > errors)
        put_member(out, "broken", json_object_new_boolean(true));
    json_object_array_add(l->operations, out);
    l->binding = EXTENSION_NONE;
}

/* Returns true if another operation may be read. The first one too many is reported. */
static bool has_room(struct loader *l, struct json_object *operation)
{
    if (l->weight && json_object_array_length(l->operations) == LOADER_OPERATIONS_MAX) {
        diag_error(l->diags, mark_where(operation), "a document can have at most %d operations",
                   LOADER_OPERATIONS_MAX);
        l->weight = 0;
    }
    return l->weight > 0;
}

static void read_path(struct loader *l, const char *path, struct json_object *node)
{
    struct json_object *item, *operation;
    bool is_bound = false;

    if (*path != '/')
        return;
    if (strlen(path) > LOADER_PATH_MAX) {
        diag_error(l->diags, mark_where(node), "a path can have at most %d bytes", LOADER_PATH_MAX);
        return;
    }
    item = refs_resolve(&l->refs, node, "PathItem");
    for (size_t i = 0; item && l->weight && i < sizeof(methods) / sizeof(*methods); i++) {
        operation = jget(item, methods[i]);
        if (item != node && jget(node, methods[i]))
            diag_warn(l->diags, mark_key(node, methods[i]), "%s: is ignored beside $ref",
                      methods[i]);
        if (json_object_is_type(operation, json_type_object) && has_room(l, operation)) {
            read_operation(l, path, methods[i], item, operation);
            is_bound |= binding_of(operation) != EXTENSION_NONE;
        }
    }
    if (item)
        extensions_check(item, EXTENSION_IN_PATH_ITEM, is_bound, l->diags);
}

/* Reads x-tables. Owners hold for the tables of all documents, so a map is always ours. */
static void read_tables(struct loader *l, struct json_object *out)
{
    struct json_object *tables = extension_get(l->root, EXTENSION_IN_ROOT, EXTENSION_TABLES);

    if (tables && !l->is_bound && !json_object_is_type(tables, json_type_object)) {
        diag_warn(l->diags, mark_where(tables), "x-tables: is ignored, as it is not a map");
        tables = NULL;
    }
    json_object_object_add(out, "rules", xtables_read_rules(&l->refs, tables));
    put_member(out, "owners", xtables_read_owners(tables));
}

static void read_root(struct loader *l, struct json_object *out)
{
    struct json_object *paths = jget(l->root, "paths"), *info = jget(l->root, "info");

    l->sunset = extension_text(l->root, EXTENSION_IN_ROOT, EXTENSION_SUNSET);
    l->allows_undeclared = allows_undeclared(l->root, EXTENSION_IN_ROOT, false);
    jput_text(out, "title", jget_text(info, "title"));
    jput_text(out, "version", jget_text(info, "version"));
    jput_text(out, "mount", loader_read_mount(l));
    put_member(out, "servers", loader_read_servers(l, l->root, NULL));
    l->schemes = security_read_schemes(l, jget(l->root, "components"));
    json_object_object_add(out, "schemes", l->schemes);
    put_member(out, "problems", xproblems_read(l));
    if (json_object_is_type(paths, json_type_object)) {
        json_object_object_foreach(paths, path, item)
        {
            read_path(l, path, item);
        }
    }
    extensions_check(l->root, EXTENSION_IN_ROOT, l->is_bound, l->diags);
    read_tables(l, out);
}

/* Proves components that nothing refers to; they must be valid too. */
static void prove_components(struct loader *l, struct json_object *components)
{
    static const char *const sections[] = {"parameters", "headers", "requestBodies", "responses"};

    for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
        struct json_object *section = jget(components, sections[i]);

        if (!json_object_is_type(section, json_type_object))
            continue;
        json_object_object_foreach(section, name, object)
        {
            (void)name;
            if (!jget(object, "$ref"))
                loader_prove_schemas(l, object);
        }
    }
}

/* Checks x-schemas, the map from URIs to the local files that replace those remote schemas. */
static void check_registered(struct loader *l)
{
    void (*report)(struct diags *, const char *, const char *, ...) =
        l->is_bound ? diag_error : diag_warn;
    struct json_object *map = extension_get(l->root, EXTENSION_IN_ROOT, EXTENSION_SCHEMAS);

    if (map && !json_object_is_type(map, json_type_object)) {
        report(l->diags, extension_where(l->root, EXTENSION_SCHEMAS),
               "x-schemas: must map URIs to files");
    } else if (map) {
        json_object_object_foreach(map, uri, path)
        {
            if (!json_object_is_type(path, json_type_string))
                report(l->diags, mark_key(map, uri), "x-schemas: %s: must name a file", uri);
        }
    }
}

/* Adds the operation's statements by its id, and by its path if it is the GET. */
static void list_current(struct json_object *by_id, struct json_object *by_path,
                         struct json_object *op)
{
    struct json_object *sql = jget(op, "sql"), *current = json_object_new_object();

    if (sql) {
        put_member(current, "steps", json_object_get(jget(sql, "steps")));
        put_member(current, "etag", json_object_get(jget(sql, "etag")));
        put_member(current, "unrestricted", json_object_get(jget(op, "unrestricted")));
        put_member(by_id, jget_text(op, "id"), json_object_get(current));
        if (strcmp(jget_text(op, "method"), "get") == 0)
            put_member(by_path, jget_text(op, "path"), json_object_get(current));
    }
    json_object_put(current);
}

/* Copies the statements that read the resource as it is into each operation that may need them (the
 * operation that on-zero names, or the GET of its path), so that each record is complete. */
static void link_current(struct loader *l)
{
    struct json_object *by_id = json_object_new_object(), *by_path = json_object_new_object();

    for (size_t i = 0; i < json_object_array_length(l->operations); i++)
        list_current(by_id, by_path, json_object_array_get_idx(l->operations, i));
    for (size_t i = 0; i < json_object_array_length(l->operations); i++) {
        struct json_object *op = json_object_array_get_idx(l->operations, i),
                           *sql = jget(op, "sql");
        const char *id = jget_text(sql, "on-zero"), *method = jget_text(op, "method");
        struct json_object *current = id ? jget(by_id, id) : jget(by_path, jget_text(op, "path"));

        if (!sql || !current || (!id && strcmp(method, "get") == 0))
            continue;
        weigh(l, op, current);
        put_member(sql, "current", json_object_get(current));
    }
    json_object_put(by_id);
    json_object_put(by_path);
}

/* Adds what clients may read of the document. A document with errors is never served. */
static void publish(struct loader *l, enum document_use use, struct json_object *out)
{
    struct json_object *tree;

    if (use == DOCUMENT_INSPECTED) {
        publish_prove(&l->refs, l->root);
        return;
    }
    tree = publish_tree(&l->refs, l->root, out);
    json_object_object_add(out, "published", publish_texts(tree, use == DOCUMENT_SERVED));
    json_object_put(tree);
}

struct json_object *document_load(const char *path, enum document_use use,
                                  const struct dialect *dialect, struct diags *diags)
{
    struct loader l = {.diags = diags, .weight = WEIGHT_MAX, .binding = EXTENSION_NONE};
    struct json_object *root = refs_open(&l.refs, path, &l.arena, diags), *out = NULL;

    l.refs.dialect = dialect;
    if (!root && !diags->errors)
        diag_error(diags, path, "is empty");
    if (root && shape_check(root, diags)) {
        l.schemas = schema_set_new(&l.arena, diags, refs_load, &l.refs);
        l.refs.registered = extension_get(root, EXTENSION_IN_ROOT, EXTENSION_SCHEMAS);
        schema_set_add(l.schemas, l.refs.root, root);
        l.root = root;
        out = json_object_new_object();
        l.operations = json_object_new_array();
        l.later = json_object_new_array();
        jput_text(out, "file", l.refs.root);
        read_root(&l, out);
        check_registered(&l);
        loader_check_unique(&l);
        link_current(&l);
        json_object_object_add(out, "operations", l.operations);
        json_object_object_add(
            out, "count", json_object_new_int64((int64_t)json_object_array_length(l.operations)));
        loader_compile_later(&l);
        json_object_object_add(out, "schemas", schema_set_documents(l.schemas));
        prove_components(&l, jget(root, "components"));
        loader_compile_later(&l);
        json_object_put(l.later);
        schema_set_compile_all(l.schemas, l.refs.root);
        schema_set_free(&l.schemas);
        if (!diags->errors)
            publish(&l, use, out);
    }
    refs_close(&l.refs);
    arena_fini(&l.arena);
    return out;
}
