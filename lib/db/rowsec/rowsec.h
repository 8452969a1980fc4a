/* SPDX-License-Identifier: MIT */
/*
 * Row security of one connection: a caller's statements see and change the caller's rows of owned
 * tables only, whatever they forget.
 *
 *     reading     views in the place of the tables (shadow.h)
 *     changing    the owner as a part of each condition (rowsec_rewrite.h)
 *     net         a hook that sees every row that is changed, whoever changes it: an upsert,
 *                 REPLACE, a trigger, a foreign key. It ends the job:
 *
 *       another's row was in the way of a new one        ERR_CONFLICT, as for a violated UNIQUE
 *       a cascade of a DELETE reached another's row      ERR_REFERENCED, as for a foreign key
 *       a trigger, or another cascade, did               ERR_FORBIDDEN
 *       a row would become another's                     ERR_FORBIDDEN
 *
 * A connection behind a barrier runs again what has failed on a value, which may have been
 * another's (rowsec_rewrite.h).
 */
#ifndef LEAT_DB_ROWSEC_ROWSEC_H
#define LEAT_DB_ROWSEC_ROWSEC_H

#include "lib/db/engine/db.h"
#include "lib/db/rowsec/rowsec_rewrite.h"

struct conn; /* lib/db/engine/conn.h, for who knows SQLite */
struct sqlite3_stmt;

/* Makes it a connection for an application's statements, which see no secrets, and of these tables
 * (copied; count 0: none are protected) the caller's rows only; in place of the tables before.
 * False: *why is for free(). Statements that were prepared before must not run any more. */
bool rowsec_protect(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                    char **why);
/* Frees what rowsec_protect() made, but for the views: for a connection that is about to close. */
void rowsec_forget(struct conn *c);
/* Makes all of that anew, after the schema has moved. False: *why is for free(), and the next use
 * of the connection must try again. */
bool rowsec_renew(struct conn *c, char **why);
/* Takes the protection of tables off for statements that are unrestricted, and puts it back. False:
 * *why is for free(). */
bool rowsec_lift(struct conn *c, bool is_lifted, char **why);

/* The statement as this connection prepares it. Always to be freed by rewrite_fini(). False: it has
 * too many ON CONFLICT clauses. */
bool rowsec_text(const struct conn *c, const char *sql, struct rewrite *out);
/* Prepares EXPLAIN, or EXPLAIN QUERY PLAN, of the statement so; NULL on failure. */
struct sqlite3_stmt *rowsec_explain(struct conn *c, const char *explain, const char *sql);

/* Before the first step of a job. */
void rowsec_begin(struct conn *c, const struct db_job *job);
/* After each step: whether it met a row of another, which outweighs any other end. */
void rowsec_judge(struct conn *c, struct db_job *job, const struct plan_step *step);

#endif
