/* SPDX-License-Identifier: MIT */
#include "lib/core/text/cookie.h"

struct slice cookie_find(struct slice list, const char *name)
{
    while (list.len) {
        struct slice value = slice_trim(slice_cut(&list, ';'));
        struct slice key = slice_cut(&value, '=');

        if (slice_is(key, name))
            return value;
    }
    return (struct slice){NULL, 0};
}
