/* SPDX-License-Identifier: MIT */
#include "lib/core/text/cookie.h"

bool cookie_next(struct slice *list, struct slice *name, struct slice *value)
{
    if (!list->len)
        return false;
    *value = slice_trim(slice_cut(list, ';'));
    *name = slice_cut(value, '=');
    return true;
}

struct slice cookie_find(struct slice list, const char *name)
{
    struct slice key, value;

    while (cookie_next(&list, &key, &value))
        if (slice_is(key, name))
            return value;
    return (struct slice){NULL, 0};
}
