/* SPDX-License-Identifier: MIT */
/* What a transaction does. Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_TXN_H
#define LEAT_DB_PG_PG_TXN_H

#include "lib/db/pg/pg_engine.h"

void pg_txn_start(struct pg_conn *c, struct pg_run **runs, size_t count);
/* Takes a result of the reply. */
void pg_txn_take(struct pg_conn *c, struct pg_reply *reply, PGresult *res);
/* The reply is complete. */
void pg_txn_end_reply(struct pg_conn *c, const struct pg_reply *reply);
/* The connection is lost. Frees the transaction. */
void pg_txn_lose(struct pg_conn *c, struct pg_txn *t, const char *cause);
/* Reads a row into the cells of its statement. */
struct cell *pg_row(struct pg_statement *s, PGresult *res, int row);

#endif
