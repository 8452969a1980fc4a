/* SPDX-License-Identifier: MIT */
/* On pool_stop() the running statement is interrupted, threads finish, and waiting jobs are handed
 * back with an error; nothing is lost silently. */
#include "lib/db/engine/pool.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/engine/exec.h"
#include "lib/db/engine/db_health.h"
#include "lib/db/engine/transaction.h"
#include "lib/db/engine/writer.h"

_Static_assert(offsetof(struct db_job, link) == 0, "a link is cast to its job");

void pool_finish(struct pool *p, struct db_job *job)
{
    assert(job->err < ERR_COUNT);
    completion_queue_push(p->finished, &job->link);
}

void pool_expire(struct db_job *job)
{
    job->err = ERR_DEADLINE;
    snprintf(job->cause, sizeof(job->cause), "its time was up before it began");
}

static void run_slow_read(struct pool_thread *t, struct db_job *job)
{
    exec_reset(job);
    if (clock_ns() > job->deadline_ns)
        pool_expire(job);
    else
        transaction_run(&t->conns, job, false);
    if (job->err != OK)
        health_note(t->pool->health, job);
    pool_finish(t->pool, job);
}

static void *run_jobs(void *arg)
{
    struct pool_thread *t = arg;
    struct db_job *job;

    if (t->pool->is_writer)
        writer_run(t);
    else
        while ((job = (struct db_job *)blocking_queue_wait(&t->pool->todo)))
            run_slow_read(t, job);
    return NULL;
}

bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault)
{
    sigset_t all, old;
    bool ok = true;

    assert(threads > 0 && !p->threads);
    assert(p->finished && p->shm && p->health);
    blocking_queue_init(&p->todo, 0);
    p->batch_max = options->batch ? (size_t)options->batch : BATCH_MAX;
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
        pool_finish(p, job);
    }
    free(p->threads);
    p->threads = NULL;
    blocking_queue_fini(&p->todo);
}
