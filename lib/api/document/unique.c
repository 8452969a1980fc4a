/* SPDX-License-Identifier: MIT */
/* Checks what must be unique in a document besides the keys of its maps. */
#include <string.h>

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

void loader_check_unique(struct loader *l)
{
    check_tags(l);
    check_paths(l);
}
