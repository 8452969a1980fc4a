/* SPDX-License-Identifier: MIT */
/* Looks the constraints up that a document has answers for. */
#ifndef LEAT_DB_PG_LOAD_PG_RULES_H
#define LEAT_DB_PG_LOAD_PG_RULES_H

#include "lib/db/engine/plan.h"
#include "lib/db/pg/load/pg_session.h"

/* Returns false if the database has no constraint that the rule could answer (plan.h: plan_rule). */
bool pg_rules_has(struct pg_session *s, enum plan_rule_kind kind, const char *key);

#endif
