/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/pg_open.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "lib/db/pg/pg_conn.h"
#include "lib/db/pg/pg_lane.h"
#include "lib/db/pg/pg_stream.h"

enum { READS = 2, SLOW_READS = 1, WRITES = 2, CONNECTORS = 2 };

static const size_t default_counts[PG_USE_COUNT] = {
    [PG_READ] = READS, [PG_SLOW] = SLOW_READS, [PG_WRITE] = WRITES};

/* Returns how many connections the lane has. */
static size_t lane_count(const struct db_options *options, size_t use)
{
    size_t count = options->connections[use] ? options->connections[use] : default_counts[use];

    return count < PG_CONNS_MAX ? count : PG_CONNS_MAX;
}

static void on_finished(struct fifo_link *l)
{
    struct db_job *job = (struct db_job *)l;

    job->done(job);
}

/* Prepares a statement on a connection that is not used yet. */
static bool prepare(PGconn *pg, const struct pg_statement *s, struct diags *diags)
{
    PGresult *res = PQprepare(pg, s->name, s->sql, 0, NULL);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    const char *why = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    if (!ok)
        diag_error(diags, NULL, "the database refuses a statement: %s: %.200s",
                   why ? why : PQerrorMessage(pg), s->sql);
    PQclear(res);
    return ok;
}

/* Prepares the known statements of the connection's kind. */
static bool prepare_all(struct pg_conn *c, PGconn *pg, const struct db_options *options,
                        struct diags *diags)
{
    bool ok = true;

    for (size_t i = 0; i < options->plans_known; i++) {
        const struct plan *plan = options->plans[i];

        for (size_t k = 0; k < plan->step_count && plan->is_write == (c->lane->use == PG_WRITE);
             k++) {
            const struct pg_statement *s = pg_statement_get(&c->db->statements, plan, k, 0);

            ok &= prepare(pg, s, diags);
            pg_conn_note_prepared(c, s);
        }
    }
    return ok;
}

/* Opens the connections of a lane, with all that is known prepared. */
static bool open_lane(struct pg_db *db, struct pg_lane *lane, const struct db_options *options,
                      struct diags *diags)
{
    for (size_t i = 0; i < lane->count; i++) {
        struct fault fault;
        PGconn *pg = pg_connect(db->url, lane->use, NULL, &fault);
        struct pg_conn *c = &lane->conns[i];

        if (!pg) {
            diag_error(diags, NULL, "the database cannot be reached: %s", fault.text);
            return false;
        }
        if ((!db->constraints.rows && !pg_constraints_read(&db->constraints, pg, &fault)) ||
            !prepare_all(c, pg, options, diags)) {
            if (!diags->errors)
                diag_error(diags, NULL, "%s", fault.text);
            PQfinish(pg);
            return false;
        }
        pg_conn_open(c, pg);
    }
    return true;
}

/* Watches a descriptor that is no connection's. */
static void add_fd(struct pg_db *db, int fd, void *who)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = who};

    epoll_ctl(db->epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

struct db *pg_open(const struct db_options *options, struct diags *diags)
{
    struct pg_db *db = xcalloc(1, sizeof(*db));
    struct db *base;
    bool ok = true;

    assert(options->url && options->shm);
    db->head.engine = &engine_pg;
    db->url = xstrdup(options->url);
    db->role = xstrdup(options->unrestricted_role ? options->unrestricted_role : "none");
    db->shm = options->shm;
    db->slot = options->slot;
    db->plan_count = options->plan_count;
    db->costs_ns = xcalloc(options->plan_count + 1, sizeof(*db->costs_ns));
    db->timer_ns = UINT64_MAX;
    fifo_init(&db->done);
    completion_queue_init(&db->finished, on_finished);
    pg_statements_init(&db->statements, options->plan_count);
    db->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    db->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    db->connector = work_pool_new(&(struct work_options){.threads = CONNECTORS, .capacity = 64});
    db->streams = pg_streams_new(db);
    add_fd(db, completion_queue_fd(&db->finished), &db->finished);
    add_fd(db, work_fd(db->connector), db->connector);
    add_fd(db, db->timer_fd, &db->timer_fd);
    for (size_t i = 0; i < PG_USE_COUNT; i++) {
        struct pg_lane *lane = &db->lanes[i];

        lane->use = (enum pg_use)i;
        lane->count = lane_count(options, i);
        fifo_init(&lane->waiting);
        fifo_init(&lane->delayed);
        for (size_t k = 0; k < lane->count; k++) {
            lane->conns[k].db = db;
            lane->conns[k].lane = lane;
            fifo_init(&lane->conns[k].txns);
        }
        ok = ok && open_lane(db, lane, options, diags);
    }
    base = (struct db *)db;
    if (!ok)
        pg_close(&base);
    return base;
}

/* Ends the runs of a list. */
static void drop_runs(struct pg_db *db, struct fifo *runs)
{
    struct fifo_link *l;

    while ((l = fifo_pop(runs))) {
        struct pg_run *run = (struct pg_run *)l;

        run->job->err = ERR_DRAINING;
        pg_run_finish(db, run);
    }
}

static bool is_committing(const struct pg_conn *c)
{
    const struct pg_txn *t = (const struct pg_txn *)c->txns.first;

    return t && t->phase == PG_COMMITTING;
}

void pg_stop(struct db *base)
{
    struct pg_db *db = (struct pg_db *)base;

    if (db->is_stopped)
        return;
    db->is_stopped = true;
    atomic_store(&db->is_cut, true);
    for (size_t i = 0; i < PG_USE_COUNT; i++) {
        struct pg_lane *lane = &db->lanes[i];

        drop_runs(db, &lane->waiting);
        drop_runs(db, &lane->delayed);
        for (size_t k = 0; k < lane->count; k++)
            if (lane->conns[k].pg && !is_committing(&lane->conns[k]))
                pg_conn_lose(&lane->conns[k], "stopped");
    }
    pg_streams_stop(db->streams);
}

static void free_conn(struct pg_conn *c)
{
    if (c->pg)
        pg_conn_lose(c, "closed");
    PQfinish(c->fresh);
    free(c->replies);
    free(c->prepared);
}

void pg_close(struct db **base)
{
    struct pg_db *db = (struct pg_db *)*base;
    struct fifo_link *l;

    pg_stop(*base);
    work_pool_free(&db->connector);
    for (size_t i = 0; i < PG_USE_COUNT; i++)
        for (size_t k = 0; k < db->lanes[i].count; k++)
            free_conn(&db->lanes[i].conns[k]);
    pg_streams_free(&db->streams);
    while ((l = fifo_pop(&db->done)))
        free(l);
    completion_queue_fini(&db->finished, NULL);
    pg_statements_fini(&db->statements);
    pg_constraints_fini(&db->constraints);
    pg_params_fini(&db->params);
    close(db->epoll_fd);
    close(db->timer_fd);
    free(db->costs_ns);
    free(db->url);
    free(db->role);
    free(db);
    *base = NULL;
}
