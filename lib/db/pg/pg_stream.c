/* SPDX-License-Identifier: MIT */
/* Long lists: each on a thread, with a connection of its own, in single-row mode. A client that reads
 * slowly stops its thread, then TCP stops the server: neither holds more than a few rows. So the
 * server's own time limit would count the client's time too; the thread keeps the time instead, and
 * cancels the statement. */
#include "lib/db/pg/pg_stream.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/core/thread.h"
#include "lib/db/engine/db_stream.h"
#include "lib/db/pg/pg_conn.h"
#include "lib/db/pg/pg_txn.h"

enum { STREAMS = 8, POLL_MS = 50 };

struct pg_stream {
    struct pg_streams *all;
    pthread_t id;
    PGconn *pg;
    struct pg_statements statements;
    struct pg_params params;
    struct db_job *job;
};

struct pg_streams {
    struct pg_db *db;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    struct fifo waiting;
    size_t count, idle;
    bool is_stopped;
    struct pg_stream streams[STREAMS];
};

/* Returns true, with the job's error, if it must not go on. */
static bool must_end(const struct pg_stream *s)
{
    struct db_job *job = s->job;

    if (s->all->db->is_cut || job->is_cancelled) {
        job->err = ERR_DRAINING;
        snprintf(job->cause, sizeof(job->cause), "it was cancelled");
    } else if (clock_ns() > job->deadline_ns) {
        job->err = ERR_DEADLINE;
        snprintf(job->cause, sizeof(job->cause), "interrupted");
    }
    return job->err != OK;
}

/* Ends the statement at the server, and the connection. */
static void cut(struct pg_stream *s)
{
    PGcancel *cancel = PQgetCancel(s->pg);
    char error[64];

    if (cancel)
        PQcancel(cancel, error, sizeof(error));
    PQfreeCancel(cancel);
    PQfinish(s->pg);
    s->pg = NULL;
}

/* Returns the next result of the statement, or NULL after the last, or if the job must end. */
static PGresult *next_result(struct pg_stream *s)
{
    while (PQisBusy(s->pg)) {
        struct pollfd p = {.fd = PQsocket(s->pg), .events = POLLIN};

        if (must_end(s))
            return NULL;
        if (poll(&p, 1, POLL_MS) > 0 && !PQconsumeInput(s->pg))
            break;
    }
    return PQgetResult(s->pg);
}

static void take_error(struct pg_stream *s, const struct result *r, const PGresult *res)
{
    enum pg_verdict verdict = pg_error_take(s->job, res, r ? result_step(r) : NULL, r ? r->step : 0,
                                            &s->all->db->constraints);

    if (verdict == PG_LOST)
        s->job->trouble = TROUBLE_DOWN;
}

/* Hands a part of the list over. Returns false if the job must end before its client has taken
 * it. */
static bool hand_over(struct pg_stream *s)
{
    struct db_job *job = s->job;

    job->has_begun = true;
    while (!job->more(job))
        if (must_end(s)) {
            if (job->err == ERR_DEADLINE)
                snprintf(job->cause, sizeof(job->cause),
                         "the client did not take the list in time");
            return false;
        }
    assert(!job->body.len);
    return true;
}

/* Takes the rows of a result. Returns false if the job must end. */
static bool take_rows(struct pg_stream *s, struct result *r, struct pg_statement *statement,
                      PGresult *res)
{
    enum row_use use;

    if (PQntuples(res) && !pg_statement_take_shape(statement, res)) {
        s->job->err = ERR_INTERNAL;
        snprintf(s->job->cause, sizeof(s->job->cause),
                 "its columns differ from those proved because "
                 "the schema has changed; reload");
        return false;
    }
    for (int i = 0; i < PQntuples(res); i++) {
        if (!result_wants(r))
            continue;
        use = result_take(r, &statement->shape, pg_row(statement, res, i));
        if (use == ROW_ENDS || (use == ROW_FILLS_BODY && !hand_over(s)))
            return false;
    }
    return true;
}

/* Runs a command without rows that matter. */
static bool run_command(struct pg_stream *s, const char *sql, struct pg_params *p)
{
    PGresult *res =
        p ? PQexecParams(s->pg, sql, (int)p->count, NULL, p->values, p->lengths, p->formats, 0)
          : PQexec(s->pg, sql);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;

    if (!ok && s->job->err == OK)
        take_error(s, NULL, res);
    PQclear(res);
    return ok;
}

static void run_step(struct pg_stream *s, struct result *r)
{
    struct pg_statement *statement =
        pg_statement_get(&s->statements, s->job->plan, r->step, r->variant);
    struct pg_params *p = &s->params;
    PGresult *res;

    pg_params_bind(p, r);
    result_begin_step(r);
    if (!PQsendQueryParams(s->pg, statement->sql, (int)p->count, NULL, p->values, p->lengths,
                           p->formats, 0))
        s->job->err = ERR_DATABASE;
    PQsetSingleRowMode(s->pg);
    while (s->job->err == OK && (res = next_result(s))) {
        ExecStatusType status = PQresultStatus(res);

        if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK)
            take_error(s, r, res);
        else
            take_rows(s, r, statement, res);
        PQclear(res);
    }
    if (s->job->err != OK)
        cut(s);
    result_end_step(r, 0);
    pg_statement_release(&statement);
}

/* Begins without a limit of time at the server. */
static bool begin(struct pg_stream *s)
{
    pg_context(&s->params, s->all->db, s->job, 0);
    return run_command(s, "BEGIN", NULL) && run_command(s, PG_CONTEXT_SQL, &s->params);
}

static void run_job(struct pg_stream *s)
{
    struct db_job *job = s->job;
    struct result r;
    struct fault fault;

    db_job_reset(job);
    job->begun_ns = clock_ns();
    if (must_end(s))
        return;
    if (!s->pg && !(s->pg = pg_connect(s->all->db->url, PG_READ, &s->all->db->is_cut, &fault))) {
        job->err = ERR_DATABASE;
        job->trouble = TROUBLE_DOWN;
        snprintf(job->cause, sizeof(job->cause), "%.*s", (int)sizeof(job->cause) - 1, fault.text);
        return;
    }
    if (begin(s)) {
        result_begin(&r, job);
        while (result_has_step(&r))
            run_step(s, &r);
        result_fini(&r);
    }
    if (s->pg && (job->err != OK || !run_command(s, "ROLLBACK", NULL))) {
        PQfinish(s->pg);
        s->pg = NULL;
    }
    job->ended_ns = clock_ns();
}

static void *serve(void *arg)
{
    struct pg_stream *s = arg;
    struct pg_streams *all = s->all;

    pthread_mutex_lock(&all->lock);
    while (!all->is_stopped || all->waiting.count) {
        s->job = (struct db_job *)fifo_pop(&all->waiting);
        if (!s->job) {
            all->idle++;
            pthread_cond_wait(&all->wake, &all->lock);
            all->idle--;
            continue;
        }
        pthread_mutex_unlock(&all->lock);
        run_job(s);
        completion_queue_push(&all->db->finished, &s->job->link);
        pthread_mutex_lock(&all->lock);
    }
    pthread_mutex_unlock(&all->lock);
    PQfinish(s->pg);
    pg_params_fini(&s->params);
    pg_statements_fini(&s->statements);
    return NULL;
}

struct pg_streams *pg_streams_new(struct pg_db *db)
{
    struct pg_streams *all = xcalloc(1, sizeof(*all));

    all->db = db;
    fifo_init(&all->waiting);
    pthread_mutex_init(&all->lock, NULL);
    pthread_cond_init(&all->wake, NULL);
    return all;
}

/* Starts a thread if all are busy. */
static void start_thread(struct pg_streams *all)
{
    struct pg_stream *s = &all->streams[all->count];

    if (all->idle >= all->waiting.count || all->count == STREAMS)
        return;
    s->all = all;
    pg_statements_init(&s->statements, all->db->plan_count);
    if (thread_start(&s->id, serve, s))
        all->count++;
    else
        pg_statements_fini(&s->statements);
}

void pg_streams_push(struct pg_streams *all, struct db_job *job)
{
    completion_queue_expect(&all->db->finished);
    pthread_mutex_lock(&all->lock);
    fifo_push(&all->waiting, &job->link);
    start_thread(all);
    pthread_cond_signal(&all->wake);
    pthread_mutex_unlock(&all->lock);
}

size_t pg_streams_waiting(struct pg_streams *all)
{
    size_t n;

    pthread_mutex_lock(&all->lock);
    n = all->waiting.count;
    pthread_mutex_unlock(&all->lock);
    return n;
}

void pg_streams_stop(struct pg_streams *all)
{
    pthread_mutex_lock(&all->lock);
    all->is_stopped = true;
    pthread_cond_broadcast(&all->wake);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->count; i++)
        pthread_join(all->streams[i].id, NULL);
    all->count = 0;
}

void pg_streams_free(struct pg_streams **all)
{
    if (!*all)
        return;
    pg_streams_stop(*all);
    pthread_cond_destroy(&(*all)->wake);
    pthread_mutex_destroy(&(*all)->lock);
    free(*all);
    *all = NULL;
}
