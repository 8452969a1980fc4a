/* SPDX-License-Identifier: MIT */
#include "lib/core/text/scope.h"

bool scope_is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '"' ||
            text.data[i] == '\\')
            return false;
    return text.len > 0;
}

bool scope_list_has(struct slice list, struct slice scope)
{
    while (scope.len && list.len) {
        struct slice one = slice_cut(&list, ' ');

        if (one.len == scope.len && memcmp(one.data, scope.data, one.len) == 0)
            return true;
    }
    return false;
}
