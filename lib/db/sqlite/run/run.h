/* SPDX-License-Identifier: MIT */
/* One execution of a plan: what its steps leave for later ones. Internal to lib/db/sqlite/run. */
#ifndef LEAT_DB_SQLITE_RUN_RUN_H
#define LEAT_DB_SQLITE_RUN_RUN_H

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/db.h"
#include "lib/db/sqlite/connection/statement.h"

/* The row that a `returns: one` step found, kept for later steps that refer to it. */
struct exec_row {
    int count;
    char **names;
    sqlite3_value **values;
};

struct run {
    struct conn *conn;
    struct db_job *job;
    struct exec_row *rows; /* by step; NULL if the plan has one step */
    struct buf tag;     /* the current version as an entity tag, if a precondition asked for it */
    int64_t limit;      /* how many rows of the page the client asked for, if the plan has one */
    bool is_backward;   /* the page is walked backward */
    struct buf starts;  /* the places of its rows in the body then */
    const char *no_key; /* the column in which the page's last row has no place in a cursor */
    bool has_no_match;  /* If-Match was sent for a resource that does not exist */
};

/* Binds the values of the step to its parameters, and for the result step those that compose_sql()
 * added. Returns SQLite's code. */
int run_bind(struct run *r, const struct plan_step *step, struct statement *s, bool is_result);

#endif
