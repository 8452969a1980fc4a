/* SPDX-License-Identifier: MIT */
/* On pool_stop() the running statement is interrupted, threads finish, and waiting jobs are handed
 * back with an error; nothing is lost silently. */
#include "lib/db/sqlite/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/core/thread.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/db/sqlite/transaction.h"
#include "lib/db/sqlite/writer.h"

/* Slow reads leave the processor to the loops, which answer all other requests. */
enum { READER_NICE = 10 };

_Static_assert(offsetof(struct db_job, link) == 0, "a link is cast to its job");

void pool_give_up(struct pool *p, struct db_job *job, const char *what)
{
    db_job_reset(job);
    job->err = ERR_BUSY;
    snprintf(job->cause, sizeof(job->cause), "it waited too long for %s", what);
    if (p->slot)
        shm_count(p->slot, COUNT_DB_NOT_BEGUN, 1);
}

/* Runs with the lock held. */
static void expire_all(struct pool *p, uint64_t now_ns)
{
    struct db_job *job;

    while ((job = job_queue_expire(&p->todo, now_ns))) {
        pool_give_up(p, job, p->is_writer ? "the writer" : "a reader thread");
        completion_queue_push(p->finished, &job->link);
    }
}

void pool_expire(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    expire_all(p, clock_ns());
    pthread_mutex_unlock(&p->lock);
}

size_t pool_waiting(struct pool *p)
{
    size_t n;

    pthread_mutex_lock(&p->lock);
    n = job_queue_waiting(&p->todo);
    pthread_mutex_unlock(&p->lock);
    return n;
}

bool pool_is_closed(struct pool *p)
{
    bool is_closed;

    pthread_mutex_lock(&p->lock);
    is_closed = p->is_closed;
    pthread_mutex_unlock(&p->lock);
    return is_closed;
}

bool pool_await(struct pool *p, uint64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                             .tv_nsec = (long)(until_ns % NS_PER_S)};
    int rc = 0;
    bool is_open;

    pthread_mutex_lock(&p->lock);
    while (!p->is_closed && !job_queue_can_begin(&p->todo) && rc != ETIMEDOUT)
        rc = pthread_cond_clockwait(&p->filled, &p->lock, CLOCK_MONOTONIC, &until);
    is_open = !p->is_closed;
    pthread_mutex_unlock(&p->lock);
    return is_open;
}

struct db_job *pool_begin(struct pool *p)
{
    struct db_job *job = NULL;
    uint64_t now = clock_ns();

    pthread_mutex_lock(&p->lock);
    if (!p->is_closed) {
        expire_all(p, now);
        job = job_queue_begin(&p->todo, now);
    }
    pthread_mutex_unlock(&p->lock);
    return job;
}

void pool_settle(struct pool *p, struct fifo *ended)
{
    pthread_mutex_lock(&p->lock);
    for (struct fifo_link *l = ended->first; l; l = l->next) {
        assert(((struct db_job *)l)->err < ERR_COUNT);
        job_queue_settle(&p->todo, (struct db_job *)l);
    }
    if (job_queue_can_begin(&p->todo))
        pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
    completion_queue_push_all(p->finished, ended);
}

static void put_back(struct pool *p, struct db_job *job)
{
    pthread_mutex_lock(&p->lock);
    job_queue_put_back(&p->todo, job, clock_ns());
    pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
}

static void run_slow_read(struct pool_thread *t, struct db_job *job)
{
    struct fifo ended;

    job->bounds = job->is_bounded ? &t->pool->bounded : &t->pool->unbounded;
    job->cpu_ns = clock_thread_ns();
    transaction_run(&t->conns, job, false);
    job->cpu_ns = clock_thread_ns() - job->cpu_ns;
    if (job->is_bounded && job->err == ERR_DEADLINE && job->extent == READ_CUT) {
        put_back(t->pool, job);
        return;
    }
    if (job->err != OK)
        health_note(t->pool->health, job);
    if (job->is_too_old && t->pool->slot)
        shm_count(t->pool->slot, COUNT_DB_READS_CUT, 1);
    fifo_init(&ended);
    fifo_push(&ended, &job->link);
    pool_settle(t->pool, &ended);
}

static void *run_reader(void *arg)
{
    struct pool_thread *t = arg;

    setpriority(PRIO_PROCESS, 0, READER_NICE); /* on Linux this affects only the calling thread */
    while (pool_await(t->pool, UINT64_MAX)) {
        struct db_job *job = pool_begin(t->pool);

        if (job)
            run_slow_read(t, job);
    }
    return NULL;
}

static void *run_writer(void *arg)
{
    writer_run(arg);
    return NULL;
}

static bool add_thread(struct pool *p, const struct db_options *options, struct fault *fault)
{
    struct pool_thread *t = &p->threads[p->thread_count];

    t->pool = p;
    if (!roles_open(&t->conns, options, p->is_writer ? CONN_WRITE : CONN_READ, fault))
        return false;
    t->snapshot.all = options->snapshots;
    t->conns.snapshot = p->is_writer ? NULL : &t->snapshot;
    if (!thread_start(&t->id, p->is_writer ? run_writer : run_reader, t)) {
        thread_fault(fault, "database");
        roles_close(&t->conns);
        return false;
    }
    p->thread_count++;
    return true;
}

bool pool_start(struct pool *p, const struct db_options *options, int threads, struct fault *fault)
{
    bool ok = true;

    assert(threads > 0 && !p->threads);
    assert(p->finished && p->shm && p->health);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    job_queue_init(&p->todo, options->plan_count, (unsigned)threads);
    p->todo.has_spare = threads > 1 && !p->is_for_streams;
    p->batch_max = options->batch ? (size_t)options->batch : BATCH_MAX;
    p->thread_max = threads;
    p->threads = xcalloc((size_t)threads, sizeof(*p->threads));
    while (ok && p->thread_count < (p->is_for_streams ? 1 : threads))
        ok = add_thread(p, options, fault);
    return ok;
}

/* Starts a thread for a job that finds none. If that fails, the job waits for those that there
 * are. */
static void add_thread_now(struct pool *p)
{
    struct fault fault;

    if (!add_thread(p, &p->threads[0].conns.options, &fault))
        log_warn("database.thread", "cause=\"%s\"", fault.text);
}

void pool_submit(struct pool *p, struct db_job *job)
{
    bool is_short;

    assert(p->thread_count);
    assert(p->is_writer == job->plan->is_write);
    completion_queue_expect(p->finished);
    pthread_mutex_lock(&p->lock);
    job_queue_push(&p->todo, job, clock_ns());
    is_short = p->thread_count < p->thread_max &&
               p->todo.running + job_queue_waiting(&p->todo) > (size_t)p->thread_count;
    if (p->is_writer)
        p->is_to_wake = true;
    else
        pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
    if (is_short)
        add_thread_now(p);
}

void pool_wake(struct pool *p)
{
    if (!p->is_to_wake)
        return;
    p->is_to_wake = false;
    pthread_mutex_lock(&p->lock);
    pthread_cond_signal(&p->filled);
    pthread_mutex_unlock(&p->lock);
}

void pool_stop(struct pool *p)
{
    struct db_job *job;

    if (!p->threads)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_closed = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->thread_count; i++)
        roles_cut(&p->threads[i].conns);
    for (int i = 0; i < p->thread_count; i++) {
        pthread_join(p->threads[i].id, NULL);
        roles_close(&p->threads[i].conns);
    }
    while ((job = job_queue_drop(&p->todo))) {
        job->err = ERR_DRAINING;
        completion_queue_push(p->finished, &job->link);
    }
    free(p->threads);
    p->threads = NULL;
    job_queue_fini(&p->todo);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
}
