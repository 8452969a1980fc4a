/* SPDX-License-Identifier: MIT */
/* Rows of texts, each checked in an exact-size copy, so that a sanitizer finds an overrun. */
#ifndef LEAT_T_LIB_SCHEMA_FORMAT_ROWS_H
#define LEAT_T_LIB_SCHEMA_FORMAT_ROWS_H

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/schema/format.h"

static inline bool format_takes(const char *name, const char *text, size_t len)
{
    const struct format *f = format_find(name);
    char *copy = malloc(len + !len);
    bool ok;

    cr_assert(f && f->is_text, "%s", name);
    memcpy(copy, text, len);
    ok = f->is_text(copy, len);
    free(copy);
    return ok;
}

static inline void expect_rows(const char *name, const char *const *rows, size_t count, bool want)
{
    for (size_t i = 0; i < count; i++)
        cr_expect(format_takes(name, rows[i], strlen(rows[i])) == want, "%s %s \"%s\"", name,
                  want ? "refuses" : "takes", rows[i]);
}

#define EXPECT_ROWS(name, rows, want) expect_rows(name, rows, sizeof(rows) / sizeof(*(rows)), want)

#endif
