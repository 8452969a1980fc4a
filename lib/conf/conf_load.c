/* SPDX-License-Identifier: MIT */
/* One walk over the file's tree, guided by the table: known keys are converted in place, unknown
 * ones are reported with the nearest known key, and missing ones get their defaults. The walk goes
 * on after an error, so that all errors are reported at once. Defaults are written as in a file and
 * pass through the same conversion, so a bad one cannot hide. Only a tree without errors is checked
 * for what keys demand of one another (conf_rules.c), which may therefore rely on types. */
#include "lib/conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf/conf_rules.h"
#include "lib/conf/units.h"
#include "lib/conf/value.h"
#include "lib/conf/yaml.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"

enum { PATH_TEXT = 128, TABLE_NAME_MAX = 64 };

static void check_map(struct checker *c, struct json_object *map, const char *prefix);

/* Returns the key's name if `path` is a direct member of the map `prefix` ("" for the top), else
 * NULL. */
static const char *member_name(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (len && (strncmp(path, prefix, len) != 0 || path[len] != '.'))
        return NULL;
    path += len ? len + 1 : 0;
    return strpbrk(path, ".[{") ? NULL : path;
}

/* Returns how much of an unknown key can be shown. A URL that became a key by a mistake in YAML,
 * such as `{url:postgresql://…}`, may contain a password. */
static int shown_length(const char *name)
{
    enum { SHOWN_MAX = 64 };
    const char *url = strstr(name, "://");

    return url && url - name < SHOWN_MAX ? (int)(url - name) : SHOWN_MAX;
}

static void report_unknown(struct checker *c, struct json_object *map, const char *prefix,
                           const char *name)
{
    const char *nearest = NULL;
    size_t best = 4;

    for (size_t i = 0; i < conf_key_count; i++) {
        const char *known = member_name(conf_keys[i].path, prefix);
        size_t distance = known ? units_distance(name, known) : SIZE_MAX;

        if (distance < best) {
            best = distance;
            nearest = known;
        }
    }
    diag_error(c->diags, mark_key(map, name), "%s%s%.*s: unknown key%s%s%s", prefix,
               *prefix ? "." : "", shown_length(name), name, nearest ? "; did you mean " : "",
               nearest ? nearest : "", nearest ? "?" : "");
}

static bool is_table_name(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strspn(name, allowed);

    return len && !name[len] && len <= TABLE_NAME_MAX;
}

/* Converts one item of a list or table; `path` is its row in the table. Returns NULL to keep the
 * item as it is. */
static struct json_object *convert_item(struct checker *c, const char *path,
                                        struct json_object *item, const char *where)
{
    const struct conf_key *key = conf_key(path);
    const struct mark *at = mark_of(item);
    struct json_object *converted = NULL;

    where = at ? mark_where(item) : where;
    if (key)
        converted = value_convert(c, key, item, where);
    else if (json_object_is_type(item, json_type_object))
        check_map(c, item, path);
    else
        diag_error(c->diags, where, "%s: each item must be a map", path);
    if (converted && converted != item && at)
        mark_set(converted, at);
    return converted == item ? NULL : converted;
}

struct json_object *value_table(struct checker *c, const struct conf_key *key,
                                struct json_object *table, const char *where)
{
    char path[PATH_TEXT];

    if (json_object_object_length(table) > key->max)
        return value_reject(c, key, where, "too many");
    snprintf(path, sizeof(path), "%s{}", key->path);
    json_object_object_foreach(table, name, item)
    {
        struct json_object *converted;

        if (!is_table_name(name)) {
            value_reject(c, key, mark_key(table, name), "invalid name");
            continue;
        }
        converted = convert_item(c, path, item, mark_key(table, name));
        if (converted)
            json_object_object_add(table, name, converted);
    }
    return table;
}

struct json_object *value_list(struct checker *c, const struct conf_key *key,
                               struct json_object *list, const char *where)
{
    char path[PATH_TEXT];
    size_t n = json_object_array_length(list);

    if ((long long)n < key->min || (long long)n > key->max)
        return value_reject(c, key, where, "too few or too many items");
    snprintf(path, sizeof(path), "%s[]", key->path);
    for (size_t i = 0; i < n; i++) {
        struct json_object *converted =
            convert_item(c, path, json_object_array_get_idx(list, i), where);

        if (converted)
            json_object_array_put_idx(list, i, converted);
    }
    return list;
}

struct json_object *value_map(struct checker *c, const struct conf_key *key,
                              struct json_object *map, const char *where)
{
    (void)where;
    check_map(c, map, key->path);
    return map;
}

static void add_default(struct checker *c, struct json_object *map, const struct conf_key *key,
                        const char *name)
{
    struct json_object *value, *converted;

    if (!key->fallback)
        return;
    if (key->type == CONF_MAP) {
        value = json_object_new_object();
        check_map(c, value, key->path);
        json_object_object_add(map, name, value);
        return;
    }
    if (!*key->fallback) {
        diag_error(c->diags, mark_where(map), "%s: is required; %s", key->path,
                   value_allowed(c, key));
        return;
    }
    value = value_default(key);
    converted = value_convert(c, key, value, "");
    if (converted != value)
        json_object_put(value);
    json_object_object_add(map, name, converted);
}

static void check_member(struct checker *c, struct json_object *map, const char *prefix,
                         const char *name, struct json_object *value)
{
    char path[PATH_TEXT], where[MARK_TEXT];
    const struct conf_key *key;
    const struct mark *mark = mark_of(value);
    struct json_object *converted;

    snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "", name);
    key = strpbrk(name, ".[{") ? NULL : conf_key(path);
    if (!key) {
        report_unknown(c, map, prefix, name);
        return;
    }
    if (!value)
        return; /* null counts as absent */
    snprintf(where, sizeof(where), "%s", mark ? mark_where(value) : mark_key(map, name));
    converted = value_convert(c, key, value, where);
    if (!converted || converted == value)
        return;
    if (mark)
        mark_set(converted, mark);
    json_object_object_add(map, name, converted);
}

static void check_map(struct checker *c, struct json_object *map, const char *prefix)
{
    json_object_object_foreach(map, name, value)
    {
        check_member(c, map, prefix, name, value);
    }
    for (size_t i = 0; i < conf_key_count; i++) {
        const char *known = member_name(conf_keys[i].path, prefix);

        if (known && !json_object_object_get(map, known))
            add_default(c, map, &conf_keys[i], known);
    }
}

bool conf_load(const char *path, struct json_object **out, struct diags *diags)
{
    struct checker c = {.diags = diags};
    size_t before = diags->errors;
    char *full = realpath(path, NULL);
    struct json_object *tree = NULL;

    *out = NULL;
    if (yaml_read(path, &tree, diags)) {
        c.file = full ? full : path;
        if (!tree)
            diag_error(diags, path, "is empty");
        else if (json_object_is_type(tree, json_type_object))
            check_map(&c, tree, "");
        else
            diag_error(diags, mark_where(tree), "the configuration must be a map");
    }
    if (diags->errors == before)
        conf_rules_check(tree, diags);
    arena_fini(&c.arena);
    free(full);
    if (diags->errors == before) {
        *out = tree;
        return true;
    }
    json_object_put(tree);
    return false;
}
