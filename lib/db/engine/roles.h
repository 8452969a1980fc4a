/* SPDX-License-Identifier: MIT */
/*
 * The connections of one thread: one for each role that plans have (plan.h), and one that runs
 * again what has failed on a value (rowsec_rewrite.h), opened when it is first needed. Where no
 * table is owned a caller's is the unrestricted one.
 */
#ifndef LEAT_DB_ENGINE_ROLES_H
#define LEAT_DB_ENGINE_ROLES_H

#include "lib/core/arena.h"
#include "lib/db/engine/conn.h"
#include "lib/db/engine/db.h"

struct roles {
    struct conn conns[ROLE_COUNT]; /* each is closed where nothing needs it */
    struct conn barrier;
    struct arena arena; /* owns what follows */
    struct db_options options;
    enum conn_mode mode;
};

/* False: *why is for free(). */
bool roles_open(struct roles *r, const struct db_options *options, enum conn_mode mode, char **why);
void roles_close(struct roles *r);
/* The connection on which the job runs. NULL: it cannot be opened; *why is for free(). */
struct conn *roles_for(struct roles *r, const struct db_job *job, char **why);
/* After the job has run on `c`, and its transaction has ended: whether it must run again, which all
 * is made ready for. The schema has moved, or a value on which it failed may have been another's.
 */
bool roles_retry(struct roles *r, struct conn *c, struct db_job *job);
/* One that is open, for what concerns the database as a whole. */
struct conn *roles_any(struct roles *r);
/* Ends the transactions that are open. */
void roles_end(struct roles *r);
/* Interrupts what runs, if it has a deadline. From any thread. */
void roles_cut(struct roles *r);

#endif
