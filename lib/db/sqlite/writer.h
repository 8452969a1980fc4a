/* SPDX-License-Identifier: MIT */
/*
 * The one thread of a worker that writes. When it has the lock that all workers share, it takes
 * what waits, up to a batch, and runs it in one transaction (batch.h):
 *
 *     lock ──▶ queue ──▶ batch ──▶ BEGIN … COMMIT ──▶ commits + 1 ──▶ unlock ──▶ answers
 *
 * While one batch is committed the next one gathers, so a batch grows with the load, and a single
 * client waits for nobody. Passengers, writes that nobody waits for (plan.h), cause no commit of
 * their own for a while.
 */
#ifndef LEAT_DB_SQLITE_WRITER_H
#define LEAT_DB_SQLITE_WRITER_H

#include "lib/db/sqlite/pool.h"

/* Runs jobs and hands them back, until the pool is closed. */
void writer_run(struct pool_thread *t);

#endif
