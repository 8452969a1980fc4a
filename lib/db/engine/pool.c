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
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/db/engine/exec.h"
#include "lib/db/engine/transaction.h"

void queue_init(struct job_queue *q)
{
    *q = (struct job_queue){.last = &q->first};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->filled, NULL);
}

void queue_fini(struct job_queue *q)
{
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->filled);
}

bool queue_push(struct job_queue *q, struct db_job *job)
{
    bool was_empty;

    assert(job);
    job->link = NULL;
    pthread_mutex_lock(&q->lock);
    assert(q->last && !*q->last);
    was_empty = q->first == NULL;
    *q->last = job;
    q->last = &job->link;
    pthread_cond_signal(&q->filled);
    pthread_mutex_unlock(&q->lock);
    return was_empty;
}

struct db_job *queue_take_all(struct job_queue *q)
{
    struct db_job *jobs;

    pthread_mutex_lock(&q->lock);
    jobs = q->first;
    q->first = NULL;
    q->last = &q->first;
    pthread_mutex_unlock(&q->lock);
    return jobs;
}

/* Waits for a job. Returns NULL when the queue closes. */
static struct db_job *queue_wait(struct job_queue *q)
{
    struct db_job *job = NULL;

    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->is_closing)
        pthread_cond_wait(&q->filled, &q->lock);
    if (!q->is_closing) {
        job = q->first;
        q->first = job->link;
        if (!q->first)
            q->last = &q->first;
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

static void finish(struct pool *p, struct db_job *job)
{
    assert(job->err < ERR_COUNT);
    if (queue_push(p->done, job))
        eventfd_write(p->done_fd, 1);
}

static void run_write(struct pool_thread *t, struct db_job *job)
{
    struct shm *shm = t->pool->shm;
    bool recovered;

    assert(t->pool->is_writer && job->plan->is_write);
    if (!shm_writer_lock(shm, job->deadline_ns, &recovered)) {
        job->err = ERR_DEADLINE;
        return;
    }
    /* A dead holder's file locks may last some milliseconds longer; the busy timeout covers
     * that. */
    transaction_run(&t->conns, job, t->pool->is_writer);
    if (job->err == OK)
        atomic_fetch_add(&shm->writer.commits, 1);
    shm_writer_unlock(shm);
}

static void *run_jobs(void *arg)
{
    struct pool_thread *t = arg;
    struct db_job *job;

    while ((job = queue_wait(&t->pool->todo))) {
        exec_reset(job);
        if (clock_ns() > job->deadline_ns)
            job->err = ERR_DEADLINE;
        else if (t->pool->is_writer)
            run_write(t, job);
        else
            transaction_run(&t->conns, job, t->pool->is_writer);
        finish(t->pool, job);
    }
    return NULL;
}

bool pool_start(struct pool *p, const struct db_options *options, int threads, char **why)
{
    sigset_t all, old;
    bool ok = true;

    assert(threads > 0 && !p->threads);
    assert(p->done && p->done_fd >= 0 && p->shm);
    queue_init(&p->todo);
    p->threads = xcalloc((size_t)threads, sizeof(*p->threads));
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the main thread */
    while (ok && p->thread_count < threads) {
        struct pool_thread *t = &p->threads[p->thread_count];

        t->pool = p;
        ok = roles_open(&t->conns, options, p->is_writer ? CONN_WRITE : CONN_READ, why);
        if (ok && pthread_create(&t->id, NULL, run_jobs, t) != 0) {
            roles_close(&t->conns);
            *why = xstrdup("a database thread could not be started");
            ok = false;
        }
        p->thread_count += ok;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

void pool_submit(struct pool *p, struct db_job *job)
{
    assert(p->thread_count && !p->todo.is_closing);
    assert(p->is_writer == job->plan->is_write);
    queue_push(&p->todo, job);
}

void pool_stop(struct pool *p)
{
    struct db_job *job, *next;

    if (!p->threads)
        return;
    pthread_mutex_lock(&p->todo.lock);
    p->todo.is_closing = true;
    pthread_cond_broadcast(&p->todo.filled);
    pthread_mutex_unlock(&p->todo.lock);
    for (int i = 0; i < p->thread_count; i++)
        roles_cut(&p->threads[i].conns);
    for (int i = 0; i < p->thread_count; i++) {
        pthread_join(p->threads[i].id, NULL);
        roles_close(&p->threads[i].conns);
    }
    for (job = queue_take_all(&p->todo); job; job = next) {
        next = job->link;
        job->err = ERR_DRAINING;
        finish(p, job);
    }
    free(p->threads);
    p->threads = NULL;
    queue_fini(&p->todo);
}
