/* SPDX-License-Identifier: MIT */
#include "lib/api/refs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/yaml.h"
#include "lib/core/buf.h"
#include "lib/core/file.h"
#include "lib/core/utf8.h"
#include "lib/core/jget.h"
#include "lib/core/mark.h"
#include "lib/core/percent.h"

enum { CHAIN_MAX = 64, DEPTH_MAX = 128, TEXT_MAX = 1 << 20 };

static struct json_object *load(struct refs *refs, const char *path)
{
    struct json_object *tree = NULL;

    if (json_object_object_get_ex(refs->files, path, &tree))
        return tree;
    if (!yaml_read(path, &tree, refs->diags))
        return NULL;
    json_object_object_add(refs->files, path, tree);
    return tree;
}

struct json_object *refs_open(struct refs *refs, const char *path, struct arena *arena,
                              struct diags *diags)
{
    *refs = (struct refs){.arena = arena, .diags = diags, .root = path};
    refs->files = json_object_new_object();
    refs->schemas = json_object_new_object();
    refs->pending = json_object_new_array();
    return load(refs, path);
}

void refs_close(struct refs *refs)
{
    json_object_put(refs->files);
    json_object_put(refs->schemas);
    json_object_put(refs->pending);
    *refs = (struct refs){0};
}

/* One token of a pointer in a fragment: percent-decoded, then ~1 and ~0 (RFC 6901, 6). */
static char *decode_token(struct arena *arena, struct slice token)
{
    struct slice plain;
    char *out, *to;

    if (!percent_decode(token, false, arena, &plain))
        plain = token;
    out = to = arena_alloc(arena, plain.len + 1);
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];

        if (c == '~' && i + 1 < plain.len)
            c = plain.data[++i] == '1' ? '/' : '~';
        *to++ = c;
    }
    *to = '\0';
    return out;
}

static struct json_object *step_into(struct json_object *node, const char *token)
{
    struct json_object *next = NULL;

    if (json_object_is_type(node, json_type_object))
        json_object_object_get_ex(node, token, &next);
    else if (json_object_is_type(node, json_type_array) && *token >= '0' && *token <= '9')
        next = json_object_array_get_idx(node, strtoul(token, NULL, 10));
    return next;
}

/* "other.yaml#/components/schemas/X" as seen from the file of `at` → the path and the fragment. */
static const char *split_ref(struct refs *refs, struct json_object *at, const char *ref,
                             const char **fragment)
{
    const struct mark *m = mark_of(at);
    const char *base = m ? m->file : refs->root;
    const char *hash = strchr(ref, '#');
    size_t len = hash ? (size_t)(hash - ref) : strlen(ref);

    *fragment = hash ? hash + 1 : "";
    return len ? file_beside(refs->arena, base, arena_strndup(refs->arena, ref, len)) : base;
}

static struct json_object *fail(struct refs *refs, struct json_object *node, const char *ref,
                                const char *what)
{
    diag_error(refs->diags, mark_key(node, "$ref"), "$ref: %s: %s", ref, what);
    return NULL;
}

static struct json_object *follow(struct refs *refs, struct json_object *node, const char *ref)
{
    const char *fragment;
    const char *path = split_ref(refs, node, ref, &fragment);
    struct json_object *target;
    struct slice rest = slice_of(fragment);

    if (strstr(ref, "://"))
        return fail(refs, node, ref, "only local files are read");
    target = load(refs, path);
    if (!target)
        return fail(refs, node, ref, "the file cannot be used");
    if (*fragment && *fragment != '/')
        return fail(refs, node, ref, "the fragment must be a JSON pointer");
    slice_cut(&rest, '/');
    while (rest.len && target)
        target = step_into(target, decode_token(refs->arena, slice_cut(&rest, '/')));
    return target ? target : fail(refs, node, ref, "names nothing");
}

static const char *ref_of(struct json_object *node)
{
    struct json_object *ref = NULL;

    if (json_object_is_type(node, json_type_object))
        json_object_object_get_ex(node, "$ref", &ref);
    return json_object_is_type(ref, json_type_string) ? json_object_get_string(ref) : NULL;
}

struct json_object *refs_resolve(struct refs *refs, struct json_object *node)
{
    const char *ref;

    for (int i = 0; node && (ref = ref_of(node)); i++) {
        if (i == CHAIN_MAX)
            return fail(refs, node, ref, "refers to itself");
        node = follow(refs, node, ref);
    }
    return node;
}

const char *refs_read_text(struct refs *refs, struct json_object *node, const char **path)
{
    struct buf text = {0};
    const char *out = NULL;

    *path = file_beside(refs->arena, mark_of(node) ? mark_of(node)->file : refs->root,
                        json_object_get_string(node));
    if (!file_read(*path, TEXT_MAX, &text))
        diag_error(refs->diags, mark_where(node), "%s: cannot be read: %s", *path, strerror(errno));
    else if (!utf8_is_valid(text.data, text.len) || (text.len && memchr(text.data, 0, text.len)))
        diag_error(refs->diags, mark_where(node), "%s: is not UTF-8 text", *path);
    else
        out = arena_strndup(refs->arena, text.data, text.len);
    buf_fini(&text);
    return out;
}

static struct json_object *bundle(struct refs *refs, struct json_object *schema, unsigned depth,
                                  bool is_names);

/* The name under which the target of `ref` is bundled: its pointer, and its file if another. */
static const char *bundle_target(struct refs *refs, struct json_object *node, const char *ref)
{
    const char *fragment;
    const char *path = split_ref(refs, node, ref, &fragment);
    const char *name = *fragment == '/' ? fragment + 1 : fragment;
    struct json_object *target;

    if (strcmp(path, refs->root) != 0)
        name = arena_printf(refs->arena, "%s#%s", path, fragment);
    if (json_object_object_get_ex(refs->schemas, name, NULL))
        return name;
    target = follow(refs, node, ref);
    if (!target)
        return NULL;
    json_object_object_add(refs->schemas, name, json_object_get(target)); /* until its turn comes */
    json_object_array_add(refs->pending, json_object_new_string(name));
    return name;
}

/* Members whose values are data, not schemas. */
static bool is_data(const char *key)
{
    return slice_is_choice("enum|const|default|example|examples", key);
}

/* Members whose values map names to schemas. */
static bool has_names(const char *key)
{
    return slice_is_choice("properties|patternProperties|$defs|dependentSchemas", key);
}

/* With `is_names`, the members are named by the author and mean nothing else. */
static void bundle_object(struct refs *refs, struct json_object *from, struct json_object *to,
                          unsigned depth, bool is_names)
{
    const char *ref = is_names ? NULL : ref_of(from);

    json_object_object_foreach(from, key, member)
    {
        if (ref && strcmp(key, "$ref") == 0) {
            const char *name = bundle_target(refs, from, ref);
            struct json_object *text =
                json_object_new_string(name ? arena_printf(refs->arena, "#/%s", name) : "#/");

            if (mark_of(member))
                mark_set(text, mark_of(member));
            json_object_object_add(to, key, text);
        } else if (!is_names && is_data(key)) {
            json_object_object_add(to, key, json_object_get(member));
        } else {
            json_object_object_add(to, key,
                                   bundle(refs, member, depth, !is_names && has_names(key)));
        }
    }
}

static struct json_object *bundle(struct refs *refs, struct json_object *schema, unsigned depth,
                                  bool is_names)
{
    struct json_object *copy;

    if (depth == 0) {
        diag_error(refs->diags, mark_where(schema), "nested too deep");
        return NULL;
    }
    if (json_object_is_type(schema, json_type_object)) {
        copy = json_object_new_object();
        bundle_object(refs, schema, copy, depth - 1, is_names);
    } else if (json_object_is_type(schema, json_type_array)) {
        copy = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(schema); i++)
            json_object_array_add(
                copy, bundle(refs, json_object_array_get_idx(schema, i), depth - 1, false));
    } else {
        return json_object_get(schema);
    }
    if (mark_of(schema))
        mark_set(copy, mark_of(schema));
    return copy;
}

struct json_object *refs_bundle(struct refs *refs, struct json_object *schema)
{
    struct json_object *out = bundle(refs, schema, DEPTH_MAX, false);

    /* What it refers to, and what that refers to, one after the other: chains cost no stack. */
    for (size_t i = 0; i < json_object_array_length(refs->pending); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(refs->pending, i));
        struct json_object *target = json_object_get(jget(refs->schemas, name));

        json_object_object_add(refs->schemas, name, bundle(refs, target, DEPTH_MAX, false));
        json_object_put(target);
    }
    json_object_put(refs->pending);
    refs->pending = json_object_new_array();
    return out;
}
