/* SPDX-License-Identifier: MIT */
/* Reads Server Objects, of which the first of the document tells the mount (OpenAPI 3.1, 4.8.5 and
 * 4.8.6). */
#include <string.h>

#include "lib/api/document/loader.h"
#include "lib/core/json/jget.h"
#include "lib/schema/uri.h"

/* Returns `url` with each {variable} replaced by its default. Sets *missing to the first one that
 * has none. */
static const char *fill_variables(struct arena *arena, struct json_object *server, const char *url,
                                  const char **missing)
{
    struct buf out = {0};
    const char *text;

    while (*url) {
        size_t len = strcspn(url, "{"), name_len = strcspn(url + len, "}");
        const char *name, *value;

        buf_put(&out, url, len);
        url += len;
        if (!*url)
            break;
        name = arena_strndup(arena, url + 1, name_len ? name_len - 1 : 0);
        value = jget_text(jget(jget(server, "variables"), name), "default");
        if (!value && !*missing)
            *missing = name;
        buf_puts(&out, value ? value : "");
        url += name_len + (url[name_len] == '}');
    }
    text = arena_strndup(arena, out.len ? out.data : "", out.len);
    buf_fini(&out);
    return text;
}

struct json_object *loader_read_servers(struct loader *l, struct json_object *owner,
                                        struct json_object *outer)
{
    struct json_object *inner = jget_count(owner, "servers") ? owner : outer, *list;
    const char *missing = NULL;

    if (!jget_count(inner, "servers"))
        return NULL;
    list = json_object_new_array();
    for (size_t i = 0; i < jget_count(inner, "servers"); i++) {
        struct json_object *server = jget_item(inner, "servers", i);
        const char *url = jget_text(server, "url");

        if (url)
            json_object_array_add(
                list, json_object_new_string(fill_variables(&l->arena, server, url, &missing)));
    }
    return list;
}

const char *loader_read_mount(struct loader *l)
{
    struct json_object *server = jget_item(l->root, "servers", 0);
    const char *url = jget_text(server, "url"), *missing = NULL, *path;
    char *mount;
    size_t len;

    if (!url)
        return "";
    url = fill_variables(&l->arena, server, url, &missing);
    if (missing)
        l->mount_fault = arena_printf(&l->arena, "{%s} has no variable with a default", missing);
    url = uri_resolve(&l->arena, "/", url); /* relative to where the document is published */
    path = uri_has_scheme(url) ? strchr(url, ':') + 1 : url;
    path += strncmp(path, "//", 2) == 0 ? 2 + strcspn(path + 2, "/?#") : 0;
    mount = arena_strndup(&l->arena, path, strcspn(path, "?#"));
    for (len = strlen(mount); len && mount[len - 1] == '/'; len--)
        mount[len - 1] = '\0';
    if (*mount && *mount != '/')
        l->mount_fault = "the path of the first server is not absolute";
    return mount;
}
