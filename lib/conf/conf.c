/* SPDX-License-Identifier: MIT */
/* The table of keys, and access to the tree that conf_load.c makes of a file. */
#include "lib/conf/conf.h"

#include <assert.h>
#include <string.h>

#include "include/leat_control.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"

#define REQUIRED ""
#define LIVE "live"
#define WORKERS "workers"
#define RESTART "restart"

const struct conf_key conf_keys[] = {
#define KEY(path, type, choices, fallback, min, max, reload, help)                                 \
    {path, CONF_##type, choices, fallback, min, max, reload, help},
#include "lib/conf/conf.def"
#undef KEY
};
const size_t conf_key_count = sizeof(conf_keys) / sizeof(*conf_keys);

enum { PATH_TEXT = 128 };

const struct conf_key *conf_key(const char *path)
{
    for (size_t i = 0; i < conf_key_count; i++)
        if (strcmp(conf_keys[i].path, path) == 0)
            return &conf_keys[i];
    return NULL;
}

/* Returns whether `path` is a key, or the end of one, as it is inside a map or an item of a list:
 * "tls.client". */
static bool is_known(const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < conf_key_count; i++) {
        const char *key = conf_keys[i].path;
        size_t key_len = strlen(key);

        if (key_len >= len && memcmp(key + key_len - len, path, len) == 0 &&
            (key_len == len || key[key_len - len - 1] == '.'))
            return true;
    }
    return false;
}

struct json_object *conf_get(struct json_object *conf, const char *path)
{
    struct slice rest = slice_of(path);
    char name[PATH_TEXT];

    assert(rest.len < sizeof(name) && is_known(path));
    while (rest.len && conf) {
        struct slice part = slice_cut(&rest, '.');

        snprintf(name, sizeof(name), "%.*s", (int)part.len, part.data);
        conf = json_object_object_get(conf, name);
    }
    return conf;
}

typedef void (*each_fn)(void *arg, struct json_object *value);

static void each_item(struct json_object *items, const char *rest, each_fn fn, void *arg);

/* Calls fn for the item itself, or for what the rest of the path (".b", "[]") selects in it. */
static void each_in(struct json_object *item, const char *rest, each_fn fn, void *arg)
{
    assert(!*rest || *rest == '.' || *rest == '[' || *rest == '{');
    if (*rest == '.')
        conf_each(item, rest + 1, fn, arg);
    else if (*rest)
        each_item(item, rest + 2, fn, arg);
    else
        fn(arg, item);
}

static void each_item(struct json_object *items, const char *rest, each_fn fn, void *arg)
{
    if (json_object_is_type(items, json_type_object)) {
        json_object_object_foreach(items, name, member)
        {
            (void)name;
            each_in(member, rest, fn, arg);
        }
    }
    for (size_t i = 0;
         json_object_is_type(items, json_type_array) && i < json_object_array_length(items); i++)
        each_in(json_object_array_get_idx(items, i), rest, fn, arg);
}

void conf_each(struct json_object *conf, const char *path, each_fn fn, void *arg)
{
    const char *many = strpbrk(path, "[{");
    char head[PATH_TEXT];

    assert(*path && fn);
    if (!many) {
        struct json_object *value = conf_get(conf, path);

        if (value)
            fn(arg, value);
        return;
    }
    snprintf(head, sizeof(head), "%.*s", (int)(many - path), path);
    each_item(conf_get(conf, head), many + 2, fn, arg);
}

int64_t conf_int(struct json_object *conf, const char *path)
{
    return json_object_get_int64(conf_get(conf, path));
}

bool conf_bool(struct json_object *conf, const char *path)
{
    return json_object_get_boolean(conf_get(conf, path));
}

const char *conf_string(struct json_object *conf, const char *path)
{
    return json_object_get_string(conf_get(conf, path));
}

static void collect_sources(struct json_object *value, const char *path, struct json_object *out)
{
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, name, member)
        {
            char next[PATH_TEXT * 2];
            snprintf(next, sizeof(next), "%s%s%s", path, *path ? "." : "", name);
            collect_sources(member, next, out);
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            char next[PATH_TEXT * 2];
            snprintf(next, sizeof(next), "%s[%zu]", path, i);
            collect_sources(json_object_array_get_idx(value, i), next, out);
        }
    } else if (mark_of(value)) {
        json_object_object_add(out, path, json_object_new_string(mark_where(value)));
    }
}

struct json_object *conf_sources(struct json_object *conf)
{
    struct json_object *out = json_object_new_object();

    collect_sources(conf, "", out);
    return out;
}
