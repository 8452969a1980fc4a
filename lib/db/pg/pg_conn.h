/* SPDX-License-Identifier: MIT */
/* One connection: commands go out, and replies come in. Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_CONN_H
#define LEAT_DB_PG_PG_CONN_H

#include "lib/db/pg/pg_engine.h"

/* What each transaction begins with, for policies and for the author's SQL. */
#define PG_CONTEXT_SQL                                                                             \
    "SELECT set_config('leat.sub', $1, true), set_config('leat.unrestricted', $2, true),"          \
    " set_config('role', $3, true), set_config('statement_timeout', $4, true)"

void pg_conn_open(struct pg_conn *c, PGconn *pg);
/* Takes note of a statement that was prepared before the connection was opened. */
void pg_conn_note_prepared(struct pg_conn *c, const struct pg_statement *s);
/* Closes the connection: its transactions run again, or their outcome is unknown. */
void pg_conn_lose(struct pg_conn *c, const char *cause);
/* Begins to connect anew when it is time. */
void pg_conn_retry(struct pg_conn *c, uint64_t now_ns);
/* Takes what has arrived. */
void pg_conn_receive(struct pg_conn *c);
/* Sends what waits; registers for the rest. */
void pg_conn_flush(struct pg_conn *c);
/* Queue a command with its reply. */
void pg_conn_command(struct pg_conn *c, struct pg_txn *t, struct pg_run *run,
                     enum pg_reply_kind kind, const char *sql);
/* Sets the parameters of PG_CONTEXT_SQL. */
void pg_context(struct pg_params *p, const struct pg_db *db, const struct db_job *job,
                int64_t timeout_ms);
void pg_conn_context(struct pg_conn *c, struct pg_txn *t, struct pg_run *run);
void pg_conn_step(struct pg_conn *c, struct pg_txn *t, struct pg_run *run);
void pg_conn_query(struct pg_conn *c, struct pg_txn *t, struct pg_run *run, enum pg_reply_kind kind,
                   const char *sql, const struct pg_params *params);
void pg_conn_sync(struct pg_conn *c, struct pg_txn *t, enum pg_reply_kind kind);
void pg_conn_ask(struct pg_conn *c); /* for the replies so far, without an end */

#endif
