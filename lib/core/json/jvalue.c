/* SPDX-License-Identifier: MIT */
/*
 * Containers that grow, and large objects. What v->items or v->members points to:
 *
 *     room_log2 0        ┌ 0 ┬ 1 ┬ … ┬ size-1 ┐                 exact: read, or made by jvalue_of()
 *     room_log2 n        ┌ 0 ┬ 1 ┬ … ┬ size-1 ┬ free … 2^n-1 ┐  grown, doubles when full
 *     is_indexed   ┌ struct jindex ┬ 0 ┬ 1 ┬ …                  in front of the members, either way
 *
 * An object of more than JVALUE_FEW members is indexed; in a smaller one a linear comparison of
 * hashes is faster.
 */
#include "lib/core/json/jvalue.h"

#include <assert.h>

#include <json-c/json.h>

#include "lib/core/json/jindex.h"

enum { ROOM_MIN = 2 }; /* log2 */

static_assert(sizeof(struct jvalue) == 16 && sizeof(struct jmember) == 32, "budgets count on it");
static_assert(sizeof(struct jindex) == 16, "what follows it stays aligned");

static struct jindex *index_of(const struct jvalue *object)
{
    return (struct jindex *)(void *)object->members - 1;
}

static size_t find_place(const struct jvalue *v, struct slice name, uint32_t hash)
{
    if (v->is_indexed)
        return jindex_find(index_of(v), v->members, name, hash);
    for (size_t i = 0; i < v->size; i++)
        if (jmember_is(&v->members[i], name, hash))
            return i;
    return SIZE_MAX;
}

struct jvalue *jvalue_find(const struct jvalue *v, struct slice name, uint32_t hash)
{
    size_t place = v->type == JOBJECT ? find_place(v, name, hash) : SIZE_MAX;

    return place == SIZE_MAX ? NULL : &v->members[place].value;
}

struct jvalue *jvalue_get(const struct jvalue *v, struct slice name)
{
    return v->type == JOBJECT && v->size ? jvalue_find(v, name, jvalue_hash(name)) : NULL;
}

/* Returns the log2 of the room needed for one more, or 0 if there is room. */
static uint8_t next_room(const struct jvalue *v)
{
    uint8_t log2 = v->room_log2 ? v->room_log2 : ROOM_MIN;

    if (v->room_log2 && v->size < UINT32_C(1) << log2)
        return 0;
    while (UINT32_C(1) << log2 <= v->size)
        log2++;
    return log2;
}

struct jvalue *jvalue_append(struct arena *arena, struct jvalue *array, struct jvalue item)
{
    uint8_t room = next_room(array);
    struct jvalue *items;

    assert(array->type == JARRAY);
    if (room) {
        items = arena_alloc(arena, sizeof(*items) << room);
        if (array->size)
            memcpy(items, array->items, array->size * sizeof(*items));
        array->items = items;
        array->room_log2 = room;
    }
    array->items[array->size] = item;
    return &array->items[array->size++];
}

/* Moves the members to a larger place and indexes them if they are many. */
static void move_members(struct arena *arena, struct jvalue *object, uint8_t room)
{
    bool is_indexed = UINT32_C(1) << room > JVALUE_FEW;
    size_t head = is_indexed ? sizeof(struct jindex) : 0;
    char *bytes = arena_alloc(arena, head + (sizeof(struct jmember) << room));
    struct jmember *members = (struct jmember *)(void *)(bytes + head);

    if (object->size)
        memcpy(members, object->members, object->size * sizeof(*members));
    object->members = members;
    object->room_log2 = room;
    object->is_indexed = is_indexed;
    if (is_indexed)
        *index_of(object) = jindex_new(arena, (size_t)1 << room, members, object->size);
}

struct jvalue *jvalue_add(struct arena *arena, struct jvalue *object, struct slice name,
                          struct jvalue value)
{
    uint8_t room = next_room(object);
    struct jmember *m;

    assert(object->type == JOBJECT);
    if (room)
        move_members(arena, object, room);
    m = &object->members[object->size];
    *m = (struct jmember){name.data, (uint32_t)name.len, jvalue_hash(name), value};
    if (object->is_indexed)
        jindex_add(index_of(object), object->members, object->size);
    object->size++;
    return &m->value;
}

static void index_anew(struct jvalue *object)
{
    struct jindex *index = index_of(object);

    memset(index->slots, 0, ((size_t)index->mask + 1) * sizeof(*index->slots));
    for (size_t i = 0; i < object->size; i++)
        jindex_add(index, object->members, i);
}

bool jvalue_remove(struct jvalue *object, struct slice name)
{
    size_t place = object->type == JOBJECT ? find_place(object, name, jvalue_hash(name)) : SIZE_MAX;

    if (place == SIZE_MAX)
        return false;
    object->size--;
    memmove(&object->members[place], &object->members[place + 1],
            (object->size - place) * sizeof(*object->members));
    if (object->is_indexed)
        index_anew(object);
    return true;
}

/* --- From json-c. --- */

static struct jvalue array_of(struct arena *arena, struct json_object *json)
{
    size_t n = json_object_array_length(json);
    struct jvalue out = {.type = JARRAY, .size = (uint32_t)n};

    out.items = arena_alloc(arena, n * sizeof(*out.items));
    for (size_t i = 0; i < n; i++)
        out.items[i] = jvalue_of(arena, json_object_array_get_idx(json, i));
    return out;
}

struct slice jvalue_name(struct arena *arena, const char *key)
{
    size_t len = strlen(key), plain = 0;
    char *name = arena_strndup(arena, key, len);

    for (size_t i = 0; i < len; i++, plain++) {
        bool is_nul = (unsigned char)key[i] == 0xc0;

        name[plain] = is_nul ? '\0' : key[i];
        i += is_nul;
    }
    return (struct slice){name, plain};
}

static struct jvalue object_of(struct arena *arena, struct json_object *json)
{
    struct jvalue out = {.type = JOBJECT};
    uint8_t room = ROOM_MIN;

    while (UINT32_C(1) << room < (uint32_t)json_object_object_length(json))
        room++;
    move_members(arena, &out, room);
    json_object_object_foreach(json, key, member)
    {
        jvalue_add(arena, &out, jvalue_name(arena, key), jvalue_of(arena, member));
    }
    out.room_log2 = 0; /* so that nothing is appended in place */
    return out;
}

struct jvalue jvalue_of(struct arena *arena, struct json_object *json)
{
    size_t len;

    switch (json_object_get_type(json)) {
    case json_type_null:
        break;
    case json_type_boolean:
        return (struct jvalue){.type = JBOOLEAN, .boolean = json_object_get_boolean(json)};
    case json_type_int:
        return (struct jvalue){.type = JINTEGER, .integer = json_object_get_int64(json)};
    case json_type_double:
        return (struct jvalue){.type = JDOUBLE, .real = json_object_get_double(json)};
    case json_type_string:
        len = (size_t)json_object_get_string_len(json);
        return jvalue_string(
            (struct slice){arena_strndup(arena, json_object_get_string(json), len), len});
    case json_type_array:
        return array_of(arena, json);
    case json_type_object:
        return object_of(arena, json);
    }
    return (struct jvalue){.type = JNULL};
}
