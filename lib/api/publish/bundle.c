/* SPDX-License-Identifier: MIT */
/* Every reference into another file becomes a reference to a component of the one published
 * document. `names` maps each place in a file to the name it got, so that a part is copied once;
 * `taken` holds all names in use; `pending` is the queue of parts still to be copied, which may
 * refer to further parts:
 *
 *     bundle_ref() ──▶ a new name ──▶ pending ──▶ bundle_next() ──▶ the copy calls bundle_ref()
 *
 * A component that is nothing but a reference to another file gives its own name to the part that
 * it refers to. */
#include "lib/api/publish/bundle.h"

#include <ctype.h>
#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/core/json/jget.h"

static const char *component_ref(struct bundle *b, const char *section, const char *name)
{
    return arena_printf(b->refs->arena, "#/components/%s/%s", section, name);
}

static void take_name(struct bundle *b, const char *section, const char *name, bool is_replaced)
{
    json_object_object_add(b->taken, arena_printf(b->refs->arena, "%s/%s", section, name),
                           json_object_new_boolean(is_replaced));
}

const char *bundle_name(struct bundle *b, const char *section, const char *wish)
{
    const char *name = arena_strdup(b->refs->arena, wish);

    for (unsigned n = 2;; n++) {
        const char *key = arena_printf(b->refs->arena, "%s/%s", section, name);

        if (!json_object_object_get_ex(b->taken, key, NULL))
            break;
        name = arena_printf(b->refs->arena, "%s_%u", wish, n);
    }
    take_name(b, section, name, false);
    return name;
}

/* Returns a good name for the part: the pointer's last token, the anchor, or the file's name, with
 * characters that component names cannot have replaced (OpenAPI 3.1, 4.8.7: ^[a-zA-Z0-9._-]+$). */
static const char *wish_of(struct bundle *b, const char *path, const char *fragment)
{
    const char *slash = strrchr(*fragment ? fragment : path, '/');
    const char *last = slash ? slash + 1 : *fragment ? fragment : path;
    char *wish = arena_strdup(b->refs->arena, *last ? last : "part");

    if (!*fragment)
        wish[strcspn(wish, ".")] = '\0';
    for (char *c = wish; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    return *wish ? wish : "part";
}

static void enlist(struct bundle *b, const char *section, const char *name,
                   struct json_object *target)
{
    struct json_object *part = json_object_new_object();

    jput_text(part, "section", section);
    jput_text(part, "name", name);
    json_object_object_add(part, "target", json_object_get(target));
    json_object_array_add(b->pending, part);
}

/* Returns the subschema that has the anchor, or NULL. The reader's limit on nesting bounds the
 * recursion. */
static struct json_object *find_anchor(struct json_object *node, const char *anchor)
{
    struct json_object *found = NULL;

    if (json_object_is_type(node, json_type_array)) {
        for (size_t i = 0; !found && i < json_object_array_length(node); i++)
            found = find_anchor(json_object_array_get_idx(node, i), anchor);
    } else if (json_object_is_type(node, json_type_object)) {
        const char *own = jget_text(node, "$anchor");

        if (own && strcmp(own, anchor) == 0)
            return node;
        json_object_object_foreach(node, key, member)
        {
            (void)key;
            if ((found = find_anchor(member, anchor)))
                break;
        }
    }
    return found;
}

/* Returns what another file has at the reference. */
static struct json_object *target_of(struct bundle *b, struct json_object *node, const char *ref,
                                     const char *fragment)
{
    struct json_object *file, *target;

    if (!*fragment || *fragment == '/')
        return refs_follow(b->refs, node, ref);
    file = refs_follow(b->refs, node,
                       *ref == '#' ? "#" : arena_strndup(b->refs->arena, ref, strcspn(ref, "#")));
    target = file ? find_anchor(file, fragment) : NULL;
    return target || !file ? target : refs_follow(b->refs, node, ref); /* reports it */
}

const char *bundle_ref(struct bundle *b, const char *section, struct json_object *node,
                       const char *ref)
{
    const char *fragment, *path, *key, *name;
    struct json_object *target;

    if (strstr(ref, "://") || strncmp(ref, "urn:", 4) == 0)
        return ref;
    path = refs_locate(b->refs, node, ref, &fragment);
    if (strcmp(path, b->refs->root) == 0)
        return arena_printf(b->refs->arena, "#%s", fragment);
    key = arena_printf(b->refs->arena, "%s %s#%s", section, path, fragment);
    name = jget_text(b->names, key);
    if (name)
        return component_ref(b, section, name);
    target = target_of(b, node, ref, fragment);
    if (!target)
        return NULL;
    name = bundle_name(b, section, wish_of(b, path, fragment));
    jput_text(b->names, key, name);
    enlist(b, section, name, target);
    return component_ref(b, section, name);
}

/* Records a component, and if it is {$ref: another file} and nothing else, gives its name to that
 * part. */
static void take_over(struct bundle *b, const char *section, const char *name,
                      struct json_object *node)
{
    const char *ref = jget_text(node, "$ref"), *fragment, *path, *key;
    struct json_object *target;

    take_name(b, section, name, false);
    if (!ref || json_object_object_length(node) > 1 || strstr(ref, "://"))
        return;
    path = refs_locate(b->refs, node, ref, &fragment);
    key = arena_printf(b->refs->arena, "%s %s#%s", section, path, fragment);
    if (strcmp(path, b->refs->root) == 0 || jget(b->names, key))
        return;
    target = target_of(b, node, ref, fragment);
    if (!target)
        return;
    take_name(b, section, name, true);
    jput_text(b->names, key, name);
    enlist(b, section, name, target);
}

void bundle_init(struct bundle *b, struct refs *refs, struct json_object *root)
{
    struct json_object *components = jget(root, "components");

    *b = (struct bundle){.refs = refs};
    b->names = json_object_new_object();
    b->taken = json_object_new_object();
    b->pending = json_object_new_array();
    if (!json_object_is_type(components, json_type_object))
        return;
    json_object_object_foreach(components, section, members)
    {
        if (!json_object_is_type(members, json_type_object) || extension_is_name(section))
            continue;
        json_object_object_foreach(members, name, node)
        {
            take_over(b, section, name, node);
        }
    }
}

void bundle_fini(struct bundle *b)
{
    json_object_put(b->names);
    json_object_put(b->taken);
    json_object_put(b->pending);
    *b = (struct bundle){0};
}

bool bundle_replaces(struct bundle *b, const char *section, const char *name)
{
    return jget_bool(b->taken, arena_printf(b->refs->arena, "%s/%s", section, name));
}

bool bundle_next(struct bundle *b, const char **section, const char **name,
                 struct json_object **target)
{
    struct json_object *part;

    if (b->done == json_object_array_length(b->pending))
        return false;
    part = json_object_array_get_idx(b->pending, b->done++);
    *section = jget_text(part, "section");
    *name = jget_text(part, "name");
    *target = jget(part, "target");
    return true;
}
