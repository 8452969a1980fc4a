/* SPDX-License-Identifier: MIT */
/*
 * The connections of one thread: one for each role that plans have (plan.h), and a barrier, opened
 * when first needed, which reruns jobs that failed on a value (rowsec_rewrite.h). Without owned
 * tables ROLE_CALLER shares the connection of ROLE_UNRESTRICTED.
 */
#ifndef LEAT_DB_SQLITE_CONNECTION_ROLES_H
#define LEAT_DB_SQLITE_CONNECTION_ROLES_H

#include "lib/core/arena.h"
#include "lib/core/fault.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/db.h"

struct roles {
    struct conn conns[ROLE_COUNT]; /* closed if nothing needs it */
    struct conn barrier;
    struct arena arena; /* owns all members below */
    struct db_options options;
    enum conn_mode mode;
    struct snapshot *snapshot; /* of a reader thread (snapshots.h); borrowed, or NULL */
};

/* Opens the connections. Returns false with *fault on failure. */
bool roles_open(struct roles *r, const struct db_options *options, enum conn_mode mode,
                struct fault *fault);
void roles_close(struct roles *r);
/* Returns the connection for the job, or NULL with *fault if it cannot be opened. */
struct conn *roles_for(struct roles *r, const struct db_job *job, struct fault *fault);
/* Returns the connection that serves a role. */
struct conn *roles_of(struct roles *r, enum plan_role role);
/* Returns true if the job failed on a value that may be in a foreign row, so that it must run again
 * behind the barrier. */
bool roles_wants_barrier(const struct roles *r, const struct db_job *job);
/* Decides, after the job ran on `c` and its transaction ended, whether it must run again, and
 * prepares for that: the schema has moved, or the job failed on a value that may be in a foreign
 * row. */
bool roles_retry(struct roles *r, struct conn *c, struct db_job *job);
/* Returns any open connection, for questions about the database as a whole. */
struct conn *roles_any(struct roles *r);
/* Ends all open transactions. */
void roles_end(struct roles *r);
/* Sets until when (clock_ns()) they wait for another process's lock; 0 for some seconds. */
void roles_wait_until(struct roles *r, uint64_t until_ns);
/* Interrupts what runs, if it has a deadline. May be called from any thread. */
void roles_cut(struct roles *r);

#endif
