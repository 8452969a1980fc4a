/* SPDX-License-Identifier: MIT */
/* Long lists (lib/db/engine/db_stream.h), each on a thread with a connection of its own. Internal to lib/db/pg. */
#ifndef LEAT_DB_PG_PG_STREAM_H
#define LEAT_DB_PG_PG_STREAM_H

#include "lib/db/pg/pg_engine.h"

struct pg_streams *pg_streams_new(struct pg_db *db);
void pg_streams_stop(struct pg_streams *s);
void pg_streams_free(struct pg_streams **s);
void pg_streams_push(struct pg_streams *s, struct db_job *job);
size_t pg_streams_waiting(struct pg_streams *s);
size_t pg_streams_expire(struct pg_streams *s);

#endif
