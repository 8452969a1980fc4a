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
#include "lib/db/sql/dialect.h"

enum {
    COMPOSE_FILTERS_MAX = 16,
    COMPOSE_CURSOR = 1 << COMPOSE_FILTERS_MAX,
    COMPOSE_BACKWARD = COMPOSE_CURSOR << 1, /* from the cursor, or the end, to the start */
    COMPOSE_NULL = COMPOSE_BACKWARD << 1,   /* << i: the cursor's key i is NULL */
    COMPOSE_COUNT =
        COMPOSE_NULL << PAGE_BY_MAX, /* the number of rows with these filters, instead */
};

enum { COMPOSE_VALUES_MAX = COMPOSE_FILTERS_MAX + PAGE_BY_MAX };

/* Returns which parts these values need: bit i for filter i, and for a cursor COMPOSE_CURSOR with
 * what its values are. */
unsigned compose_variant(const struct plan *plan, const struct db_value *values);
/* Lists the job's values that the statement's parameters hold after the step's own: filters, and the
 * keys of the cursor but for NULL. Returns how many. The limit, or the most to count, follows. */
size_t compose_values(const struct plan *plan, unsigned variant,
                      size_t out[static COMPOSE_VALUES_MAX]);
/* Writes the statement of that variant of the result step in the dialect of its own text. Its
 * parameters follow the step's own, as compose_values() lists them, without a gap. */
void compose_sql(const struct dialect *dialect, const struct plan *plan, unsigned variant,
                 struct buf *out);

#endif
