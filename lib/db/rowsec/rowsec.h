/* SPDX-License-Identifier: MIT */
/*
 * Row security of one connection: a caller's statements see and change only the caller's rows of
 * owned tables, whatever the statements leave out.
 *
 *     reading     views in place of the tables (shadow.h)
 *     changing    the owner as part of each condition (rowsec_rewrite.h)
 *     net         a hook that sees every changed row, whatever changes it: an upsert, REPLACE,
 *                 a trigger, a foreign key. It ends the job:
 *
 *       a foreign row was in the way of a new one        ERR_CONFLICT, as for a violated UNIQUE
 *       a cascade of a DELETE reached a foreign row      ERR_REFERENCED, as for a foreign key
 *       a trigger, or another cascade, reached one       ERR_FORBIDDEN
 *       a row would become another caller's              ERR_FORBIDDEN
 *
 * A connection behind a barrier runs jobs again that failed on a value, which may be in a foreign
 * row (rowsec_rewrite.h). A foreign row is one that belongs to another caller.
 */
#ifndef LEAT_DB_ROWSEC_ROWSEC_H
#define LEAT_DB_ROWSEC_ROWSEC_H

#include "lib/core/fault.h"
#include "lib/db/engine/db.h"
#include "lib/db/rowsec/rowsec_rewrite.h"

struct conn; /* lib/db/sqlite/connection/conn.h, for who knows SQLite */
struct sqlite3_stmt;

/* Makes the connection one for application statements, which see no secrets and only the caller's
 * rows of these tables (copied; count 0 for none). Replaces earlier protection. Returns false with
 * *fault on failure. Statements prepared before must not run any more. */
bool rowsec_protect(struct conn *c, const struct owned_table *tables, size_t count, bool is_barrier,
                    struct fault *fault);
/* Frees what rowsec_protect() made, except for the views. For a connection that is about to
 * close. */
void rowsec_forget(struct conn *c);
/* Sets the protection up again after the schema has moved. Returns false with *fault on
 * failure; the next use of the connection must then try again. */
bool rowsec_renew(struct conn *c, struct fault *fault);
/* Takes the protection of tables off for unrestricted statements, or puts it back. Returns false
 * with *fault on failure. */
bool rowsec_lift(struct conn *c, bool is_lifted, struct fault *fault);

/* Returns the column whose value is the caller's in each row of main's table that statements see,
 * or NULL if they see rows of others. */
const char *rowsec_owner(const struct conn *c, const char *table);

/* Rewrites the statement as this connection prepares it. Always call rewrite_fini(). Returns false
 * if it has too many ON CONFLICT clauses. */
bool rowsec_text(const struct conn *c, const char *sql, struct rewrite *out);
/* Prepares EXPLAIN or EXPLAIN QUERY PLAN of the rewritten statement. Returns NULL on failure. */
struct sqlite3_stmt *rowsec_explain(struct conn *c, const char *explain, const char *sql);

/* Prepares for a job. Call it before the job's first step. */
void rowsec_begin(struct conn *c, const struct db_job *job);
/* Ends the job if the last step met a foreign row, which overrides any other result. Call it after
 * each step. */
void rowsec_judge(struct conn *c, struct db_job *job, const struct plan_step *step);

#endif
