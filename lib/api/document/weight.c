/* SPDX-License-Identifier: MIT */
#include "lib/api/document/weight.h"

#include <string.h>

enum { VALUE_BYTES = 4 }; /* of punctuation, a number or a literal */

static bool take_bytes(size_t *left, size_t bytes)
{
    *left -= bytes < *left ? bytes : *left;
    return *left > 0;
}

static bool take_array(size_t *left, struct json_object *array)
{
    bool ok = true;

    for (size_t i = 0; ok && i < json_object_array_length(array); i++)
        ok = weight_take(left, json_object_array_get_idx(array, i));
    return ok;
}

bool weight_take(size_t *left, struct json_object *record)
{
    if (!take_bytes(left, VALUE_BYTES))
        return false;
    if (json_object_is_type(record, json_type_string))
        return take_bytes(left, (size_t)json_object_get_string_len(record));
    if (json_object_is_type(record, json_type_array))
        return take_array(left, record);
    if (json_object_is_type(record, json_type_object)) {
        json_object_object_foreach(record, name, member)
        {
            if (!take_bytes(left, VALUE_BYTES + strlen(name)) || !weight_take(left, member))
                return false;
        }
    }
    return true;
}
