/* SPDX-License-Identifier: MIT */
/* The writer first takes the lock in shared memory, which is shared by all workers, and only then
 * begins SQLite's transaction. So writers of all processes queue in one place, in order, instead of
 * polling SQLite's file lock. The commit counter is raised while the lock is still held, and before
 * the job is handed back: db.c relies on that order.
 *
 * On pool_stop() the running statement is interrupted, threads finish, and waiting jobs are handed
 * back with an error; nothing is lost silently. */
#include "lib/db/engine/pool.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/engine/exec.h"
#include "lib/db/engine/db_health.h"
#include "lib/db/engine/transaction.h"

_Static_assert(offsetof(struct db_job, link) == 0, "a link is cast to its job");

static void finish_job(struct pool *p, struct db_job *job)
{
    assert(job->err < ERR_COUNT);
    completion_queue_push(p->finished, &job->link);
}

/* Runs the job if the database is in place. If it was taken away meanwhile, the job fails although
 * it was committed, because nobody will find its rows. */
static void write_in_place(struct pool_thread *t, struct db_job *job)
{
    enum trouble bar = health_bar(t->pool->health);

    if (bar == TROUBLE_NONE) {
        transaction_run(&t->conns, job, true);
        if (job->err != OK)
            return;
        atomic_fetch_add(&t->pool->shm->writer.commits, 1);
        bar = health_bar(t->pool->health);
    }
    if (bar != TROUBLE_NONE)
        health_refuse(job, bar);
}

/* Ends a job that has not begun in time. The reason is for the log. */
static void expire_job(struct db_job *job, const char *reason)
{
    job->err = ERR_DEADLINE;
    snprintf(job->cause, sizeof(job->cause), "its time was up before %s", reason);
}

static void run_write(struct pool_thread *t, struct db_job *job)
{
    struct shm *shm = t->pool->shm;
    bool recovered;

    assert(t->pool->is_writer && job->plan->is_write);
    if (!shm_writer_lock(shm, job->deadline_ns, &recovered)) {
        expire_job(job, "another worker's write ended");
        return;
    }
    /* A dead holder's file locks may last some milliseconds longer; the busy timeout covers
     * that. */
    write_in_place(t, job);
    shm_writer_unlock(shm);
    health_note(t->pool->health, job);
}

const struct plan pool_shrink_plan = {.is_write = true};

/* Copies the -wal into the database and cuts it off. Most is done before the lock is taken. If a
 * reader still needs the -wal, it is left for the next time, and nobody waits. */
static void shrink_wal(struct pool_thread *t, struct db_job *job)
{
    sqlite3 *db = roles_any(&t->conns)->db;
    bool recovered;

    if (health_bar(t->pool->health) != TROUBLE_NONE)
        return;
    sqlite3_busy_timeout(db, 0);
    sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (shm_writer_lock(t->pool->shm, job->deadline_ns, &recovered)) {
        sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        shm_writer_unlock(t->pool->shm);
    }
    sqlite3_busy_timeout(db, CONN_BUSY_MS);
}

static void run_slow_read(struct pool_thread *t, struct db_job *job)
{
    transaction_run(&t->conns, job, false);
    if (job->err != OK)
        health_note(t->pool->health, job);
}

static void *run_jobs(void *arg)
{
    struct pool_thread *t = arg;
    struct db_job *job;

    while ((job = (struct db_job *)blocking_queue_wait(&t->pool->todo))) {
        exec_reset(job);
        if (clock_ns() > job->deadline_ns)
            expire_job(job, "a thread was free");
        else if (job->plan == &pool_shrink_plan)
            shrink_wal(t, job);
        else if (t->pool->is_writer)
            run_write(t, job);
        else
            run_slow_read(t, job);
        finish_job(t->pool, job);
    }
    return NULL;
}

bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault)
{
    sigset_t all, old;
    bool ok = true;

    assert(threads > 0 && !p->threads);
    assert(p->finished && p->shm && p->health);
    blocking_queue_init(&p->todo, 0);
    p->threads = xcalloc((size_t)threads, sizeof(*p->threads));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the main thread */
    while (ok && p->thread_count < threads) {
        struct pool_thread *t = &p->threads[p->thread_count];

        t->pool = p;
        ok = roles_open(&t->conns, options, p->is_writer ? CONN_WRITE : CONN_READ, fault);
        if (ok && pthread_create(&t->id, NULL, run_jobs, t) != 0) {
            roles_close(&t->conns);
            fault_set(fault, "a database thread could not be started");
            ok = false;
        }
        p->thread_count += ok;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

void pool_submit(struct pool *p, struct db_job *job)
{
    assert(p->thread_count);
    assert(p->is_writer == job->plan->is_write);
    completion_queue_expect(p->finished);
    blocking_queue_push(&p->todo, &job->link);
}

void pool_stop(struct pool *p)
{
    struct db_job *job;

    if (!p->threads)
        return;
    blocking_queue_close(&p->todo);
    for (int i = 0; i < p->thread_count; i++)
        roles_cut(&p->threads[i].conns);
    for (int i = 0; i < p->thread_count; i++) {
        pthread_join(p->threads[i].id, NULL);
        roles_close(&p->threads[i].conns);
    }
    while ((job = (struct db_job *)blocking_queue_pop(&p->todo))) {
        job->err = ERR_DRAINING;
        finish_job(p, job);
    }
    free(p->threads);
    p->threads = NULL;
    blocking_queue_fini(&p->todo);
}
