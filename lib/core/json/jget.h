/* SPDX-License-Identifier: MIT */
/* Access to members of json-c objects that may be absent or of another type. All results are
 * borrowed. */
#ifndef LEAT_CORE_JSON_JGET_H
#define LEAT_CORE_JSON_JGET_H

#include <json-c/json.h>

#include "lib/core/slice.h"

/* Returns the member, or NULL if `map` is not an object or has no such member. */
static inline struct json_object *jget(struct json_object *map, const char *key)
{
    struct json_object *value = NULL;

    if (json_object_is_type(map, json_type_object))
        json_object_object_get_ex(map, key, &value);
    return value;
}

/* Returns the member's text, or NULL if it is absent or not a string. */
static inline const char *jget_text(struct json_object *map, const char *key)
{
    struct json_object *value = jget(map, key);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* Returns the bytes of a string, which may hold NUL; data is NULL if `value` is not a string. */
static inline struct slice jslice(struct json_object *value)
{
    if (!json_object_is_type(value, json_type_string))
        return (struct slice){NULL, 0};
    return (struct slice){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
}

static inline int64_t jget_int(struct json_object *map, const char *key)
{
    return json_object_get_int64(jget(map, key));
}

static inline int jget_bool(struct json_object *map, const char *key)
{
    return json_object_get_boolean(jget(map, key));
}

/* Returns the number of items, 0 if the member is absent or not an array. */
static inline size_t jget_count(struct json_object *map, const char *key)
{
    struct json_object *value = jget(map, key);

    return json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 0;
}

/* Returns item `i` of the member, or NULL if there is none. */
static inline struct json_object *jget_item(struct json_object *map, const char *key, size_t i)
{
    return i < jget_count(map, key) ? json_object_array_get_idx(jget(map, key), i) : NULL;
}

/* Adds the text as a member, or null if `text` is NULL. */
static inline void jput_text(struct json_object *map, const char *key, const char *text)
{
    json_object_object_add(map, key, text ? json_object_new_string(text) : NULL);
}

#endif
