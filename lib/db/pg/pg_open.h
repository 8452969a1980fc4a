/* SPDX-License-Identifier: MIT */
/* Opens the connections of a worker, and closes them. Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_OPEN_H
#define LEAT_DB_PG_PG_OPEN_H

#include "lib/db/pg/pg_engine.h"

struct db *pg_open(const struct db_options *options, struct diags *diags);
void pg_close(struct db **db);
/* Ends what runs, but for a COMMIT, and what waits. */
void pg_stop(struct db *db);

#endif
