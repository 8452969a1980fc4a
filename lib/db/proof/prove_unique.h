/* SPDX-License-Identifier: MIT */
/*
 * Proves that no two rows of a SELECT have the same values in some of its columns. Paging by
 * columns (plan.h) relies on it: of rows that are equal in them, those after the end of a page are
 * lost.
 */
#ifndef LEAT_DB_PROOF_PROVE_UNIQUE_H
#define LEAT_DB_PROOF_PROVE_UNIQUE_H

#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/db/engine/prover.h"

struct catalog;

/* Judges a statement, on a connection set up for an application's statements. The columns are not
 * NULL. If it is refuted, *rows says which rows are not told apart, in the arena. */
enum unique prove_unique(struct catalog *catalog, const char *sql, const char *const *columns,
                         size_t count, struct arena *arena, struct unique_rows *rows);

#endif
