/* SPDX-License-Identifier: MIT */
#include "lib/core/text/etag.h"

static bool is_weak(struct slice etag)
{
    return etag.len >= 2 && memcmp(etag.data, "W/", 2) == 0;
}

/* Returns the opaque part of a tag, including its quotes. */
static struct slice opaque(struct slice etag)
{
    return is_weak(etag) ? (struct slice){etag.data + 2, etag.len - 2} : etag;
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

/* Takes the next tag from the list. Returns false at the end, or where the rest is no tag, and the
 * rest is then what is left. */
static bool next_tag(struct slice *list, struct slice *tag)
{
    struct slice rest;
    const char *end;

    for (*list = slice_trim(*list); list->len && *list->data == ','; *list = slice_trim(*list))
        list->data++, list->len--;
    rest = opaque(*list);
    if (rest.len < 2 || *rest.data != '"' || !(end = memchr(rest.data + 1, '"', rest.len - 1)))
        return false;
    end++;
    *tag = (struct slice){list->data, (size_t)(end - list->data)};
    rest = slice_trim((struct slice){end, list->len - tag->len});
    if (!etag_is_strong(opaque(*tag)) || (rest.len && *rest.data != ','))
        return false;
    *list = rest;
    return true;
}

bool etag_is_list(struct slice list)
{
    struct slice tag;
    size_t n = 0;

    while (next_tag(&list, &tag))
        n++;
    return n && !list.len;
}

static bool is_equal(struct slice a, struct slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_listed(struct slice list, struct slice etag, bool is_strong)
{
    struct slice tag;

    if (is_strong && is_weak(etag))
        return false;
    while (next_tag(&list, &tag))
        if (!(is_strong && is_weak(tag)) && is_equal(opaque(tag), opaque(etag)))
            return true;
    return false;
}

bool etag_is_listed(struct slice list, struct slice etag)
{
    return slice_is(slice_trim(list), "*") || is_listed(list, etag, false);
}

bool etag_is_listed_strongly(struct slice list, struct slice etag)
{
    return is_listed(list, etag, true);
}
