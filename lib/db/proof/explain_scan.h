/* SPDX-License-Identifier: MIT */
/* Finds, in the program that SQLite compiles a statement to (EXPLAIN), what becomes slow when a
 * table grows. */
#ifndef LEAT_DB_PROOF_EXPLAIN_SCAN_H
#define LEAT_DB_PROOF_EXPLAIN_SCAN_H

#include <stdbool.h>

struct conn;

/* Returns true if the statement walks a whole table, and sets *table to its name, for free(). With
 * `is_limited` a walk in the order of an index does not count, since the limit ends it early; only
 * a sort does. */
bool explain_scan(struct conn *c, const char *sql, bool is_limited, char **table);

#endif
