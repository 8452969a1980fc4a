/* SPDX-License-Identifier: MIT */
#include "lib/api/document.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/refs.h"
#include "lib/api/xsql.h"
#include "lib/core/jget.h"
#include "lib/core/mark.h"
#include "lib/core/slice.h"

static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                      "options", "head", "patch", "trace"};

struct loader {
    struct refs refs;
    struct diags *diags;
    struct arena arena;
    struct json_object *operations; /* the record's list */
    const char *sunset;             /* of the whole document, or NULL */
};

/* The path of the first server, without its last '/'; variables take their defaults. */
static char *read_mount(struct loader *l, struct json_object *root)
{
    struct json_object *servers = jget(root, "servers");
    struct json_object *server = json_object_is_type(servers, json_type_array)
                                     ? json_object_array_get_idx(servers, 0)
                                     : NULL;
    const char *url = jget_text(server, "url"), *path;
    char *mount;
    size_t len;

    if (!url)
        return arena_strdup(&l->arena, "");
    path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : url;
    if (path && (strpbrk(path, "{}?#") || (*path && *path != '/')))
        diag_error(l->diags, mark_key(server, "url"),
                   "servers: url: the path of the first server must be a plain absolute path");
    mount = arena_strdup(&l->arena, path ? path : "");
    for (len = strlen(mount); len && mount[len - 1] == '/'; len--)
        mount[len - 1] = '\0';
    return mount;
}

static void read_parameter(struct loader *l, struct json_object *list, struct json_object *node)
{
    struct json_object *p = refs_resolve(&l->refs, node), *out;
    const char *name = jget_text(p, "name"), *in = jget_text(p, "in");

    if (!p)
        return;
    if (!name || !in || !slice_is_choice("path|query|header|cookie", in)) {
        diag_error(l->diags, mark_where(p),
                   "a parameter needs a name, and in: path, query, header or cookie");
        return;
    }
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *other = json_object_array_get_idx(list, i);

        if (strcmp(jget_text(other, "name"), name) == 0 && strcmp(jget_text(other, "in"), in) == 0)
            return; /* the operation's own parameter, read first, overrides the path's */
    }
    out = json_object_new_object();
    jput_text(out, "name", name);
    jput_text(out, "in", in);
    jput_text(out, "source", mark_where(p));
    json_object_object_add(out, "required",
                           json_object_new_boolean(json_object_get_boolean(jget(p, "required")) ||
                                                   strcmp(in, "path") == 0));
    json_object_object_add(out, "schema", refs_bundle(&l->refs, jget(p, "schema")));
    json_object_array_add(list, out);
}

static void read_parameters(struct loader *l, struct json_object *list, struct json_object *owner)
{
    struct json_object *parameters = jget(owner, "parameters");

    if (parameters && !json_object_is_type(parameters, json_type_array)) {
        diag_error(l->diags, mark_key(owner, "parameters"), "parameters: must be a list");
        return;
    }
    for (size_t i = 0; parameters && i < json_object_array_length(parameters); i++)
        read_parameter(l, list, json_object_array_get_idx(parameters, i));
}

static bool is_json_type(const char *type)
{
    size_t len = strcspn(type, "; ");

    return (len == 16 && strncasecmp(type, "application/json", 16) == 0) ||
           (len > 5 && strncasecmp(type + len - 5, "+json", 5) == 0);
}

/* The schema of the JSON member of a `content` map; *found says whether there is one. */
static struct json_object *json_schema(struct loader *l, struct json_object *content, bool *found)
{
    *found = false;
    if (!json_object_is_type(content, json_type_object))
        return NULL;
    json_object_object_foreach(content, type, media)
    {
        if (!is_json_type(type))
            continue;
        *found = true;
        return refs_bundle(&l->refs, jget(refs_resolve(&l->refs, media), "schema"));
    }
    return NULL;
}

static struct json_object *read_body(struct loader *l, struct json_object *operation)
{
    struct json_object *node = jget(operation, "requestBody"), *body, *out, *schema;
    bool found;

    if (!node || !(body = refs_resolve(&l->refs, node)))
        return NULL;
    schema = json_schema(l, jget(body, "content"), &found);
    if (!found) {
        diag_warn(l->diags, mark_where(body),
                  "requestBody: this version reads application/json only");
        return NULL;
    }
    out = json_object_new_object();
    json_object_object_add(
        out, "required", json_object_new_boolean(json_object_get_boolean(jget(body, "required"))));
    json_object_object_add(out, "schema", schema);
    return out;
}

/* Sets "status" and "response" from the only 2xx response; 200 where there is none. */
static void read_responses(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *responses = jget(operation, "responses"), *chosen = NULL, *schema = NULL;
    int status = 0, count = 0;
    bool found = false;

    if (!json_object_is_type(responses, json_type_object)) {
        diag_error(l->diags, mark_where(operation), "responses: is missing");
        return;
    }
    json_object_object_foreach(responses, code, response)
    {
        if (code[0] != '2' || strlen(code) != 3)
            continue;
        status = strcasecmp(code, "2XX") == 0 ? 200 : atoi(code);
        chosen = response;
        count++;
    }
    if (count > 1)
        diag_error(l->diags, mark_key(operation, "responses"),
                   "responses: an operation has one 2xx response, this one has %d", count);
    if (chosen)
        schema = json_schema(l, jget(refs_resolve(&l->refs, chosen), "content"), &found);
    json_object_object_add(out, "status", json_object_new_int(status ? status : 200));
    json_object_object_add(out, "response", schema);
    json_object_object_add(out, "has-response", json_object_new_boolean(found));
}

/* What answers: exactly one of x-sql, x-handler and x-builtin, or nothing. */
static void read_binding(struct loader *l, struct json_object *operation, struct json_object *out)
{
    struct json_object *xsql = jget(operation, "x-sql");
    int bindings = (xsql != NULL) + (jget(operation, "x-handler") != NULL) +
                   (jget(operation, "x-builtin") != NULL);

    if (bindings > 1)
        diag_error(l->diags, jget_text(out, "source"),
                   "only one of x-sql, x-handler and x-builtin may stand here");
    if (bindings == 0)
        diag_warn(l->diags, jget_text(out, "source"),
                  "%s has no x-sql, x-handler or x-builtin: it will answer 501",
                  jget_text(out, "id"));
    if (jget(operation, "x-handler"))
        diag_warn(l->diags, mark_key(operation, "x-handler"),
                  "x-handler: this version loads no modules: %s will answer 501",
                  jget_text(out, "id"));
    if (xsql)
        json_object_object_add(out, "sql", xsql_read(&l->refs, xsql));
    jput_text(out, "builtin", jget_text(operation, "x-builtin"));
}

static void read_operation(struct loader *l, const char *path, const char *method,
                           struct json_object *item, struct json_object *operation)
{
    struct json_object *out = json_object_new_object();
    struct json_object *parameters = json_object_new_array();
    const char *id = jget_text(operation, "operationId");
    const char *sunset = jget_text(operation, "x-sunset");

    jput_text(out, "id", id ? id : arena_printf(&l->arena, "%s %s", method, path));
    jput_text(out, "method", method);
    jput_text(out, "path", path);
    jput_text(out, "source", mark_key(item, method));
    json_object_object_add(out, "deprecated", json_object_get(jget(operation, "deprecated")));
    jput_text(out, "sunset", sunset ? sunset : l->sunset);
    json_object_object_add(out, "parameters", parameters);
    read_parameters(l, parameters, operation);
    read_parameters(l, parameters, item);
    json_object_object_add(out, "body", read_body(l, operation));
    read_responses(l, operation, out);
    read_binding(l, operation, out);
    json_object_array_add(l->operations, out);
}

static void read_path(struct loader *l, struct json_object *paths, const char *path,
                      struct json_object *node)
{
    struct json_object *item = refs_resolve(&l->refs, node), *operation;

    if (*path != '/') {
        diag_error(l->diags, mark_key(paths, path), "%s: a path starts with /", path);
        return;
    }
    for (size_t i = 0; item && i < sizeof(methods) / sizeof(*methods); i++) {
        operation = jget(item, methods[i]);
        if (json_object_is_type(operation, json_type_object))
            read_operation(l, path, methods[i], item, operation);
        else if (operation)
            diag_error(l->diags, mark_key(item, methods[i]), "%s: must be a map", methods[i]);
    }
}

static bool check_version(struct loader *l, struct json_object *root)
{
    const char *version = jget_text(root, "openapi");

    if (version && (strncmp(version, "3.1.", 4) == 0 || strncmp(version, "3.0.", 4) == 0))
        return true;
    diag_error(l->diags, version ? mark_key(root, "openapi") : mark_where(root),
               "openapi: must be \"3.1.x\" or \"3.0.x\"");
    return false;
}

static void read_root(struct loader *l, struct json_object *root, struct json_object *out)
{
    struct json_object *paths = jget(root, "paths"), *info = jget(root, "info");

    l->sunset = jget_text(root, "x-sunset");
    jput_text(out, "title", jget_text(info, "title"));
    jput_text(out, "version", jget_text(info, "version"));
    jput_text(out, "mount", read_mount(l, root));
    json_object_object_add(out, "rules", xsql_read_tables(&l->refs, jget(root, "x-tables")));
    if (paths && !json_object_is_type(paths, json_type_object)) {
        diag_error(l->diags, mark_key(root, "paths"), "paths: must be a map");
    } else if (paths) {
        json_object_object_foreach(paths, path, item)
        {
            read_path(l, paths, path, item);
        }
    }
}

struct json_object *document_load(const char *path, struct diags *diags)
{
    struct loader l = {.diags = diags};
    struct json_object *root = refs_open(&l.refs, path, &l.arena, diags), *out = NULL;

    if (!root && !diags->errors)
        diag_error(diags, path, "is empty");
    if (root && check_version(&l, root)) {
        out = json_object_new_object();
        l.operations = json_object_new_array();
        jput_text(out, "file", path);
        read_root(&l, root, out);
        json_object_object_add(out, "operations", l.operations);
        json_object_object_add(out, "schemas", json_object_get(l.refs.schemas));
    }
    refs_close(&l.refs);
    arena_fini(&l.arena);
    return out;
}
