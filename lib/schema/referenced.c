/* SPDX-License-Identifier: MIT */
/* Cuts the documents that schemas refer to down to what is referred to. In that form they travel in
 * the release, and every pointer still means the same. */
#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/pointer.h"
#include "lib/schema/registry.h"

/* Shares the part of `root` at `pointer` with `copy`, creating the members on the path to it. */
static void copy_part(struct json_object *root, const char *pointer, struct json_object *copy)
{
    struct slice rest = slice_of(pointer + 1);
    struct arena arena = {0};
    bool is_last = false;

    while (!is_last) {
        const char *token;
        struct json_object *have;

        is_last = !memchr(rest.data, '/', rest.len);
        token = pointer_token(&arena, slice_cut(&rest, '/'));
        root = pointer_step(root, token);
        have = jget(copy, token);
        if (!root || have == root) /* all of it is there already */
            break;
        if (is_last || !have) {
            have = is_last ? json_object_get(root) : json_object_new_object();
            json_object_object_add(copy, token, have);
        }
        copy = have;
    }
    arena_fini(&arena);
}

static struct json_object *cut_down(const struct resource *r, struct json_object *pointers)
{
    static const char *const dialects[] = {"openapi", "$schema"};
    struct json_object *copy;

    if (pointers && json_object_object_get_ex(pointers, "", NULL))
        return json_object_get(r->root);
    copy = json_object_new_object();
    for (size_t i = 0; i < sizeof(dialects) / sizeof(*dialects); i++)
        if (jget(r->root, dialects[i]))
            json_object_object_add(copy, dialects[i], json_object_get(jget(r->root, dialects[i])));
    if (!pointers)
        return copy;
    json_object_object_foreach(pointers, pointer, nothing)
    {
        (void)nothing;
        copy_part(r->root, pointer, copy);
    }
    return copy;
}

struct json_object *schema_set_documents(const struct schema_set *set)
{
    struct json_object *out = json_object_new_object();

    for (struct resource *r = set->resources; r; r = r->next) {
        struct json_object *pointers = jget(set->reached, r->uri);

        if (r == r->document && !metaschema_text(r->uri))
            json_object_object_add(out, r->uri, cut_down(r, pointers));
    }
    return out;
}
