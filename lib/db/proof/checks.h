/* SPDX-License-Identifier: MIT */
/*
 * Reads the CHECK constraints of a CREATE TABLE, which SQLite exposes only in the statement's text.
 * It recognizes bounds that hold for every row, whatever else the constraint says:
 *
 *     length(x) <= 9   x BETWEEN 0 AND 5   x > 0   x <> ''   trim(x) <> ''   x IN ('a', 'b')
 *     x IN (0, 1)   json_valid(x)   json_type(x) = 'array'   x IS NULL OR (…)   … AND …
 */
#ifndef LEAT_DB_PROOF_CHECKS_H
#define LEAT_DB_PROOF_CHECKS_H

#include "lib/db/proof/tables.h"

/* Fills t->checks, and the bounds and kinds of the table's columns. */
void checks_read(const char *sql, struct arena *arena, struct table *t);

#endif
