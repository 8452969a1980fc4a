/* SPDX-License-Identifier: MIT */
#include <time.h>

#include "lib/api/operation/bind.h"
#include "lib/core/json/jget.h"

/* Converts a date or date-time (RFC 3339) to an HTTP date. Returns NULL if it is neither. */
static const char *http_date(struct arena *arena, const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    char out[64];
    int day;

    if (end && *end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &tm);
    if (!end || *end)
        return NULL;
    day = tm.tm_mday;
    timegm(&tm);
    if (tm.tm_mday != day) /* such as February 31 */
        return NULL;
    strftime(out, sizeof(out), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return arena_strdup(arena, out);
}

void bind_sunset(struct operation *op, struct json_object *record, struct arena *arena,
                 struct diags *diags)
{
    const char *sunset = jget_text(record, "sunset");

    op->sunset = sunset ? http_date(arena, sunset) : NULL;
    if (sunset && !op->sunset && diags)
        (op->binding == BINDING_NONE ? diag_warn : diag_error)(
            diags, op->source, "%s: x-sunset: must be a date such as 2027-01-31", op->id);
}
