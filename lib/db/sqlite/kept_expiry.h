/* SPDX-License-Identifier: MIT */
/* Deletes kept answers (kept_answer.h) whose time is over, a few at a time and without a
 * request. */
#ifndef LEAT_DB_SQLITE_KEPT_EXPIRY_H
#define LEAT_DB_SQLITE_KEPT_EXPIRY_H

#include "lib/db/sqlite/pool.h"

struct kept_expiry {
    struct pool *writer; /* NULL if no answers are kept */
    struct plan plan;
    struct plan_step step;
    struct db_job job;
    bool is_running; /* the job is under way */
};

/* Prepares it. Borrows the pool; the struct must not move afterwards. */
void kept_expiry_init(struct kept_expiry *e, struct pool *writer, const struct db_options *options);
/* Begins to delete if there is anything to delete; `c` is a connection of the calling thread, which
 * is the loop's. Call it about each second. */
void kept_expiry_tick(struct kept_expiry *e, struct conn *c);

#endif
