/* SPDX-License-Identifier: MIT */
/*
 * Composes a list statement: the author's SELECT, wrapped so that filters, cursor, order and limit
 * stay outside of it. Only filters that the client sent appear, because `(:x IS NULL OR c = :x)`
 * would prevent the use of an index; for the same reason each part of an order that has no row
 * value (compose_cursor.c) is a SELECT of its own.
 */
#ifndef LEAT_DB_ENGINE_COMPOSE_H
#define LEAT_DB_ENGINE_COMPOSE_H

#include "lib/core/buf.h"
#include "lib/db/engine/plan.h"

enum {
    COMPOSE_FILTERS_MAX = 16,
    COMPOSE_CURSOR = 1 << COMPOSE_FILTERS_MAX,
    COMPOSE_BACKWARD = COMPOSE_CURSOR << 1, /* from the cursor, or the end, to the start */
    COMPOSE_NULL = COMPOSE_BACKWARD << 1,   /* << i: the cursor's key i is NULL */
    COMPOSE_COUNT =
        COMPOSE_NULL << PAGE_BY_MAX, /* the number of rows with these filters, instead */
};

/* Returns which parts these values need: bit i for filter i, and for a cursor COMPOSE_CURSOR with
 * what its values are. */
unsigned compose_variant(const struct plan *plan, const struct db_value *values);
/* Writes the statement of that variant of the result step. Its parameters follow the step's own in
 * the order filters, cursor, limit; of a count the limit is the most to count. */
void compose_sql(const struct plan *plan, unsigned variant, struct buf *out);

#endif
