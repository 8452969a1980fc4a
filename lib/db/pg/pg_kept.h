/* SPDX-License-Identifier: MIT */
/* Answers that are kept under a key (lib/db/engine/kept_answer.h). Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_KEPT_H
#define LEAT_DB_PG_PG_KEPT_H

#include "lib/db/pg/pg_engine.h"

void pg_kept_find(struct pg_conn *c, struct pg_txn *t, struct pg_run *run);
void pg_kept_take(struct pg_run *run, const PGresult *res);
void pg_kept_store(struct pg_conn *c, struct pg_txn *t, struct pg_run *run);

#endif
