/* SPDX-License-Identifier: MIT */
/* Random statements about the tables of sql_random_schema, to compare two databases by. What the
 * rows alone do not determine (the order of rows, which of two rows wins) is left out, and
 * functions that can fail are applied only to values on which rows of u1 cannot. */
#ifndef LEAT_T_LIB_DB_ROWSEC_SQL_RANDOM_H
#define LEAT_T_LIB_DB_ROWSEC_SQL_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

extern const char sql_random_schema[]; /* without rows */
extern const char sql_random_rows_u1[];
extern const char sql_random_rows_u2[]; /* includes values on which functions fail */

struct sql_random {
    uint64_t state; /* the seed; not 0 */
    unsigned fresh; /* counter for new keys */
    int depth;
};

/* Appends a statement; returns whether it changes rows. */
bool sql_random_statement(struct sql_random *r, struct buf *out);
/* Appends a query of Leat's own tables that tries in every way to name `column`. */
void sql_random_probe(struct sql_random *r, const char *table, const char *column, struct buf *out);

#endif
