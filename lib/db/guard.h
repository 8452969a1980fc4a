/* SPDX-License-Identifier: MIT */
/*
 * Row security in the proof: whether a table can be owned, and whether a statement stays behind the
 * views (owned.h). A view in main names tables of main, so it would show all rows; each that reads
 * an owned table is shadowed in turn, so that its use is seen:
 *
 *     main.open_todos AS SELECT … FROM todos            reads the owned table
 *     temp.open_todos AS SELECT * FROM main.open_todos  whoever reads main.open_todos is refused
 *
 * But for triggers of main, which see all rows.
 */
#ifndef LEAT_DB_GUARD_H
#define LEAT_DB_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/db/plan.h"

struct conn;

/* What keeps the table from being owned so; NULL: nothing does. Static. */
const char *guard_refuse(struct conn *c, const struct owned_table *t);
/* Whether the rows of one owner are found without walking the table. */
bool guard_is_indexed(struct conn *c, const struct owned_table *t);
/* Whether a foreign key from the one to the other leaves out whose the rows are: anybody could then
 * hang rows of his own on another's, who could not delete it any more. */
bool guard_is_stray(struct conn *c, const struct owned_table *from, const struct owned_table *to);

/* Protects these tables of a connection for proofs, in place of those before; count 0: none. False:
 * *why is for free(). */
bool guard_set(struct conn *c, const struct owned_table *tables, size_t count, char **why);
/* Takes the protection off for statements that are unrestricted, and puts it back. */
void guard_lift(struct conn *c, bool is_lifted);
void guard_free(struct conn *c);

/* For the authorizer, of what is read in main; `accessor` is the innermost view, subquery or
 * trigger that reads it, or NULL. Whether it is a view over an owned table that a statement reads …
 */
bool guard_is_view(struct conn *c, const char *name, const char *accessor);
/* … or an owned table itself, which a statement that only reads has no way to name. */
bool guard_is_table(struct conn *c, const char *name, const char *accessor);
/* Whether the function is one that only the views call. */
bool guard_is_function(struct conn *c, const char *name, const char *accessor);

#endif
