/* SPDX-License-Identifier: MIT */
/* How the reports write JSON. */
#ifndef LEAT_SERVER_COMMANDS_REPORT_JSON_H
#define LEAT_SERVER_COMMANDS_REPORT_JSON_H

#include <string.h>

#include "lib/core/json/jwrite.h"

/* Returns what separates the next item of a list: nothing before the first. */
static inline const char *report_comma(const struct buf *b)
{
    return b->data[b->len - 1] == '[' ? "" : ",";
}

/* Append a member after others. */
static inline void report_put_text(struct buf *b, const char *name, const char *text)
{
    buf_printf(b, ",\"%s\":", name);
    jwrite_string(b, text, strlen(text));
}

static inline void report_put_number(struct buf *b, const char *name, uint64_t value)
{
    buf_printf(b, ",\"%s\":%lu", name, (unsigned long)value);
}

#endif
