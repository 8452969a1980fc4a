/* SPDX-License-Identifier: MIT */
/*
 * Compares two releases part by part and prints a line for each difference, beginning with what it
 * takes to apply it. All parts are compared by identity, not by position: keys by name, operations
 * by mount, method and path, schemas by their pointer; compare_is_equal() ignores source positions,
 * so that an edited comment in a document is no change.
 */
#include "workers/commands/cmd_dry_run.h"

#include <stdio.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/db/engine/prover.h"
#include "workers/commands/cmd_diff.h"
#include "workers/commands/compare_releases.h"

enum { VALUE_MAX = 160, PATH_MAX_LEN = 256 };

static void put_value(struct buf *out, struct json_object *value)
{
    struct buf text = {0};
    size_t len;

    jwrite_value(&text, value);
    len = text.len > VALUE_MAX ? VALUE_MAX : text.len;
    while (len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
        len--; /* do not split a UTF-8 sequence */
    buf_put(out, text.data, len);
    buf_puts(out, len < text.len ? "…" : "");
    buf_fini(&text);
}

static const char *takes(const struct conf_key *key)
{
    return strcmp(key->reload, "workers") == 0 ? "new workers" : key->reload;
}

static bool is_list_of_maps(struct json_object *value)
{
    return json_object_is_type(value, json_type_array) && json_object_array_length(value) &&
           json_object_is_type(json_object_array_get_idx(value, 0), json_type_object);
}

/* Prints a line for each value that differs: maps by their keys, lists of maps by their items. */
static void diff_value(const char *what, const char *path, struct json_object *before,
                       struct json_object *after)
{
    struct buf text = {0};
    char at[PATH_MAX_LEN];

    if (json_object_equal(before, after))
        return;
    if (is_list_of_maps(before) && is_list_of_maps(after)) {
        size_t n = json_object_array_length(before), m = json_object_array_length(after);

        for (size_t i = 0; i < n || i < m; i++) {
            snprintf(at, sizeof(at), "%s[%zu]", path, i);
            diff_value(what, at, json_object_array_get_idx(before, i),
                       json_object_array_get_idx(after, i));
        }
    } else if (json_object_is_type(before, json_type_object) &&
               json_object_is_type(after, json_type_object)) {
        json_object_object_foreach(before, old_name, value)
        {
            snprintf(at, sizeof(at), "%s.%s", path, old_name);
            diff_value(what, at, value, jget(after, old_name));
        }
        json_object_object_foreach(after, new_name, fresh)
        {
            snprintf(at, sizeof(at), "%s.%s", path, new_name);
            if (!json_object_object_get_ex(before, new_name, NULL))
                diff_value(what, at, NULL, fresh);
        }
    } else {
        put_value(&text, before);
        buf_puts(&text, " -> ");
        put_value(&text, after);
        printf("%-12s %s: %s\n", what, path, buf_text(&text));
        buf_fini(&text);
    }
}

static void diff_config(struct json_object *old, struct json_object *new)
{
    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (key->type != CONF_MAP && !strpbrk(key->path, "[{") &&
            strcmp(key->reload, "restart") != 0)
            diff_value(takes(key), key->path, conf_get(old, key->path), conf_get(new, key->path));
    }
}

static void say(const char *what, struct json_object *op, const char *mount)
{
    printf("%-12s operation %s: %s %s%s\n", "new workers", what, jget_text(op, "method"), mount,
           jget_text(op, "path"));
}

/* Prints operations that `these` have and `those` lack and, if `compares`, those that differ. */
static void diff_operations(struct json_object *these, struct json_object *those, const char *lacks,
                            bool compares)
{
    for (size_t i = 0; i < json_object_array_length(these); i++) {
        struct json_object *document = json_object_array_get_idx(these, i);
        const char *mount = jget_text(document, "mount");

        for (size_t k = 0; k < jget_count(document, "operations"); k++) {
            struct json_object *op = jget_item(document, "operations", k);
            struct json_object *other = compare_find_operation(those, mount, op);

            if (!other)
                say(lacks, op, mount);
            else if (compares && !compare_is_equal(op, other))
                say("changed", op, mount);
        }
    }
}

/* Prints names in only one of the maps, and those whose values differ. */
static void diff_names(const char *kind, struct json_object *before, struct json_object *after)
{
    struct json_object *none = json_object_new_object();

    before = before ? before : none;
    after = after ? after : none;
    json_object_object_foreach(after, name, value)
    {
        struct json_object *old = jget(before, name);

        if (!old)
            printf("%-12s %s added: %s\n", "new workers", kind, name);
        else if (!compare_is_equal(value, old))
            printf("%-12s %s changed: %s\n", "new workers", kind, name);
    }
    json_object_object_foreach(before, gone, ignored)
    {
        (void)ignored;
        if (!jget(after, gone))
            printf("%-12s %s removed: %s\n", "new workers", kind, gone);
    }
    json_object_put(none);
}

/* Returns the schemas of a document and of those that it refers to, by their pointers. The
 * caller's. */
static struct json_object *schemas_of(struct json_object *document)
{
    struct json_object *documents = jget(document, "schemas"), *out = json_object_new_object();
    const char *root = jget_text(document, "file");
    char name[512];

    if (!documents)
        return out;
    json_object_object_foreach(documents, uri, part)
    {
        struct json_object *schemas = jget(jget(part, "components"), "schemas");

        if (!schemas && strcmp(uri, root) != 0)
            json_object_object_add(out, uri, json_object_get(part));
        if (!schemas)
            continue;
        json_object_object_foreach(schemas, key, schema)
        {
            bool is_own = strcmp(uri, root) == 0;

            snprintf(name, sizeof(name), "%s%scomponents/schemas/%s", is_own ? "" : uri,
                     is_own ? "" : "#/", key);
            json_object_object_add(out, name, json_object_get(schema));
        }
    }
    return out;
}

static void diff_schemas(struct json_object *before, struct json_object *after)
{
    struct json_object *old = schemas_of(before), *new = schemas_of(after);

    diff_names("schema", old, new);
    json_object_put(old);
    json_object_put(new);
}

/* Compares all but the operations, in documents that both releases have. */
static void diff_documents(struct json_object *old, struct json_object *new)
{
    static const char *const parts[] = {"title", "version", "rules", "owners"};

    for (size_t i = 0; i < json_object_array_length(new); i++) {
        struct json_object *after = json_object_array_get_idx(new, i);
        const char *mount = jget_text(after, "mount");
        struct json_object *before = compare_find_document(old, mount);

        if (!before)
            continue;
        diff_schemas(before, after);
        for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++)
            if (!compare_is_equal(jget(before, parts[k]), jget(after, parts[k])))
                printf("%-12s document changed: %s: %s\n", "new workers", *mount ? mount : "/",
                       k < 2 ? parts[k] : "x-tables");
    }
}

static void diff_migrations(struct json_object *new)
{
    const char *path = database_source_text(jget(new, "config"));
    struct json_object *migrations = jget(new, "migrations"), *status = NULL;
    struct diags ignored = {0};

    if (path && migrations)
        status = prover_migration_status(path, migrations, &ignored);
    for (size_t i = 0; status && i < json_object_array_length(status); i++) {
        struct json_object *row = json_object_array_get_idx(status, i);

        if (strcmp(jget_text(row, "state"), "pending") == 0)
            printf("%-12s %04lld_%s is pending: reload --migrate\n", "migration",
                   (long long)jget_int(row, "version"), jget_text(row, "name"));
    }
    json_object_put(status);
    diags_fini(&ignored);
}

void cmd_dry_run_print(struct json_object *running, struct json_object *new)
{
    struct json_object *old_documents = jget(running, "documents");
    struct json_object *new_documents = jget(new, "documents");

    diff_config(jget(running, "config"), jget(new, "config"));
    diff_value("new workers", "templates", jget(running, "templates"), jget(new, "templates"));
    diff_operations(new_documents, old_documents, "added", true);
    diff_operations(old_documents, new_documents, "removed", false);
    diff_documents(old_documents, new_documents);
    cmd_diff_print(old_documents, new_documents);
    diff_migrations(new);
}
