/* SPDX-License-Identifier: MIT */
/* One execution of a plan on a connection. Internal to lib/db/sqlite/run. */
#ifndef LEAT_DB_SQLITE_RUN_RUN_H
#define LEAT_DB_SQLITE_RUN_RUN_H

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/result.h"
#include "lib/db/sqlite/connection/statement.h"

struct run {
    struct conn *conn;
    struct db_job *job;
    struct result result;
};

/* Binds the values of the step to its parameters. Returns SQLite's code. */
int run_bind(struct run *r, struct statement *s);
/* Reads the current row of the statement into its cells. */
void run_read(struct statement *s);

#endif
