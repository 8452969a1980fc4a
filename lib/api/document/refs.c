/* SPDX-License-Identifier: MIT */
/* References are resolved where they are used, not ahead of time: a document may refer to large
 * files of which it uses little. Each file is read once, and a file that cannot be read is
 * remembered as NULL, so that it is reported once. A relative path is relative to the file that
 * contains the reference, which the value's mark names (lib/core/json/mark.h). Only local files are
 * ever read, and the number of files and of values in all of them is limited. */
#include "lib/api/document/refs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/document/shape.h"
#include "lib/conf/yaml.h"
#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/text/utf8.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/text/percent.h"
#include "lib/core/json/pointer.h"
#include "lib/schema/uri.h"

enum { CHAIN_MAX = 64, TEXT_MAX = 1 << 20 };

/* Counts values as mark.h does. The contents of scalars do not matter here. */
static size_t count_values(struct json_object *tree)
{
    size_t count = 1;

    if (json_object_is_type(tree, json_type_array))
        for (size_t i = 0; i < json_object_array_length(tree); i++)
            count += count_values(json_object_array_get_idx(tree, i));
    if (json_object_is_type(tree, json_type_object)) {
        count = MARKED_PER_OBJECT;
        json_object_object_foreach(tree, name, member)
        {
            (void)name;
            count += count_values(member);
        }
    }
    return count;
}

/* Returns true if another file may be read. The first one too many is reported. */
static bool has_room(struct refs *refs, const char *path)
{
    size_t count = (size_t)json_object_object_length(refs->files);

    if (count < REFS_FILES_MAX && refs->values <= MARKED_VALUES_MAX)
        return true;
    if (!refs->is_full)
        diag_error(
            refs->diags, path,
            "the document has %zu files with %zu values so far; %d files and %d values are allowed",
            count, refs->values, REFS_FILES_MAX, MARKED_VALUES_MAX);
    refs->is_full = true;
    return false;
}

const char *refs_uri(struct arena *arena, const char *path)
{
    struct buf out = {0};
    const char *text;

    for (const char *at = path; *at; at++)
        if (strchr("%#?:", *at))
            buf_printf(&out, "%%%02X", *at);
        else
            buf_putc(&out, *at);
    text = arena_strdup(arena, buf_text(&out));
    buf_fini(&out);
    return text;
}

/* Returns the path of a URI without a scheme. A '%' that begins no escape is itself. */
static const char *path_of(struct refs *refs, const char *uri)
{
    struct slice plain;

    if (!strchr(uri, '%') || !percent_decode(slice_of(uri), false, refs->arena, &plain))
        return uri;
    return arena_strndup(refs->arena, plain.data, plain.len);
}

/* Returns the tree of the file that has the URI. */
static struct json_object *load_file(struct refs *refs, const char *uri)
{
    struct json_object *tree = NULL;
    const char *path = path_of(refs, uri);

    if (json_object_object_get_ex(refs->files, path, &tree))
        return tree;
    if (!has_room(refs, path))
        return NULL;
    if (!yaml_read(path, &tree, refs->diags))
        tree = NULL; /* remembered, so that it is reported only once */
    refs->values += count_values(tree);
    json_object_object_add(refs->files, path, tree);
    return tree;
}

struct json_object *refs_open(struct refs *refs, const char *path, struct arena *arena,
                              struct diags *diags)
{
    *refs = (struct refs){.arena = arena, .diags = diags, .root = refs_uri(arena, path)};
    refs->files = json_object_new_object();
    refs->checked = json_object_new_object();
    refs->texts = json_object_new_object();
    return load_file(refs, refs->root);
}

struct json_object *refs_load(void *arg, const char *uri)
{
    struct refs *refs = arg;
    const char *path = jget_text(refs->registered, uri);

    if (path)
        return load_file(refs, uri_resolve(refs->arena, refs->root, path));
    return uri_has_scheme(uri) ? NULL : load_file(refs, uri);
}

void refs_close(struct refs *refs)
{
    json_object_put(refs->files);
    json_object_put(refs->checked);
    json_object_put(refs->texts);
    *refs = (struct refs){0};
}

const char *refs_locate(struct refs *refs, struct json_object *at, const char *ref,
                        const char **fragment)
{
    const struct mark *m = mark_of(at);
    const char *base = m ? refs_uri(refs->arena, m->file) : refs->root;
    const char *hash = strchr(ref, '#');
    size_t len = hash ? (size_t)(hash - ref) : strlen(ref);
    const char *path;

    *fragment = hash ? hash + 1 : "";
    if (!len)
        return base;
    path = uri_resolve(refs->arena, base, arena_strndup(refs->arena, ref, len));
    if (!uri_has_scheme(path))
        path = refs_uri(refs->arena, path_of(refs, path));
    return strcmp(path, uri_resolve(refs->arena, "", refs->root)) == 0 ? refs->root : path;
}

static struct json_object *fail_reference(struct refs *refs, struct json_object *node,
                                          const char *ref, const char *what)
{
    diag_error(refs->diags, mark_key(node, "$ref"), "$ref: %s: %s", ref, what);
    return NULL;
}

struct json_object *refs_follow(struct refs *refs, struct json_object *node, const char *ref)
{
    const char *fragment;
    const char *path = refs_locate(refs, node, ref, &fragment);
    struct json_object *target;
    struct slice rest = slice_of(fragment);

    if (uri_has_scheme(ref))
        return fail_reference(refs, node, ref, "only local files are supported");
    target = load_file(refs, path);
    if (!target)
        return fail_reference(refs, node, ref, "the file could not be loaded");
    if (*fragment && *fragment != '/')
        return fail_reference(refs, node, ref, "the fragment must be a JSON pointer");
    slice_cut(&rest, '/');
    while (rest.len && target)
        target = pointer_step(target, pointer_token(refs->arena, slice_cut(&rest, '/')));
    return target ? target : fail_reference(refs, node, ref, "does not resolve");
}

static const char *ref_of(struct json_object *node)
{
    struct json_object *ref = NULL;

    if (json_object_is_type(node, json_type_object))
        json_object_object_get_ex(node, "$ref", &ref);
    return json_object_is_type(ref, json_type_string) ? json_object_get_string(ref) : NULL;
}

/* Checks a target's shape once, since many operations share a parameter or a response. */
static void check_target(struct refs *refs, struct json_object *target, const char *object)
{
    const char *key = arena_printf(refs->arena, "%s %s", mark_where(target), object);

    if (json_object_object_get_ex(refs->checked, key, NULL))
        return;
    json_object_object_add(refs->checked, key, NULL);
    shape_check_part(load_file(refs, refs->root), target, object, refs->diags);
}

struct json_object *refs_resolve(struct refs *refs, struct json_object *node, const char *object)
{
    struct json_object *target = node;
    const char *ref;

    for (int i = 0; target && (ref = ref_of(target)); i++) {
        if (i == CHAIN_MAX)
            return fail_reference(refs, target, ref, "refers to itself");
        target = refs_follow(refs, target, ref);
    }
    if (target && target != node)
        check_target(refs, target, object);
    return target;
}

void refs_prove(struct refs *refs, struct json_object *node, const char *object)
{
    const char *ref = ref_of(node);
    struct json_object *target = ref && !uri_has_scheme(ref) ? refs_follow(refs, node, ref) : NULL;

    if (target && !ref_of(target))
        check_target(refs, target, object);
}

const char *refs_read_text(struct refs *refs, struct json_object *node, const char **path)
{
    struct buf text = {0};
    const char *out = NULL;
    struct fault fault;

    *path =
        file_beside(refs->arena, mark_of(node) ? mark_of(node)->file : path_of(refs, refs->root),
                    json_object_get_string(node));
    if (!file_read_regular(*path, TEXT_MAX, &text, &fault))
        diag_error(refs->diags, mark_where(node), "%s: %s", *path, fault.text);
    else if (!utf8_is_valid(text.data, text.len) || (text.len && memchr(text.data, 0, text.len)))
        diag_error(refs->diags, mark_where(node), "%s: is not valid UTF-8", *path);
    else
        out = arena_strndup(refs->arena, text.data, text.len);
    buf_fini(&text);
    return out;
}

const char *refs_text_around(struct refs *refs, struct json_object *node)
{
    const struct mark *m = mark_of(node);
    struct json_object *known = NULL;
    struct buf text = {0};

    if (m && !json_object_object_get_ex(refs->texts, m->file, &known)) {
        if (file_read(m->file, YAML_FILE_MAX, &text))
            known = json_object_new_string_len(text.data ? text.data : "", (int)text.len);
        json_object_object_add(refs->texts, m->file, known);
        buf_fini(&text);
    }
    return json_object_get_string(known);
}
