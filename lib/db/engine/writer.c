/* SPDX-License-Identifier: MIT */
/* The lock in shared memory is taken before SQLite's transaction begins, so that the writers of all
 * processes queue in one place, in order, instead of polling SQLite's file lock. The commit counter is
 * raised while the lock is still held, and before the jobs are handed back: db.c relies on that
 * order. */
#include "lib/db/engine/writer.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db_health.h"
#include "lib/db/engine/exec.h"

/* How long a batch may begin further jobs while other workers wait for the lock. */
#define HELD_NS (10 * NS_PER_MS)
/* How long before its deadline a request gives up waiting for a foreigner's lock. */
#define MARGIN_NS (100 * NS_PER_MS)
/* How long a passenger waits for company. */
#define PATIENCE_NS (100 * NS_PER_MS)
/* How long to wait for the lock before looking for jobs whose time is up. */
#define LOOK_NS (250 * NS_PER_MS)

const struct plan writer_shrink_plan = {.is_write = true};

static void take(struct pool_thread *t, struct db_job *job)
{
    if (job->plan == &writer_shrink_plan)
        t->shrink = job;
    else if (!job->plan->is_passenger)
        batch_add(&t->batch, job);
    else {
        if (!t->passengers.count)
            t->due_ns = clock_ns() + PATIENCE_NS;
        fifo_push(&t->passengers, &job->link);
    }
}

/* Adds the passengers to the batch, if it has room. */
static void board(struct pool_thread *t)
{
    while (t->passengers.count && t->batch.count < BATCH_MAX)
        batch_add(&t->batch, (struct db_job *)fifo_pop(&t->passengers));
    t->due_ns = clock_ns() + PATIENCE_NS;
}

/* Returns true if passengers need not cause a commit of their own, or have waited for long enough. */
static bool may_board(const struct pool_thread *t)
{
    for (size_t i = 0; i < t->batch.count; i++)
        if (t->batch.jobs[i]->plan->role == ROLE_SERVER)
            return true;
    return clock_ns() >= t->due_ns || blocking_queue_is_closed(&t->pool->todo);
}

/* Adds jobs that wait to the batch. A closed queue keeps its jobs, which pool_stop() hands back. */
static void gather(struct pool_thread *t)
{
    struct db_job *job;

    while (t->batch.count < t->pool->batch_max && !blocking_queue_is_closed(&t->pool->todo) &&
           (job = (struct db_job *)blocking_queue_pop(&t->pool->todo)))
        take(t, job);
    if (t->passengers.count && may_board(t))
        board(t);
}

/* Hands back the jobs that have ended. */
static void hand_back(struct pool_thread *t)
{
    struct fifo ended;

    fifo_init(&ended);
    batch_take_ended(&t->batch, &ended);
    completion_queue_push_all(t->pool->finished, &ended);
}

/* Ends a job without result. */
static void fail(struct batch *b, size_t i)
{
    exec_reset(b->jobs[i]);
    b->states[i] = BATCH_ENDED;
}

/* Ends the jobs whose time is up, or all but passengers if the worker stops. Returns the earliest deadline of the
 * others. */
static uint64_t expire(struct pool_thread *t)
{
    uint64_t now = clock_ns(), earliest = UINT64_MAX;
    bool is_stopping = blocking_queue_is_closed(&t->pool->todo);

    for (size_t i = 0; i < t->batch.count; i++) {
        struct db_job *job = t->batch.jobs[i];

        if (is_stopping && !job->plan->is_passenger) {
            fail(&t->batch, i);
            job->err = ERR_DRAINING;
        } else if (job->deadline_ns < now) {
            fail(&t->batch, i);
            pool_expire(job);
        } else if (job->deadline_ns < earliest) {
            earliest = job->deadline_ns;
        }
    }
    hand_back(t);
    return earliest;
}

/* Gathers a batch and takes the lock. Sets the earliest deadline. Returns false if no job is left. */
static bool prepare(struct pool_thread *t, uint64_t *earliest)
{
    bool
        recovered; /* a dead holder's file locks may last some milliseconds; the busy handler waits */

    for (;;) {
        uint64_t look = clock_ns() + LOOK_NS;

        gather(t);
        *earliest = expire(t);
        if (!t->batch.count)
            return false;
        if (shm_writer_lock(t->pool->shm, *earliest < look ? *earliest : look, &recovered))
            break;
    }
    gather(t);
    return true;
}

static bool has_ended_with(const struct batch *b, enum err err)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->states[i] == BATCH_ENDED && b->jobs[i]->err == err)
            return true;
    return false;
}

/* Refuses the jobs that wait, and those that have ended well: if the database was taken away meanwhile,
 * nobody will find their rows although they were committed. */
static void refuse(struct batch *b, enum trouble bar)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->states[i] == BATCH_WAITS || b->jobs[i]->err == OK) {
            fail(b, i);
            health_refuse(b->jobs[i], bar);
        }
}

/* Runs the batch. A foreigner's lock is waited for until shortly before the earliest deadline, so that
 * its request is told why. */
static void run_batch(struct pool_thread *t, uint64_t earliest)
{
    struct shm_writer *w = &t->pool->shm->writer;
    uint64_t patience = foreign_lock_patience(w);

    roles_wait_until(&t->conns, patience < earliest - MARGIN_NS ? patience : earliest - MARGIN_NS);
    batch_run(&t->batch, &t->conns, clock_ns() + HELD_NS);
    roles_wait_until(&t->conns, 0);
    foreign_lock_note(&t->pool->foreign, w, has_ended_with(&t->batch, ERR_BUSY));
}

/* Runs the batch if the database is in place. */
static void run_in_place(struct pool_thread *t, uint64_t earliest)
{
    struct pool *p = t->pool;
    enum trouble bar = health_bar(p->health);

    if (bar == TROUBLE_NONE) {
        run_batch(t, earliest);
        if (!has_ended_with(&t->batch, OK))
            return;
        atomic_fetch_add(&p->shm->writer.commits, 1);
        bar = health_bar(p->health);
    }
    if (bar != TROUBLE_NONE)
        refuse(&t->batch, bar);
}

/* Copies the -wal into the database and cuts it off. Most is done before the lock is taken. If a
 * reader still needs the -wal, it is left for the next time, and nobody waits. */
static void shrink_wal(struct pool_thread *t)
{
    struct db_job *job = t->shrink;
    sqlite3 *db = roles_any(&t->conns)->db;
    bool recovered;

    exec_reset(job);
    if (health_bar(t->pool->health) == TROUBLE_NONE) {
        roles_wait_until(&t->conns, clock_ns()); /* not at all */
        sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        if (shm_writer_lock(t->pool->shm, job->deadline_ns, &recovered)) {
            sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
            shm_writer_unlock(t->pool->shm);
        }
        roles_wait_until(&t->conns, 0);
    }
    t->shrink = NULL;
    pool_finish(t->pool, job);
}

/* Runs what is in the batch, and what comes meanwhile. */
static void run_batches(struct pool_thread *t)
{
    uint64_t earliest;

    while (prepare(t, &earliest)) {
        run_in_place(t, earliest);
        shm_writer_unlock(t->pool->shm);
        for (size_t i = 0; i < t->batch.count; i++)
            if (t->batch.states[i] == BATCH_ENDED)
                health_note(t->pool->health, t->batch.jobs[i]);
        hand_back(t);
    }
}

void writer_run(struct pool_thread *t)
{
    struct blocking_queue *todo = &t->pool->todo;
    bool is_closed;

    fifo_init(&t->passengers);
    do {
        uint64_t until = t->passengers.count ? t->due_ns : UINT64_MAX;
        struct db_job *job = (struct db_job *)blocking_queue_wait_until(todo, until);

        is_closed = blocking_queue_is_closed(todo);
        if (job)
            take(t, job);
        run_batches(t);
        if (t->shrink)
            shrink_wal(t);
    } while (!is_closed || t->passengers.count);
}
