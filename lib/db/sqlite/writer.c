/* SPDX-License-Identifier: MIT */
/* The lock in shared memory is taken before SQLite's transaction begins, so that the writers of all
 * processes queue in one place, in order, instead of polling SQLite's file lock. Jobs are taken
 * only when the lock is held: until then they can be answered that they have waited too long. The
 * commit counter is raised while the lock is still held, and before the jobs are handed back: db.c
 * relies on that order. */
#include "lib/db/sqlite/writer.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/shm/writer_use.h"

/* How long a batch may begin further jobs. */
#define HELD_NS (10 * NS_PER_MS)
/* How long a job of an unknown cost should take. */
#define UNKNOWN_NS (HELD_NS / 10)
/* How long before its deadline a request gives up waiting for a foreigner's lock. */
#define MARGIN_NS (100 * NS_PER_MS)
/* How long a passenger waits for company. */
#define PATIENCE_NS (100 * NS_PER_MS)
/* How long to wait for the lock before looking whether anybody still wants it. */
#define LOOK_NS (250 * NS_PER_MS)

static void take(struct pool_thread *t, struct db_job *job)
{
    if (!job->plan->is_passenger) {
        batch_add(&t->batch, job);
        return;
    }
    if (!t->passengers.count)
        t->due_ns = clock_ns() + PATIENCE_NS;
    fifo_push(&t->passengers, &job->link);
}

/* Puts the passengers, as far as the batch has room, before its jobs, which came later. */
static void board(struct pool_thread *t)
{
    struct batch later = t->batch;

    t->batch.count = 0;
    while (t->passengers.count && t->batch.count + later.count < BATCH_MAX)
        batch_add(&t->batch, (struct db_job *)fifo_pop(&t->passengers));
    for (size_t i = 0; i < later.count; i++)
        batch_add(&t->batch, later.jobs[i]);
    t->due_ns = clock_ns() + PATIENCE_NS;
}

/* Returns true if passengers need not cause a commit of their own, or have waited for long
 * enough. */
static bool may_board(const struct pool_thread *t)
{
    for (size_t i = 0; i < t->batch.count; i++)
        if (t->batch.jobs[i]->plan->role == ROLE_SERVER)
            return true;
    return clock_ns() >= t->due_ns || pool_is_closed(t->pool);
}

/* Returns how long the job should take. */
static uint64_t expected_ns(const struct db_job *job)
{
    return job->charged_ns ? job->charged_ns : UNKNOWN_NS;
}

/* Fills the batch with as many jobs as it should have time for: those that still wait in the queue
 * can be overtaken by others, and refused in time. */
static void gather(struct pool_thread *t)
{
    struct db_job *job;
    uint64_t ns = 0;

    for (size_t i = 0; i < t->batch.count; i++)
        ns += expected_ns(t->batch.jobs[i]);
    while (ns < HELD_NS && t->batch.count < t->pool->batch_max && (job = pool_begin(t->pool))) {
        ns += expected_ns(job);
        take(t, job);
    }
    if (t->passengers.count && may_board(t))
        board(t);
}

/* Ends a job of the batch without a result. */
static void fail(struct batch *b, size_t i)
{
    db_job_reset(b->jobs[i]);
    b->states[i] = BATCH_ENDED;
}

/* Ends the jobs whose time was up before the batch came to them. Returns the earliest deadline of
 * the others. */
static uint64_t expire(struct pool_thread *t)
{
    uint64_t now = clock_ns(), earliest = UINT64_MAX;

    for (size_t i = 0; i < t->batch.count; i++) {
        struct db_job *job = t->batch.jobs[i];

        if (job->deadline_ns < now) {
            fail(&t->batch, i);
            pool_give_up(t->pool, job, "the writer");
        } else if (job->deadline_ns < earliest) {
            earliest = job->deadline_ns;
        }
    }
    return earliest;
}

static bool has_ended_with(const struct batch *b, enum err err)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->states[i] == BATCH_ENDED && b->jobs[i]->err == err)
            return true;
    return false;
}

/* Refuses the jobs that wait, and those that have ended well: if the database was taken away
 * meanwhile, nobody will find their rows although they were committed. */
static void refuse(struct batch *b, enum trouble bar)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->states[i] == BATCH_WAITS || b->jobs[i]->err == OK) {
            fail(b, i);
            health_refuse(b->jobs[i], bar);
        }
}

/* Runs the batch. A foreigner's lock is waited for until shortly before the earliest deadline, so
 * that its request is told why. */
static void run_batch(struct pool_thread *t)
{
    struct shm_writer *w = &t->pool->shm->writer;
    uint64_t earliest = expire(t) - MARGIN_NS, patience = foreign_lock_patience(w);

    roles_wait_until(&t->conns, patience < earliest ? patience : earliest);
    batch_run(&t->batch, &t->conns, clock_ns() + HELD_NS);
    roles_wait_until(&t->conns, 0);
    foreign_lock_note(&t->pool->foreign, w, t->batch.is_locked_out);
}

/* Runs the batch if the database is in place. */
static void run_in_place(struct pool_thread *t)
{
    struct pool *p = t->pool;
    enum trouble bar = health_bar(p->health);

    if (bar == TROUBLE_NONE) {
        run_batch(t);
        if (!has_ended_with(&t->batch, OK))
            return;
        atomic_fetch_add(&p->shm->writer.commits, 1);
        bar = health_bar(p->health);
    }
    if (bar != TROUBLE_NONE)
        refuse(&t->batch, bar);
}

static bool has_ended(const struct batch *b, size_t i)
{
    return b->states[i] == BATCH_ENDED;
}

/* Divides the time for which the lock was held among the jobs that have ended: each has what its
 * own steps took, and an equal part of the rest, the commit above all. */
static void count_use(struct pool_thread *t)
{
    const struct batch *b = &t->batch;
    struct shm *shm = t->pool->shm;
    uint64_t held = clock_ns() - atomic_load(&shm->writer.taken_ns), steps = 0;
    size_t ended = 0, committed = 0;

    for (size_t i = 0; i < b->count; i++)
        if (has_ended(b, i)) {
            steps += b->jobs[i]->ended_ns - b->jobs[i]->begun_ns;
            committed += b->jobs[i]->err == OK;
            ended++;
        }
    for (size_t i = 0; i < b->count; i++)
        if (has_ended(b, i))
            writer_use_hold(shm, b->jobs[i]->operation,
                            b->jobs[i]->ended_ns - b->jobs[i]->begun_ns +
                                (held > steps ? (held - steps) / ended : 0));
    if (committed)
        writer_use_commit(shm, committed);
}

static void hand_back(struct pool_thread *t)
{
    struct fifo ended;

    for (size_t i = 0; i < t->batch.count; i++)
        if (t->batch.states[i] == BATCH_ENDED)
            health_note(t->pool->health, t->batch.jobs[i]);
    fifo_init(&ended);
    batch_take_ended(&t->batch, &ended);
    pool_settle(t->pool, &ended);
}

/* Takes the lock and runs a batch. A dead holder's file locks may last some milliseconds; the busy
 * handler waits for them. Does nothing if other workers hold the lock for long. */
static void write_batch(struct pool_thread *t)
{
    bool recovered;

    if (!shm_writer_lock(t->pool->shm, t->pool->slot, clock_ns() + LOOK_NS, &recovered))
        return;
    shm_writer_watch(&t->pool->shm->writer);
    gather(t);
    if (t->batch.count) {
        run_in_place(t);
        count_use(t);
    }
    shm_writer_unlock(t->pool->shm);
    hand_back(t);
}

/* Ends what is left of a batch when the pool is closed. */
static void abandon(struct pool_thread *t)
{
    while (t->passengers.count)
        board(t);
    for (size_t i = 0; i < t->batch.count; i++) {
        fail(&t->batch, i);
        t->batch.jobs[i]->err = ERR_DRAINING;
    }
    hand_back(t);
}

void writer_run(struct pool_thread *t)
{
    bool is_open;

    fifo_init(&t->passengers);
    do {
        uint64_t until = t->batch.count ? 0 : t->passengers.count ? t->due_ns : UINT64_MAX;

        is_open = pool_await(t->pool, until);
        if (is_open || t->passengers.count)
            write_batch(t);
    } while (is_open);
    abandon(t);
}
