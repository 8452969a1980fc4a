/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/dialect.h"

#include <string.h>

const struct dialect dialect_sqlite = {
    .name = "sqlite",
    .lex = LEX_BRACKETS | LEX_MARKS | LEX_VARIABLES,
    .parameter = '?',
    .is_same = "IS",
    .bytewise = "",
};

const struct dialect dialect_postgresql = {
    .name = "postgresql",
    .lex = LEX_DOLLARS | LEX_ESCAPES | LEX_CASTS | LEX_NESTED_COMMENTS | LEX_FOLDS | LEX_JUNK,
    .parameter = '$',
    .has_fetch = true,
    .is_same = "IS NOT DISTINCT FROM",
    .bytewise = " COLLATE \"C\"",
    .orders_names = true,
};

const struct dialect *const dialects[] = {&dialect_sqlite, &dialect_postgresql};

const struct dialect *dialect_find(const char *name)
{
    for (size_t i = 0; i < DIALECT_COUNT; i++)
        if (strcmp(dialects[i]->name, name) == 0)
            return dialects[i];
    return NULL;
}
