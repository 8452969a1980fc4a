/* SPDX-License-Identifier: MIT */
/* Finds what will be slow once a table has grown, in the program that SQLite has made of a
 * statement (EXPLAIN). */
#ifndef LEAT_DB_PROOF_EXPLAIN_SCAN_H
#define LEAT_DB_PROOF_EXPLAIN_SCAN_H

#include <stdbool.h>

struct conn;

/* Whether the statement walks a whole table, whose name is written to *table, for free(). With
 * `is_limited` a walk in the order of a key does not count, since the limit ends it early: then
 * only a sort does. */
bool scan_find(struct conn *c, const char *sql, bool is_limited, char **table);

#endif
