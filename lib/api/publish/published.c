/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/published.h"

#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/core/json/jget.h"

/* Returns the component that a plain "#/components/SECTION/NAME" names, as almost all references
 * do; NULL for any other. */
static struct json_object *component_at(struct json_object *tree, const char *ref)
{
    static const char prefix[] = "#/components/";
    const char *begin = ref + sizeof(prefix) - 1, *end;
    char section[32];

    if (strncmp(ref, prefix, sizeof(prefix) - 1) != 0 || !(end = strchr(begin, '/')) ||
        (size_t)(end - begin) >= sizeof(section) || strpbrk(end + 1, "/~"))
        return NULL;
    memcpy(section, begin, (size_t)(end - begin));
    section[end - begin] = '\0';
    return jget(jget(jget(tree, "components"), section), end + 1);
}

struct json_object *published_follow(struct json_object *tree, struct json_object *object)
{
    const char *ref = jget_text(object, "$ref");
    struct json_object *target = ref ? component_at(tree, ref) : NULL;

    if (target)
        return target;
    return ref && *ref == '#' && json_pointer_get(tree, ref + 1, &target) == 0 ? target : object;
}

struct json_object *published_item(struct json_object *tree, struct json_object *record)
{
    return published_follow(tree, jget(jget(tree, "paths"), jget_text(record, "path")));
}

struct json_object *published_operation(struct json_object *tree, struct json_object *record)
{
    return jget(published_item(tree, record), jget_text(record, "method"));
}

struct json_object *published_child(struct json_object *map, const char *key)
{
    struct json_object *value = jget(map, key);

    if (!value) {
        value = json_object_new_object();
        json_object_object_add(map, key, value);
    }
    return value;
}

struct json_object *published_codes(struct json_object *responses)
{
    struct json_object *list = json_object_new_array();

    if (!json_object_is_type(responses, json_type_object))
        return list;
    json_object_object_foreach(responses, code, response)
    {
        if (!extension_is_name(code) && json_object_is_type(response, json_type_object))
            json_object_array_add(list, json_object_new_string(code));
    }
    return list;
}

const char *published_component(struct bundle *b, struct json_object *tree, const char *section,
                                const char *wish, struct json_object *component)
{
    const char *name = bundle_name(b, section, wish);
    struct json_object *components = published_child(tree, "components");

    json_object_object_add(published_child(components, section), name, component);
    return name;
}

struct json_object *published_ref(struct bundle *b, const char *section, const char *name)
{
    struct json_object *ref = json_object_new_object();

    jput_text(ref, "$ref", arena_printf(b->refs->arena, "#/components/%s/%s", section, name));
    return ref;
}

/* Copies the object. The copy shares its members, except the one called `map`, which is copied
 * too. */
static struct json_object *copy_shallowly(struct json_object *object, const char *map)
{
    struct json_object *copy = json_object_new_object();

    json_object_object_foreach(object, key, value)
    {
        bool is_map = map && strcmp(key, map) == 0 && json_object_is_type(value, json_type_object);

        json_object_object_add(copy, key,
                               is_map ? copy_shallowly(value, NULL) : json_object_get(value));
    }
    return copy;
}

struct json_object *published_own(struct json_object *tree, struct json_object *owner,
                                  const char *key, const char *part)
{
    struct json_object *member = jget(owner, key), *own = published_follow(tree, member);

    if (own == member)
        return own;
    own = copy_shallowly(own, part);
    json_object_object_add(owner, key, own);
    return own;
}

bool published_is_problem(struct json_object *tree, struct json_object *response)
{
    struct json_object *content = jget(published_follow(tree, response), "content");
    const char *text;

    if (!json_object_is_type(content, json_type_object) || json_object_object_length(content) != 1)
        return false;
    json_object_object_foreach(content, type, media)
    {
        (void)type;
        text = jget_text(published_follow(tree, jget(media, "schema")), "description");
        return text && (strcmp(text, PUBLISHED_PROBLEM) == 0 || strcmp(text, PUBLISHED_ERROR) == 0);
    }
    return false;
}
