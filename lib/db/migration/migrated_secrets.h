/* SPDX-License-Identifier: MIT */
/*
 * What a migration must not do with Leat's own tables: copy a secret to a table whose columns
 * statements of the application can read, or give the secret's own column another name. A migration
 * sees the tables themselves, not the views that hide secrets (rowsec/shadow.h).
 */
#ifndef LEAT_DB_MIGRATION_MIGRATED_SECRETS_H
#define LEAT_DB_MIGRATION_MIGRATED_SECRETS_H

#include <stdbool.h>

struct conn;

/* Returns why an action that SQLite's authorizer reports is refused, or NULL. `a` and `b` are its
 * first two arguments. */
const char *migrated_secrets_refuse(int action, const char *a, const char *b);
/* Returns why the statement from `sql` to `end` is refused, or NULL: the authorizer is not told of
 * the columns that USING or NATURAL names in a RIGHT or FULL JOIN. `are_near` is what
 * migrated_secrets_are_near() said of the schema. */
const char *migrated_secrets_refuse_text(struct conn *c, const char *sql, const char *end,
                                         bool are_near);
/* Returns true if a view or trigger reads secrets by such a join, so that a change of rows can read
 * them without naming it. Ask again after each statement that is not about rows. */
bool migrated_secrets_are_near(struct conn *c);

#endif
