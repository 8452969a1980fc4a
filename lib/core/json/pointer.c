/* SPDX-License-Identifier: MIT */
#include "lib/core/json/pointer.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/text/percent.h"

char *pointer_token(struct arena *arena, struct slice token)
{
    struct slice plain;
    char *out, *to;

    if (!percent_decode(token, false, arena, &plain))
        plain = token;
    out = to = arena_alloc(arena, plain.len + 1);
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];

        if (c == '~' && i + 1 < plain.len)
            c = plain.data[++i] == '1' ? '/' : '~';
        *to++ = c;
    }
    *to = '\0';
    return out;
}

struct json_object *pointer_step(struct json_object *node, const char *token)
{
    struct json_object *next = NULL;

    assert(token);
    if (json_object_is_type(node, json_type_object))
        json_object_object_get_ex(node, token, &next);
    else if (json_object_is_type(node, json_type_array) && *token >= '0' && *token <= '9')
        next = json_object_array_get_idx(node, strtoul(token, NULL, 10));
    return next;
}

void pointer_put(struct buf *out, struct slice token)
{
    buf_putc(out, '/');
    for (size_t i = 0; i < token.len; i++) {
        char c = token.data[i];

        if (c == '~' || c == '/')
            buf_puts(out, c == '~' ? "~0" : "~1");
        else if (!c)
            buf_puts(out, "\xc0\x80");
        else
            buf_putc(out, c);
    }
}
