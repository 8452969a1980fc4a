/* SPDX-License-Identifier: MIT */
/*
 * The text of a list statement: the author's SELECT, wrapped so that filters that were sent, the
 * cursor, the order and the limit stand outside of it. (`(:x IS NULL OR c = :x)` inside would lose
 * the index; the wrapping keeps it.)
 */
#ifndef LEAT_DB_ENGINE_COMPOSE_H
#define LEAT_DB_ENGINE_COMPOSE_H

#include "lib/core/buf.h"
#include "lib/db/engine/plan.h"

enum { COMPOSE_FILTERS_MAX = 16, COMPOSE_CURSOR = 1 << COMPOSE_FILTERS_MAX };

/* Which parts these values ask for: bit i for filter i, COMPOSE_CURSOR behind a cursor. */
unsigned compose_variant(const struct plan *plan, const struct db_value *values);
/* The statement of that variant, for the result step. Parameters beyond the step's own follow in
 * the order filters, cursor, limit. */
void compose_sql(const struct plan *plan, unsigned variant, struct buf *out);

#endif
