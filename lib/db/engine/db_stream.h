/* SPDX-License-Identifier: MIT */
/*
 * Lists that are too long to hold: the rows of a job are handed over in parts, by job->more(),
 * while a thread reads them. The thread belongs to one job until that ends, however long the client
 * takes.
 *
 * more() takes the rows in `body` (more than body_max bytes: the beginning of the list, or what
 * follows the last call), and leaves the buffer empty. It is called on the stream's thread, which
 * it may hold up for DB_STREAM_WAIT_NS; if its client has taken nothing by then, it returns false
 * and is called again. Meanwhile the engine ends the statement if its time is up, if it was
 * cancelled, or for the sake of the -wal. more() may change body_max and deadline_ns for what
 * follows.
 */
#ifndef LEAT_DB_ENGINE_DB_STREAM_H
#define LEAT_DB_ENGINE_DB_STREAM_H

#include "lib/db/engine/db.h"

#define DB_STREAM_WAIT_NS UINT64_C(100000000)

/* Runs a read that db_submit() has ended with is_long, from its beginning, on a thread where it
 * holds up only other streams. db_deliver() calls `done`, once. */
void db_stream(struct db *db, struct db_job *job);
/* Interrupts a job of db_stream(); its `done` is still called. */
void db_cancel(struct db_job *job);
/* Returns how many jobs of db_stream() wait for a thread. */
size_t db_streams_waiting(struct db *db);

#endif
