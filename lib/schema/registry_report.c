/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>

#include "lib/schema/registry.h"

static void report(struct schema_set *set, enum diag_level level, const char *where,
                   const char *text)
{
    struct diags *d = set->diags;

    for (size_t i = 0; *where && i < d->count; i++)
        if (d->items[i].level >= level && strcmp(d->items[i].message, text) == 0 &&
            d->items[i].where && strcmp(d->items[i].where, where) == 0)
            return;
    (level == DIAG_ERROR ? diag_error : diag_warn)(d, where, "%s", text);
}

/* Returns true if another finding of the level can be kept. */
static bool has_room(const struct schema_set *set, enum diag_level level)
{
    const struct diags *d = set->diags;

    return d && (level == DIAG_ERROR ? d->errors : d->warnings) <= DIAGS_MAX;
}

void registry_complain(struct schema_set *set, const char *where, const char *format, ...)
{
    va_list args;

    if (!has_room(set, DIAG_ERROR))
        return;
    va_start(args, format);
    report(set, DIAG_ERROR, where, arena_vprintf(set->arena, format, args));
    va_end(args);
}

void registry_doubt(struct schema_set *set, bool bites, const char *where, const char *format, ...)
{
    enum diag_level level = bites && !set->is_unbound ? DIAG_ERROR : DIAG_WARNING;
    va_list args;

    if (!has_room(set, level))
        return;
    va_start(args, format);
    report(set, level, where, arena_vprintf(set->arena, format, args));
    va_end(args);
}
