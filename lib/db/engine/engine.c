/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/engine.h"

#include <assert.h>

#include "lib/db/engine/db_stream.h"

static const struct engine *engine_of(const struct db *db)
{
    return ((const struct db_head *)db)->engine;
}

void db_stop(struct db *db)
{
    engine_of(db)->stop(db);
}

void db_close(struct db **db)
{
    if (*db)
        engine_of(*db)->close(db);
}

enum completion db_submit(struct db *db, struct db_job *job)
{
    return engine_of(db)->submit(db, job);
}

void db_stream(struct db *db, struct db_job *job)
{
    engine_of(db)->stream(db, job);
}

void db_cancel(struct db_job *job)
{
    assert(job->more);
    atomic_store(&job->is_cancelled, true);
}

size_t db_streams_waiting(struct db *db)
{
    return engine_of(db)->streams_waiting(db);
}

int db_fd(const struct db *db)
{
    return engine_of(db)->fd(db);
}

void db_deliver(struct db *db)
{
    engine_of(db)->deliver(db);
}

void db_turn(struct db *db)
{
    engine_of(db)->turn(db);
}

size_t db_pending(const struct db *db)
{
    return engine_of(db)->pending(db);
}

void db_expire(struct db *db)
{
    engine_of(db)->expire(db);
}

void db_watch(struct db *db)
{
    engine_of(db)->watch(db);
}

bool db_is_ready(struct db *db)
{
    return engine_of(db)->is_ready(db);
}

bool db_key(struct db *db, const char *name, struct buf *out)
{
    return engine_of(db)->key(db, name, out);
}
