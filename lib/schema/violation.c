/* SPDX-License-Identifier: MIT */
#include "lib/schema/violation.h"

#include <stdarg.h>

void violation_add(struct violations *v, const char *in, const char *pointer, const char *keyword,
                   const char *format, ...)
{
    va_list args;

    if (v->count < VIOLATIONS_MAX) {
        struct violation *item = &v->items[v->count];

        item->in = in;
        item->pointer = arena_strdup(v->arena, pointer);
        item->keyword = keyword;
        va_start(args, format);
        item->message = arena_vprintf(v->arena, format, args);
        va_end(args);
    }
    v->count++;
}
