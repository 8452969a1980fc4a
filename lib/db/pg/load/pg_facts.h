/* SPDX-License-Identifier: MIT */
/*
 * What the types of PostgreSQL mean for JSON. A domain counts as the type that it is based on.
 */
#ifndef LEAT_DB_PG_LOAD_PG_FACTS_H
#define LEAT_DB_PG_LOAD_PG_FACTS_H

#include <json-c/json.h>

#include "lib/db/engine/prover.h"
#include "lib/db/pg/load/pg_session.h"

/* Fills what the described statement tells of its columns. `is_weak` is true if a column that is NOT
 * NULL may be NULL in the result, as by an outer join. Returns false with *fault if one cannot be
 * answered. */
bool pg_facts_columns(struct pg_session *s, const PGresult *described, bool is_weak,
                      struct proof *out, struct fault *fault);
/* The same of its parameters. */
bool pg_facts_parameters(struct pg_session *s, const PGresult *described, struct proof *out,
                         struct fault *fault);

#endif
