/* SPDX-License-Identifier: MIT */
/* A borrowed run of bytes: not terminated, never freed through the slice. */
#ifndef LEAT_CORE_SLICE_H
#define LEAT_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

struct slice {
    const char *data;
    size_t len;
};

#define SLICE_LIT(text) ((struct slice){(text), sizeof(text) - 1})

static inline struct slice slice_of(const char *text)
{
    return (struct slice){text, text ? strlen(text) : 0};
}

static inline bool slice_is(struct slice s, const char *text)
{
    return s.len == strlen(text) && (!s.len || memcmp(s.data, text, s.len) == 0);
}

static inline bool slice_is_nocase(struct slice s, const char *text)
{
    return s.len == strlen(text) && (!s.len || strncasecmp(s.data, text, s.len) == 0);
}

/* Strips leading and trailing spaces and tabs (OWS of RFC 9110, 5.6.3). */
static inline struct slice slice_trim(struct slice s)
{
    while (s.len && (s.data[0] == ' ' || s.data[0] == '\t'))
        s.data++, s.len--;
    while (s.len && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Cuts *rest at the first `sep`: returns what is before it and leaves what is after it. */
static inline struct slice slice_cut(struct slice *rest, char sep)
{
    const char *at = rest->len ? memchr(rest->data, sep, rest->len) : NULL;
    struct slice head = *rest;

    if (!at) {
        if (rest->len) /* NULL + 1 would be undefined */
            *rest = (struct slice){rest->data + rest->len, 0};
        return head;
    }
    head.len = (size_t)(at - rest->data);
    rest->len -= head.len + 1;
    rest->data = at + 1;
    return head;
}

/* Returns true if `text` is one of the choices in "a|b|c". */
static inline bool slice_is_choice(const char *choices, const char *text)
{
    struct slice rest = {choices, strlen(choices)};

    while (rest.len)
        if (slice_is(slice_cut(&rest, '|'), text))
            return true;
    return false;
}

#endif
