/* SPDX-License-Identifier: MIT */
/*
 * Hides the tables of a database from an application's statements behind temporary views, which
 * SQLite prefers to anything of the same name in main. Since no statement may write `main.`
 * (rowsec_rewrite.h), what is not in a view is out of reach, however a statement is built, and no
 * list of forbidden reads is needed.
 *
 *     in main                           what a statement finds
 *     _leat_users, and the like         a view without the columns that hold secrets (own_tables.h)
 *     todos, owned by owner_id          SELECT * FROM main.todos WHERE "owner_id" = leat_sub()
 *     VIEW busy AS … FROM todos         a view of the same text, which finds the views above
 *     todos_fts, with content=todos     its rows whose content is the caller's
 *     other virtual tables over those   nothing
 *     what backs a virtual table        nothing
 *
 * What runs inside main does not see these views: triggers (own_tables_verify() refuses those that
 * name Leat's own tables; others see all rows) and foreign keys.
 */
#ifndef LEAT_DB_ROWSEC_SHADOW_H
#define LEAT_DB_ROWSEC_SHADOW_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/fault.h"
#include "lib/db/engine/plan.h"

struct conn;

/* Creates the views for an application's connection, replacing earlier ones. These tables show only
 * the caller's rows; behind a barrier (rowsec_rewrite.h) SQLite evaluates nothing else on foreign
 * rows. Returns false with *fault on failure. */
bool shadow_set(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                struct fault *fault);

#endif
