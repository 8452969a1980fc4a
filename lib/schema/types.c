/* SPDX-License-Identifier: MIT */
#include "lib/schema/types.h"

#include <string.h>

#include "lib/schema/schema.h"

static const char *const names[] = {"null",   "boolean", "integer", "number",
                                    "string", "array",   "object"};

enum { COUNT = sizeof(names) / sizeof(*names), INTEGER = 2 };

int types_bit(const char *name)
{
    for (int i = 0; i < COUNT; i++)
        if (name && strcmp(names[i], name) == 0)
            return 1 << i;
    return 0;
}

const char *schema_type_names(struct arena *arena, int types)
{
    const char *text = "";

    if (types == SCHEMA_ANY)
        return "any value";
    for (int i = COUNT - 1; i >= 0; i--)
        if ((types & 1 << i) && !(i == INTEGER && (types & SCHEMA_NUMBER)))
            text = arena_printf(arena, "%s%s%s", text, *text ? " or " : "", names[i]);
    return text;
}
