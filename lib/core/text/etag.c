/* SPDX-License-Identifier: MIT */
#include "lib/core/text/etag.h"

/* Returns the opaque part of a tag, including its quotes. */
static struct slice opaque(struct slice etag)
{
    if (etag.len >= 2 && memcmp(etag.data, "W/", 2) == 0)
        return (struct slice){etag.data + 2, etag.len - 2};
    return etag;
}

bool etag_is_strong(struct slice etag)
{
    if (etag.len < 2 || etag.data[0] != '"' || etag.data[etag.len - 1] != '"')
        return false;
    for (size_t i = 1; i < etag.len - 1; i++)
        if ((unsigned char)etag.data[i] <= ' ' || etag.data[i] == '"' || etag.data[i] == 0x7f)
            return false;
    return true;
}

bool etag_is_listed(struct slice list, struct slice etag)
{
    struct slice wanted = opaque(etag);

    if (slice_is(slice_trim(list), "*"))
        return true;
    while (list.len) {
        const char *end;

        list = slice_trim(list);
        if (list.len && *list.data == ',') {
            list.data++, list.len--;
            continue;
        }
        list = opaque(list);
        if (list.len < 2 || *list.data != '"')
            return false;
        end = memchr(list.data + 1, '"', list.len - 1);
        if (!end)
            return false;
        if ((size_t)(++end - list.data) == wanted.len &&
            memcmp(list.data, wanted.data, wanted.len) == 0)
            return true;
        list.len -= (size_t)(end - list.data);
        list.data = end;
    }
    return false;
}
