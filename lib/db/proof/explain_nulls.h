/* SPDX-License-Identifier: MIT */
/* Finds where a parameter that is NULL must fail, in the program that SQLite has made of a
 * statement (EXPLAIN). */
#ifndef LEAT_DB_PROOF_EXPLAIN_NULLS_H
#define LEAT_DB_PROOF_EXPLAIN_NULLS_H

struct conn;

/* The column, "todos.owner_id", that takes the parameter ?number as it is and must not be NULL;
 * NULL: none is sure to. For free(). */
char *nulls_find(struct conn *c, const char *sql, int number);

#endif
