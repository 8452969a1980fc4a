/* SPDX-License-Identifier: MIT */
#include "lib/schema/equal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/uuid.h"

static bool is_number(struct json_object *v)
{
    return json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double);
}

bool equal_read_whole(struct json_object *number, int64_t *out)
{
    double x = json_object_get_double(number);

    *out = json_object_get_int64(number);
    if (json_object_is_type(number, json_type_int))
        return true;
    if (floor(x) != x || x < -9223372036854775808.0 || x >= 9223372036854775808.0)
        return false;
    *out = (int64_t)x;
    return true;
}

static bool equal_numbers(struct json_object *a, struct json_object *b)
{
    int64_t x, y;

    if (equal_read_whole(a, &x) && equal_read_whole(b, &y))
        return x == y;
    return json_object_is_type(a, json_type_double) && json_object_is_type(b, json_type_double) &&
           json_object_get_double(a) == json_object_get_double(b);
}

static bool equal_objects(struct json_object *a, struct json_object *b)
{
    struct json_object *other;

    if (json_object_object_length(a) != json_object_object_length(b))
        return false;
    json_object_object_foreach(a, key, member)
    {
        if (!json_object_object_get_ex(b, key, &other) || !equal_values(member, other))
            return false;
    }
    return true;
}

static bool equal_strings(struct json_object *a, struct json_object *b)
{
    int len = json_object_get_string_len(a);

    return json_object_is_type(b, json_type_string) && json_object_get_string_len(b) == len &&
           memcmp(json_object_get_string(a), json_object_get_string(b), (size_t)len) == 0;
}

bool equal_values(struct json_object *a, struct json_object *b)
{
    enum json_type type = json_object_get_type(a);
    size_t n;

    if (type == json_type_string)
        return equal_strings(a, b);
    if (is_number(a) && is_number(b))
        return equal_numbers(a, b);
    if (type != json_object_get_type(b))
        return false;
    if (type == json_type_object)
        return equal_objects(a, b);
    if (type != json_type_array)
        return json_object_equal(a, b);
    n = json_object_array_length(a);
    if (n != json_object_array_length(b))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!equal_values(json_object_array_get_idx(a, i), json_object_array_get_idx(b, i)))
            return false;
    return true;
}

static uint64_t seed; /* of this process: nobody outside can construct collisions */

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *at = data;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3) ^ (hash >> 29);
    return hash;
}

static uint64_t hash_value(struct json_object *v)
{
    enum json_type type = is_number(v) ? json_type_double : json_object_get_type(v);
    uint64_t hash = hash_bytes(seed, &type, sizeof(type)), sum = 0;
    double number;
    int64_t whole;
    size_t n;

    switch (type) {
    case json_type_double:
        if (equal_read_whole(v, &whole))
            return hash_bytes(hash, &whole, sizeof(whole));
        number = json_object_get_double(v);
        return hash_bytes(hash, &number, sizeof(number));
    case json_type_string:
        return hash_bytes(hash, json_object_get_string(v), (size_t)json_object_get_string_len(v));
    case json_type_array:
        n = json_object_array_length(v);
        for (size_t i = 0; i < n; i++) {
            sum = hash_value(json_object_array_get_idx(v, i));
            hash = hash_bytes(hash, &sum, sizeof(sum));
        }
        return hash;
    case json_type_object: {
        json_object_object_foreach(v, key, member)
        {
            uint64_t one = hash_value(member);

            sum += hash_bytes(hash_bytes(hash, key, strlen(key)), &one, sizeof(one));
        }
        return hash ^ sum;
    }
    default:
        return hash + (uint64_t)json_object_get_boolean(v);
    }
}

/* Items that need no memory of the heap; qsort() needs none for them either. */
enum { FEW = 64 };

struct keyed {
    uint64_t hash;
    size_t index;
};

static int by_hash(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Whether the item of index `k` in the order of hashes equals one before it. */
static bool has_twin(struct json_object *array, const struct keyed *items, size_t k, size_t pair[2])
{
    pair[1] = items[k].index;
    for (size_t i = k; i-- && items[i].hash == items[k].hash;) {
        pair[0] = items[i].index;
        if (equal_values(json_object_array_get_idx(array, pair[0]),
                         json_object_array_get_idx(array, pair[1])))
            return true;
    }
    return false;
}

bool equal_find_pair(struct json_object *array, size_t pair[static 2])
{
    size_t n = json_object_array_length(array);
    struct keyed few[FEW], *items = n <= FEW ? few : calloc(n, sizeof(*items));
    bool found = false;

    if (!items)
        abort();
    if (!seed)
        random_bytes(&seed, sizeof(seed));
    for (size_t i = 0; i < n; i++)
        items[i] = (struct keyed){hash_value(json_object_array_get_idx(array, i)), i};
    qsort(items, n, sizeof(*items), by_hash);
    for (size_t i = 1; i < n && !found; i++)
        found = has_twin(array, items, i, pair);
    if (items != few)
        free(items);
    return found;
}
