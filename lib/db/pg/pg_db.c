/* SPDX-License-Identifier: MIT */
/* The engine's functions (lib/db/engine/db.h). Whatever waits does so on threads: connecting, and long
 * lists. Of what happens on the loop, only db_open() and db_key() wait. */
#include "lib/db/pg/pg_open.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "lib/core/memory.h"
#include "lib/db/engine/db_stream.h"
#include "lib/db/pg/pg_conn.h"
#include "lib/db/pg/pg_lane.h"
#include "lib/db/pg/pg_stream.h"

enum { EVENTS = 32 };

static struct pg_db *pg_of(struct db *base)
{
    return (struct pg_db *)base;
}

static enum completion refuse(struct db_job *job, enum err err, enum trouble trouble)
{
    db_job_reset(job);
    job->err = err;
    job->trouble = trouble;
    return DONE;
}

/* Returns true if the plan's statements must see one state of the database. */
static bool is_sole(const struct db_job *job)
{
    const struct plan *plan = job->plan;

    return plan->step_count > 1 || plan->tells_missing || job->kept || job->count_max ||
           (plan->has_current && precondition_is_set(&job->precondition));
}

static enum completion pg_submit(struct db *base, struct db_job *job)
{
    struct pg_db *db = pg_of(base);
    struct pg_lane *lane = &db->lanes[job->plan->is_write ? PG_WRITE : PG_READ];
    struct pg_run *run;

    assert(job->done && job->plan->id < db->plan_count);
    job->more = NULL;
    if (db->is_stopped)
        return refuse(job, ERR_DRAINING, TROUBLE_NONE);
    if (!pg_lane_is_up(lane, clock_ns()))
        return refuse(job, ERR_DATABASE, TROUBLE_DOWN);
    if (job->subject.len && memchr(job->subject.data, '\0', job->subject.len))
        return refuse(job, ERR_FORBIDDEN, TROUBLE_NONE); /* the server would see its beginning */
    if (db->slot)
        shm_count(db->slot, job->plan->is_write ? COUNT_DB_WRITES : COUNT_DB_READS, 1);
    run = xcalloc(1, sizeof(*run));
    run->job = job;
    run->is_sole = is_sole(job);
    completion_queue_expect(&db->finished);
    pg_lane_push(db, run);
    return LATER;
}

static void pg_stream(struct db *base, struct db_job *job)
{
    struct pg_db *db = pg_of(base);
    assert(job->more && job->may_stream && job->body_max && !job->plan->is_write);
    atomic_store(&job->is_cancelled, false);
    if (db->is_stopped) {
        db_job_reset(job);
        job->err = ERR_DRAINING;
        completion_queue_expect(&db->finished);
        completion_queue_push(&db->finished, &job->link);
        return;
    }
    if (db->slot)
        shm_count(db->slot, COUNT_STREAMS, 1);
    pg_streams_push(db->streams, job);
}

static size_t pg_streaming(struct db *base)
{
    struct pg_db *db = pg_of(base);
    return db->is_stopped ? 0 : pg_streams_waiting(db->streams);
}

static int pg_fd(const struct db *base)
{
    const struct pg_db *db = (const struct pg_db *)base;

    return db->epoll_fd;
}

static void pg_turn(struct db *base)
{
    struct pg_db *db = pg_of(base);
    if (!db->is_stopped)
        pg_lane_dispatch(db);
}

static void take_timer(struct pg_db *db)
{
    uint64_t expirations;

    if (read(db->timer_fd, &expirations, sizeof(expirations)) > 0)
        db->timer_ns = UINT64_MAX;
}

static void take_event(struct pg_conn *c, uint32_t events)
{
    if (c->pg && events & EPOLLOUT)
        pg_conn_flush(c);
    if (c->pg && events & ~(uint32_t)EPOLLOUT)
        pg_conn_receive(c);
}

/* Takes what has happened to the connections. Returns true if other threads have finished jobs. */
static bool receive(struct pg_db *db)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(db->epoll_fd, events, EVENTS, 0);
    bool has_finished = false;

    for (int i = 0; i < n; i++) {
        void *who = events[i].data.ptr;

        if (who == &db->timer_fd)
            take_timer(db);
        else if (who == db->connector)
            work_deliver(db->connector);
        else if (who == &db->finished)
            has_finished = true;
        else
            take_event(who, events[i].events);
    }
    for (size_t i = 0; i < PG_USE_COUNT; i++)
        for (size_t k = 0; k < db->lanes[i].count; k++)
            pg_conn_flush(&db->lanes[i].conns[k]);
    return has_finished;
}

static void pg_deliver(struct db *base)
{
    struct pg_db *db = pg_of(base);
    struct fifo_link *l;
    bool has_finished = true;

    if (!db->is_delivering) {
        db->is_delivering = true;
        has_finished = receive(db);
        db->is_delivering = false;
    }
    while ((l = fifo_pop(&db->done))) {
        struct pg_run *run = (struct pg_run *)l;
        struct db_job *job = run->job;

        free(run);
        completion_queue_forget(&db->finished);
        job->done(job);
    }
    if (has_finished)
        completion_queue_deliver(&db->finished);
    pg_turn(base); /* what waited for a connection, and what `done` has submitted */
}

static size_t pg_pending(const struct db *base)
{
    const struct pg_db *db = (const struct pg_db *)base;

    return completion_queue_pending(&db->finished);
}

static void pg_expire(struct db *base)
{
    struct pg_db *db = pg_of(base);
    if (!db->is_stopped)
        pg_lane_expire(db);
}

static enum trouble find_trouble(struct pg_db *db)
{
    uint64_t now = clock_ns();
    bool is_up =
        pg_lane_is_up(&db->lanes[PG_READ], now) && pg_lane_is_up(&db->lanes[PG_WRITE], now);
    enum trouble t = is_up ? TROUBLE_NONE : TROUBLE_DOWN;

    if (!db->slot)
        return t;
    switch (trouble_publish(db->shm, db->slot, t)) {
    case TROUBLE_KNOWN:
        break;
    case TROUBLE_BEGAN:
        log_error("database.trouble", "state=%s cause=\"%s\" remedy=\"%s\"", trouble_word(t),
                  trouble_cause(t), trouble_remedy(t));
        break;
    case TROUBLE_ENDED:
        log_info("database.well", "engine=postgresql");
        break;
    }
    return t;
}

static void pg_watch(struct db *base)
{
    struct pg_db *db = pg_of(base);
    if (db->is_stopped)
        return;
    find_trouble(db);
    if (!db->slot)
        return;
    shm_set_gauge(db->slot, GAUGE_WRITES_WAITING, db->lanes[PG_WRITE].waiting.count);
    shm_set_gauge(db->slot, GAUGE_READS_WAITING,
                  db->lanes[PG_READ].waiting.count + db->lanes[PG_SLOW].waiting.count +
                      pg_streams_waiting(db->streams));
}

static bool pg_is_ready(struct db *base)
{
    struct pg_db *db = pg_of(base);
    return !trouble_stops(find_trouble(db));
}

static bool pg_key(struct db *base, const char *name, struct buf *out)
{
    struct pg_db *db = pg_of(base);
    struct fault fault;
    PGconn *pg = pg_connect(db->url, PG_READ, NULL, &fault);
    const char *values[] = {name};
    PGresult *res = pg ? PQexecParams(pg, "SELECT value FROM _leat_keys WHERE name = $1", 1, NULL,
                                      values, NULL, NULL, 1)
                       : NULL;
    bool found = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1;

    if (found)
        buf_put(out, PQgetvalue(res, 0, 0), (size_t)PQgetlength(res, 0, 0));
    PQclear(res);
    PQfinish(pg);
    return found;
}

const struct engine engine_pg = {
    .open = pg_open,
    .stop = pg_stop,
    .close = pg_close,
    .submit = pg_submit,
    .stream = pg_stream,
    .streams_waiting = pg_streaming,
    .fd = pg_fd,
    .deliver = pg_deliver,
    .turn = pg_turn,
    .pending = pg_pending,
    .expire = pg_expire,
    .watch = pg_watch,
    .is_ready = pg_is_ready,
    .key = pg_key,
};
