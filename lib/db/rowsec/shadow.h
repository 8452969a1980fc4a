/* SPDX-License-Identifier: MIT */
/*
 * What the statements of an application find under the names of the database: temporary views,
 * which SQLite prefers to whatever has the same name in main. With them, and since no statement may
 * write `main.` (rowsec_rewrite.h), what is not in a view is out of reach, however a statement is
 * built: no list of forbidden reads is needed.
 *
 *     in main                           what a statement finds
 *     _leat_users, and the like         a view without the columns that hold secrets (own_tables.h)
 *     todos, owned by owner_id          SELECT * FROM main.todos WHERE "owner_id" = leat_sub()
 *     VIEW busy AS … FROM todos         a view of the same text, which finds the views above
 *     todos_fts, with content=todos     its rows whose content is the caller's
 *     other virtual tables over those   nothing
 *     what backs a virtual table        nothing
 *
 * What runs inside main does not look here: triggers (own_tables_verify() refuses those that name
 * Leat's own tables; else they see all rows) and foreign keys.
 */
#ifndef LEAT_DB_ROWSEC_SHADOW_H
#define LEAT_DB_ROWSEC_SHADOW_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/db/engine/plan.h"

struct conn;

/* Makes the views of an application's connection, in place of those before. These tables show the
 * caller's rows only; behind a barrier (rowsec_rewrite.h) SQLite asks nothing else of the others.
 * False: *why is for free(). */
bool shadow_set(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                char **why);

#endif
