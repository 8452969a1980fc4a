/* SPDX-License-Identifier: MIT */
/* One walk over the file's tree beside the table: known keys are converted in place, unknown ones
 * reported with the nearest known, and what is missing gets its default. */
#include "lib/conf/conf.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/units.h"
#include "lib/conf/yaml.h"
#include "lib/core/arena.h"
#include "lib/core/cidr.h"
#include "lib/core/file.h"
#include "lib/core/mark.h"
#include "lib/core/slice.h"

enum { PATH_TEXT = 128 };

struct checker {
    const char *file;
    struct diags *diags;
    struct arena arena;
};

static void check_map(struct checker *c, struct json_object *map, const char *prefix);
static struct json_object *convert(struct checker *c, const struct conf_key *key,
                                   struct json_object *value, const char *where);

/* Whether `path` names a direct member of the map `prefix` ("" is the top); its name if so. */
static const char *member_name(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (len && (strncmp(path, prefix, len) != 0 || path[len] != '.'))
        return NULL;
    path += len ? len + 1 : 0;
    return strpbrk(path, ".[") ? NULL : path;
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
    diag_error(c->diags, mark_key(map, name), "%s%s%.64s: unknown key%s%s%s", prefix,
               *prefix ? "." : "", name, nearest ? "; did you mean " : "", nearest ? nearest : "",
               nearest ? "?" : "");
}

/* What `key` takes, for the message. */
static const char *allowed(struct checker *c, const struct conf_key *key)
{
    switch (key->type) {
    case CONF_MAP:
        return "a map of keys";
    case CONF_LIST:
        return arena_printf(&c->arena, "a list of %lld to %lld", key->min, key->max);
    case CONF_INT:
        return arena_printf(&c->arena, "a whole number from %lld to %lld", key->min, key->max);
    case CONF_COUNT:
        return arena_printf(&c->arena, "auto, or a number from %lld to %lld", key->min, key->max);
    case CONF_BOOL:
        return "true or false";
    case CONF_DURATION:
        return arena_printf(&c->arena,
                            "a duration such as 500ms, 30s, 5m or 1h30m, from %lldms to %lldms",
                            key->min, key->max);
    case CONF_SIZE:
        return arena_printf(&c->arena, "a size such as 512, 64KiB or 1MiB, from %lld to %lld bytes",
                            key->min, key->max);
    case CONF_MODE:
        return "permissions such as 0660";
    case CONF_CHOICE:
        return key->choices;
    case CONF_ADDRESS:
        return "host:port, [v6]:port, *:port or unix:path";
    case CONF_CIDR:
        return "an address such as 10.0.0.1, a block such as 10.0.0.0/8, or unix";
    case CONF_SECRET:
        return "env:NAME or file:PATH (a secret never stands here itself)";
    case CONF_STRING:
    case CONF_PATH:
    case CONF_SINK:
        break;
    }
    return "text";
}

static struct json_object *reject(struct checker *c, const struct conf_key *key, const char *where,
                                  const char *what)
{
    diag_error(c->diags, where, "%s: %s; allowed: %s", key->path, what, allowed(c, key));
    return NULL;
}

static struct json_object *number_in_range(struct checker *c, const struct conf_key *key,
                                           const char *where, long long number)
{
    if (number < key->min || number > key->max)
        return reject(c, key, where, "out of range");
    return json_object_new_int64(number);
}

static int processors(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

static struct json_object *convert_number(struct checker *c, const struct conf_key *key,
                                          struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    long long number;
    bool ok;

    switch (key->type) {
    case CONF_DURATION:
        ok = units_duration_ms(text, &number);
        break;
    case CONF_SIZE:
        ok = units_size_bytes(text, &number);
        break;
    case CONF_MODE:
        ok = units_mode(text, &number);
        break;
    case CONF_COUNT:
        if (strcmp(text, "auto") == 0)
            return json_object_new_int64(processors());
        /* fallthrough */
    default:
        ok = json_object_is_type(value, json_type_int);
        number = json_object_get_int64(value);
    }
    return ok ? number_in_range(c, key, where, number) : reject(c, key, where, "not understood");
}

/* A relative path is one beside the configuration file. */
static struct json_object *path_beside(struct checker *c, const char *prefix, const char *path)
{
    char *full = file_beside(&c->arena, c->file, path);

    return json_object_new_string(arena_printf(&c->arena, "%s%s", prefix, full));
}

static struct json_object *convert_text(struct checker *c, const struct conf_key *key,
                                        struct json_object *value, const char *where)
{
    const char *text = json_object_get_string(value);
    struct cidr block;

    if (!*text)
        return reject(c, key, where, "empty");
    switch (key->type) {
    case CONF_PATH:
        return path_beside(c, "", text);
    case CONF_SINK:
        return strcmp(text, "-") == 0 ? json_object_new_string(text) : path_beside(c, "", text);
    case CONF_CHOICE:
        if (!slice_is_choice(key->choices, text))
            return reject(c, key, where, "not a known value");
        break;
    case CONF_ADDRESS:
        if (!units_is_address(text))
            return reject(c, key, where, "not an address");
        if (strncmp(text, "unix:", 5) == 0)
            return path_beside(c, "unix:", text + 5);
        break;
    case CONF_CIDR:
        if (!cidr_parse(text, &block))
            return reject(c, key, where, "not an address block");
        break;
    case CONF_SECRET:
        if (strncmp(text, "file:", 5) == 0 && text[5])
            return path_beside(c, "file:", text + 5);
        if (strncmp(text, "env:", 4) != 0 || !text[4])
            return reject(c, key, where, "not a reference");
        break;
    default:
        break;
    }
    return json_object_new_string(text);
}

static struct json_object *convert_list(struct checker *c, const struct conf_key *key,
                                        struct json_object *list, const char *where)
{
    char path[PATH_TEXT];
    const struct conf_key *item_key;
    size_t n = json_object_array_length(list);

    if ((long long)n < key->min || (long long)n > key->max)
        return reject(c, key, where, "too few or too many");
    snprintf(path, sizeof(path), "%s[]", key->path);
    item_key = conf_key(path);
    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const struct mark *at = mark_of(item);
        struct json_object *converted = NULL;

        if (item_key) {
            converted = convert(c, item_key, item, at ? mark_where(item) : where);
            if (converted && converted != item)
                json_object_array_put_idx(list, i, converted);
        } else if (json_object_is_type(item, json_type_object)) {
            check_map(c, item, path);
        } else {
            diag_error(c->diags, at ? mark_where(item) : where,
                       "%s: each item must be a map of keys", path);
        }
    }
    return list;
}

static bool has_type(const struct conf_key *key, struct json_object *value)
{
    enum json_type type = json_object_get_type(value);

    switch (key->type) {
    case CONF_MAP:
        return type == json_type_object;
    case CONF_LIST:
        return type == json_type_array;
    case CONF_BOOL:
        return type == json_type_boolean;
    case CONF_INT:
        return type == json_type_int;
    case CONF_COUNT:
    case CONF_DURATION:
    case CONF_SIZE:
    case CONF_MODE:
        return type == json_type_int || type == json_type_string;
    default:
        return type == json_type_string;
    }
}

/* Returns the value in its one form (a new object, or `value` itself), NULL after an error. */
static struct json_object *convert(struct checker *c, const struct conf_key *key,
                                   struct json_object *value, const char *where)
{
    if (!has_type(key, value))
        return reject(c, key, where, "of the wrong type");
    switch (key->type) {
    case CONF_MAP:
        check_map(c, value, key->path);
        return value;
    case CONF_LIST:
        return convert_list(c, key, value, where);
    case CONF_BOOL:
        return value;
    case CONF_INT:
    case CONF_COUNT:
    case CONF_DURATION:
    case CONF_SIZE:
    case CONF_MODE:
        return convert_number(c, key, value, where);
    default:
        return convert_text(c, key, value, where);
    }
}

static struct json_object *read_default(const struct conf_key *key)
{
    switch (key->type) {
    case CONF_LIST: {
        struct json_object *list = json_object_new_array();
        if (strcmp(key->path, "listen") == 0) {
            struct json_object *item = json_object_new_object();
            json_object_object_add(item, "address", json_object_new_string("127.0.0.1:8080"));
            json_object_array_add(list, item);
        }
        return list;
    }
    case CONF_BOOL:
        return json_object_new_boolean(strcmp(key->fallback, "true") == 0);
    case CONF_INT:
        return json_object_new_int64(atoll(key->fallback));
    default:
        return json_object_new_string(key->fallback);
    }
}

static void add_default(struct checker *c, struct json_object *map, const struct conf_key *key,
                        const char *name)
{
    struct json_object *value, *converted;

    if (key->type == CONF_MAP) {
        value = json_object_new_object();
        check_map(c, value, key->path);
        json_object_object_add(map, name, value);
        return;
    }
    if (!key->fallback)
        return;
    if (!*key->fallback) {
        diag_error(c->diags, mark_where(map), "%s: is missing; %s", key->path, allowed(c, key));
        return;
    }
    value = read_default(key);
    converted = convert(c, key, value, "");
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
    key = strpbrk(name, ".[") ? NULL : conf_key(path);
    if (!key) {
        report_unknown(c, map, prefix, name);
        return;
    }
    if (!value)
        return; /* null: as if it were absent */
    snprintf(where, sizeof(where), "%s", mark ? mark_where(value) : mark_key(map, name));
    converted = convert(c, key, value, where);
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
            tree = json_object_new_object();
        if (json_object_is_type(tree, json_type_object))
            check_map(&c, tree, "");
        else
            diag_error(diags, mark_where(tree), "the configuration must be a map of keys");
    }
    arena_fini(&c.arena);
    free(full);
    if (diags->errors == before) {
        *out = tree;
        return true;
    }
    json_object_put(tree);
    return false;
}
