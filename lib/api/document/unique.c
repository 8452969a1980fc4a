/* SPDX-License-Identifier: MIT */
/* Checks what must be unique within one document besides the keys of its maps. Paths of several
 * documents meet in lib/api/request/router.c. */
#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/loader.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"

/* The name of each tag must be unique (OpenAPI 3.1, 4.8.1). */
static void check_tags(struct loader *l)
{
    struct json_object *seen = json_object_new_object();

    for (size_t i = 0; i < jget_count(l->root, "tags"); i++) {
        struct json_object *tag = jget_item(l->root, "tags", i);
        const char *name = jget_text(tag, "name");

        if (!name)
            continue;
        if (json_object_object_get_ex(seen, name, NULL))
            diag_error(l->diags, mark_where(tag), "tags: %s occurs twice", name);
        json_object_object_add(seen, name, NULL);
    }
    json_object_put(seen);
}

/* Returns the path with the names of its parameters left out. */
static const char *hierarchy_of(struct loader *l, const char *path)
{
    char *out = arena_strdup(&l->arena, path), *to = out;

    for (bool is_name = false; *path; path++) {
        is_name &= *path != '}';
        if (!is_name)
            *to++ = *path;
        is_name |= *path == '{';
    }
    *to = '\0';
    return out;
}

/* Paths that differ only in the names of their parameters are identical (OpenAPI 3.1, 4.8.8). */
static void check_paths(struct loader *l)
{
    struct json_object *paths = jget(l->root, "paths"), *seen;

    if (!json_object_is_type(paths, json_type_object))
        return;
    seen = json_object_new_object();
    json_object_object_foreach(paths, path, item)
    {
        const char *hierarchy = hierarchy_of(l, path), *other = jget_text(seen, hierarchy);

        (void)item;
        if (*path != '/')
            continue;
        if (other)
            diag_error(l->diags, mark_key(paths, path), "paths: %s is the same path as %s", path,
                       other);
        else
            jput_text(seen, hierarchy, path);
    }
    json_object_put(seen);
}

/* --- operationIds --- */

enum { CALLBACKS_DEPTH = 16 };

static void note_item(struct loader *l, struct json_object *seen, struct json_object *item,
                      unsigned depth);

/* Notes the operations of a map of path items. */
static void note_items(struct loader *l, struct json_object *seen, struct json_object *items,
                       unsigned depth)
{
    if (!json_object_is_type(items, json_type_object))
        return;
    json_object_object_foreach(items, key, item)
    {
        if (!extension_is_name(key))
            note_item(l, seen, item, depth);
    }
}

/* Notes the operations of a map of callbacks, each of which is a map of path items. */
static void note_callbacks(struct loader *l, struct json_object *seen,
                           struct json_object *callbacks, unsigned depth)
{
    if (!json_object_is_type(callbacks, json_type_object))
        return;
    json_object_object_foreach(callbacks, key, callback)
    {
        if (!extension_is_name(key))
            note_items(l, seen, callback, depth);
    }
}

/* Notes the operations of a path item, which is in so many callbacks. Those of the paths themselves
 * are noted before all callbacks, and compared where operations are numbered. */
static void note_item(struct loader *l, struct json_object *seen, struct json_object *item,
                      unsigned depth)
{
    if (!json_object_is_type(item, json_type_object) || depth == CALLBACKS_DEPTH)
        return;
    json_object_object_foreach(item, method, operation)
    {
        const char *id = jget_text(operation, "operationId");

        if (extension_is_name(method))
            continue;
        if (id && depth && json_object_object_get_ex(seen, id, NULL))
            diag_error(l->diags, mark_key(operation, "operationId"),
                       "operationId: %s is used twice", id);
        if (id && depth)
            json_object_object_add(seen, id, NULL);
        note_callbacks(l, seen, jget(operation, "callbacks"), depth + 1);
    }
}

/* Notes the operations of the paths themselves. */
static void note_served(struct json_object *seen, struct json_object *paths)
{
    if (!json_object_is_type(paths, json_type_object))
        return;
    json_object_object_foreach(paths, path, item)
    {
        if (extension_is_name(path) || !json_object_is_type(item, json_type_object))
            continue;
        json_object_object_foreach(item, method, operation)
        {
            if (jget_text(operation, "operationId") && !extension_is_name(method))
                json_object_object_add(seen, jget_text(operation, "operationId"), NULL);
        }
    }
}

/* An operationId is unique among all operations that the API describes, also those that the server
 * calls (OpenAPI 3.1, 4.8.10). What a `$ref` leads to is noted where it is written. */
static void check_ids(struct loader *l)
{
    struct json_object *seen = json_object_new_object(), *components = jget(l->root, "components");

    note_served(seen, jget(l->root, "paths"));
    note_items(l, seen, jget(l->root, "paths"), 0);
    note_items(l, seen, jget(l->root, "webhooks"), 1);
    note_items(l, seen, jget(components, "pathItems"), 1);
    note_callbacks(l, seen, jget(components, "callbacks"), 1);
    json_object_put(seen);
}

void loader_check_unique(struct loader *l)
{
    check_tags(l);
    check_paths(l);
    check_ids(l);
}
