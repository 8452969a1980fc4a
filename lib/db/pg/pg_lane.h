/* SPDX-License-Identifier: MIT */
/* Which job runs when, and where. Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_LANE_H
#define LEAT_DB_PG_PG_LANE_H

#include "lib/db/pg/pg_engine.h"

void pg_lane_push(struct pg_db *db, struct pg_run *run);
/* Runs it once more, or ends it if it had its chances. */
void pg_lane_repeat(struct pg_db *db, struct pg_run *run);
void pg_lane_dispatch(struct pg_db *db);
/* Ends what has waited too long, and connections that have gone silent. */
void pg_lane_expire(struct pg_db *db);
void pg_run_finish(struct pg_db *db, struct pg_run *run);
/* Takes note of the time that a read, or several, took. */
void pg_lane_note(struct pg_db *db, const struct pg_txn *t, uint64_t ns);
/* Returns true if jobs of the lane can run, or may soon. */
bool pg_lane_is_up(const struct pg_lane *lane, uint64_t now_ns);

#endif
