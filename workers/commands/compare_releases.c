/* SPDX-License-Identifier: MIT */
/*
 * The result travels in the release that it describes, so that the master gets it as data from the
 * same sealed memory file. It lists names, not values: status and log are read by more people than
 * the configuration. Lists are cut, since a document can have thousands of operations.
 */
#include "workers/commands/compare_releases.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/buf.h"
#include "lib/core/json/jget.h"

struct json_object *compare_find_document(struct json_object *documents, const char *mount)
{
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        if (strcmp(jget_text(document, "mount"), mount) == 0)
            return document;
    }
    return NULL;
}

struct json_object *compare_find_operation(struct json_object *documents, const char *mount,
                                           struct json_object *like)
{
    struct json_object *document = compare_find_document(documents, mount);

    for (size_t k = 0; k < jget_count(document, "operations"); k++) {
        struct json_object *op = jget_item(document, "operations", k);

        if (strcmp(jget_text(op, "method"), jget_text(like, "method")) == 0 &&
            strcmp(jget_text(op, "path"), jget_text(like, "path")) == 0)
            return op;
    }
    return NULL;
}

bool compare_is_equal(struct json_object *a, struct json_object *b)
{
    if (json_object_is_type(a, json_type_object) && json_object_is_type(b, json_type_object)) {
        if (json_object_object_length(a) != json_object_object_length(b))
            return false;
        json_object_object_foreach(a, name, value)
        {
            struct json_object *other;

            if (!json_object_object_get_ex(b, name, &other) ||
                (!slice_is_choice("source|places", name) && !compare_is_equal(value, other)))
                return false;
        }
        return true;
    }
    if (json_object_is_type(a, json_type_array) && json_object_is_type(b, json_type_array)) {
        size_t n = json_object_array_length(a);

        if (n != json_object_array_length(b))
            return false;
        for (size_t i = 0; i < n; i++)
            if (!compare_is_equal(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
                return false;
        return true;
    }
    return json_object_equal(a, b);
}

static void add_name(struct json_object *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_name(struct json_object *list, const char *format, ...)
{
    struct buf text = {0};
    va_list args;

    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    json_object_array_add(list, json_object_new_string(buf_text(&text)));
    buf_fini(&text);
}

/* Cuts a list that is too long. */
static struct json_object *cut(struct json_object *list)
{
    size_t count = json_object_array_length(list);

    if (count > CHANGES_SHOWN) {
        json_object_array_del_idx(list, CHANGES_SHOWN, count - CHANGES_SHOWN);
        add_name(list, "and %zu more", count - CHANGES_SHOWN);
    }
    return list;
}

static const char *name_of(struct json_object *document)
{
    const char *mount = jget_text(document, "mount");

    return *mount ? mount : "/";
}

/* Adds the documents that `these` have and `those` lack. */
static void add_documents(struct json_object *list, const char *verb, struct json_object *these,
                          struct json_object *those)
{
    for (size_t i = 0; i < json_object_array_length(these); i++) {
        struct json_object *document = json_object_array_get_idx(these, i);

        if (!compare_find_document(those, jget_text(document, "mount")))
            add_name(list, "%s %s", verb, name_of(document));
    }
}

static void add_changed_documents(struct json_object *list, struct json_object *old,
                                  struct json_object *new)
{
    for (size_t i = 0; i < json_object_array_length(new); i++) {
        struct json_object *document = json_object_array_get_idx(new, i);
        struct json_object *before = compare_find_document(old, jget_text(document, "mount"));

        if (before && !compare_is_equal(before, document))
            add_name(list, "changed %s", name_of(document));
    }
}

static struct json_object *documents_changed(struct json_object *old, struct json_object *new)
{
    struct json_object *list = json_object_new_array();

    add_documents(list, "added", new, old);
    add_changed_documents(list, old, new);
    add_documents(list, "removed", old, new);
    return cut(list);
}

/* Adds "changed GET /todos". */
static void add_operation(struct json_object *list, const char *verb, struct json_object *op,
                          const char *mount)
{
    char method[16];

    snprintf(method, sizeof(method), "%s", jget_text(op, "method"));
    for (char *c = method; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    add_name(list, "%s %s %s%s", verb, method, mount, jget_text(op, "path"));
}

/* Adds the operations of `these` that `those` lack or, with `is_kept`, have in another form. */
static void add_operations(struct json_object *list, const char *verb, bool is_kept,
                           struct json_object *these, struct json_object *those)
{
    for (size_t i = 0; i < json_object_array_length(these); i++) {
        struct json_object *document = json_object_array_get_idx(these, i);
        const char *mount = jget_text(document, "mount");

        for (size_t k = 0; k < jget_count(document, "operations"); k++) {
            struct json_object *op = jget_item(document, "operations", k);
            struct json_object *other = compare_find_operation(those, mount, op);

            if (is_kept ? other && !compare_is_equal(op, other) : !other)
                add_operation(list, verb, op, mount);
        }
    }
}

static struct json_object *operations_changed(struct json_object *old, struct json_object *new)
{
    struct json_object *list = json_object_new_array();

    add_operations(list, "added", false, new, old);
    add_operations(list, "changed", true, new, old);
    add_operations(list, "removed", false, old, new);
    return cut(list);
}

static struct json_object *keys_changed(struct json_object *old, struct json_object *new)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (key->type != CONF_MAP && !strpbrk(key->path, "[{") &&
            strcmp(key->reload, "restart") != 0 &&
            !json_object_equal(conf_get(old, key->path), conf_get(new, key->path)))
            add_name(list, "%s", key->path);
    }
    return cut(list);
}

static bool has_migration(struct json_object *migrations, int64_t version)
{
    for (size_t i = 0; migrations && i < json_object_array_length(migrations); i++)
        if (jget_int(json_object_array_get_idx(migrations, i), "version") == version)
            return true;
    return false;
}

static struct json_object *migrations_added(struct json_object *old, struct json_object *new)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; new &&i < json_object_array_length(new); i++) {
        struct json_object *m = json_object_array_get_idx(new, i);

        if (!has_migration(old, jget_int(m, "version")))
            add_name(list, "%04lld_%s", (long long)jget_int(m, "version"), jget_text(m, "name"));
    }
    return cut(list);
}

struct json_object *compare_releases(struct json_object *running, struct json_object *new)
{
    struct json_object *old_documents = jget(running, "documents");
    struct json_object *new_documents = jget(new, "documents");
    struct json_object *changes = json_object_new_object();

    json_object_object_add(changes, "documents", documents_changed(old_documents, new_documents));
    json_object_object_add(changes, "operations", operations_changed(old_documents, new_documents));
    json_object_object_add(changes, "keys",
                           keys_changed(jget(running, "config"), jget(new, "config")));
    json_object_object_add(changes, "migrations",
                           migrations_added(jget(running, "migrations"), jget(new, "migrations")));
    return changes;
}
