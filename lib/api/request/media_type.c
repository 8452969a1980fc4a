/* SPDX-License-Identifier: MIT */
#include "lib/api/request/media_type.h"

#include "lib/core/text/token.h"

static struct slice essence(struct slice type)
{
    return slice_trim(slice_cut(&type, ';'));
}

static bool ends_in(struct slice s, const char *end)
{
    size_t len = strlen(end);

    return s.len > len && strncasecmp(s.data + s.len - len, end, len) == 0;
}

bool media_is_json(struct slice type)
{
    type = essence(type);
    return slice_is_nocase(type, "application/json") || ends_in(type, "+json");
}

enum media_kind media_kind_of(struct slice type)
{
    static const struct {
        const char *type;
        enum media_kind kind;
    } rows[] = {{"application/merge-patch+json", MEDIA_MERGE_PATCH},
                {"application/x-www-form-urlencoded", MEDIA_FORM},
                {"multipart/form-data", MEDIA_MULTIPART}};

    type = essence(type);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (slice_is_nocase(type, rows[i].type))
            return rows[i].kind;
    if (media_is_json(type))
        return MEDIA_JSON;
    return type.len > 5 && strncasecmp(type.data, "text/", 5) == 0 ? MEDIA_TEXT : MEDIA_BYTES;
}

bool media_is_text(struct slice type)
{
    static const char *const types[] = {"application/yaml", "application/javascript",
                                        "application/xml", "image/svg+xml"};

    type = essence(type);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (slice_is_nocase(type, types[i]))
            return true;
    return media_is_json(type) || (type.len > 5 && strncasecmp(type.data, "text/", 5) == 0);
}

bool media_is_in_range(struct slice type, struct slice range)
{
    struct slice top = slice_cut(&range, '/'), type_top;

    type = essence(type);
    range = essence(range);
    type_top = slice_cut(&type, '/');
    if (slice_is(top, "*") && slice_is(range, "*"))
        return true;
    return top.len == type_top.len && strncasecmp(top.data, type_top.data, top.len) == 0 &&
           (slice_is(range, "*") ||
            (range.len == type.len && strncasecmp(range.data, type.data, range.len) == 0));
}

int media_exactness(struct slice range)
{
    struct slice top = slice_cut(&range, '/');

    return slice_is(top, "*") ? 1 : slice_is(essence(range), "*") ? 2 : 3;
}

/* Returns true if the parameters have a weight of 0, "q=0.0". */
static bool is_refused(struct slice parameters)
{
    while (parameters.len) {
        struct slice value = slice_trim(token_cut(&parameters, ';'));
        struct slice name = slice_cut(&value, '=');
        size_t zeros = 0;

        if (!slice_is_nocase(slice_trim(name), "q"))
            continue;
        while (zeros < value.len && (value.data[zeros] == '0' || value.data[zeros] == '.'))
            zeros++;
        return value.len && zeros == value.len;
    }
    return false;
}

bool media_is_accepted(struct slice accept, struct slice type)
{
    bool is_accepted = !slice_trim(accept).len;
    int best = 0;

    while (accept.len) {
        struct slice parameters = slice_trim(token_cut(&accept, ','));
        struct slice range = slice_trim(token_cut(&parameters, ';'));

        if (!range.len || media_exactness(range) <= best || !media_is_in_range(type, range))
            continue;
        best = media_exactness(range);
        is_accepted = !is_refused(parameters);
    }
    return is_accepted;
}

bool media_takes_coding(struct slice accept, const char *coding)
{
    while (accept.len) {
        struct slice parameters = slice_trim(token_cut(&accept, ','));

        if (slice_is_nocase(slice_trim(token_cut(&parameters, ';')), coding))
            return !is_refused(parameters);
    }
    return false;
}
