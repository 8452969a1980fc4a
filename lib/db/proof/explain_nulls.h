/* SPDX-License-Identifier: MIT */
/* Finds, in the program that SQLite compiles a statement to (EXPLAIN), where a NULL parameter is
 * certain to fail. */
#ifndef LEAT_DB_PROOF_EXPLAIN_NULLS_H
#define LEAT_DB_PROOF_EXPLAIN_NULLS_H

struct conn;

/* Returns the column, "todos.owner_id", that takes the parameter ?number unchanged and must not be
 * NULL, or NULL if none is certain to. For free(). */
char *explain_nulls(struct conn *c, const char *sql, int number);

#endif
