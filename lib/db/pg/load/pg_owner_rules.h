/* SPDX-License-Identifier: MIT */
/* Judges whether PostgreSQL can keep the rows of a table apart by their owner (pg_policy.h), in a
 * database that has the migrations. */
#ifndef LEAT_DB_PG_LOAD_PG_OWNER_RULES_H
#define LEAT_DB_PG_LOAD_PG_OWNER_RULES_H

#include "lib/db/engine/prover.h"
#include "lib/db/pg/load/pg_session.h"

/* See prover_judge(). */
void pg_owner_judge(struct pg_session *s, const struct owned_table *t,
                    const struct owned_table *tables, size_t count, prover_judge_fn report,
                    void *arg);
/* Returns false with *fault if policies do not bind the session's role. */
bool pg_owner_allows_role(struct pg_session *s, struct fault *fault);

#endif
