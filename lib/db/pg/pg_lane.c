/* SPDX-License-Identifier: MIT */
/* Which job runs when, and on which connection. The server has its own fairness, so lines are first
 * in, first out; what a slow statement must not hold up goes another way (PG_SLOW). */
#include "lib/db/pg/pg_lane.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>

#include "lib/core/clock.h"
#include "lib/db/pg/pg_conn.h"
#include "lib/db/pg/pg_txn.h"

/* A read that takes longer goes to the slow lane the next time; from the second on it is sent alone,
 * so that its time is known. */
#define SLOW_NS (25 * NS_PER_MS)
#define MEASURED_NS (5 * NS_PER_MS)
/* How long jobs wait for a connection to come back, and what a server may take to say that a deadline
 * has passed. */
#define DOWN_NS NS_PER_S
#define SILENT_NS NS_PER_S

void pg_run_finish(struct pg_db *db, struct pg_run *run)
{
    struct db_job *job = run->job;

    if (run->has_result)
        result_fini(&run->result);
    run->has_result = false;
    pg_statement_release(&run->statement);
    job->ended_ns = clock_ns();
    if (job->err == ERR_BUSY && !job->retry_after_s)
        job->retry_after_s = 1;
    if (db->is_delivering) {
        fifo_push(&db->done, &run->link);
        return;
    }
    free(run);
    completion_queue_push(&db->finished, &job->link);
}

static struct pg_lane *lane_of(struct pg_db *db, const struct pg_run *run)
{
    const struct plan *plan = run->job->plan;

    if (plan->is_write)
        return &db->lanes[PG_WRITE];
    return &db->lanes[db->costs_ns[plan->id] >= SLOW_NS ? PG_SLOW : PG_READ];
}

void pg_lane_push(struct pg_db *db, struct pg_run *run)
{
    struct pg_lane *lane = lane_of(db, run);

    if (run->has_result)
        result_fini(&run->result);
    run->has_result = run->is_complete = false;
    pg_statement_release(&run->statement);
    fifo_push(run->due_ns ? &lane->delayed : &lane->waiting, &run->link);
}

void pg_lane_repeat(struct pg_db *db, struct pg_run *run)
{
    uint64_t now = clock_ns();

    if (++run->attempts >= PG_ATTEMPTS || now >= run->job->deadline_ns || db->is_stopped) {
        if (db->is_stopped)
            run->job->err = ERR_DRAINING;
        pg_run_finish(db, run);
        return;
    }
    if (run->verdict == PG_AGAIN) {
        run->due_ns = now + (uint64_t)random() % (NS_PER_MS << run->attempts);
        if (db->slot)
            shm_count(db->slot, COUNT_DB_REPEATED, 1);
    }
    pg_lane_push(db, run);
}

void pg_lane_note(struct pg_db *db, const struct pg_txn *t, uint64_t ns)
{
    if (t->count == 1) {
        uint64_t *cost = &db->costs_ns[t->runs[0]->job->plan->id];

        *cost = *cost ? (3 * *cost + ns) / 4 : ns;
        return;
    }
    for (size_t i = 0; ns >= SLOW_NS && i < t->count; i++) {
        uint64_t *cost = &db->costs_ns[t->runs[i]->job->plan->id];

        *cost = *cost > MEASURED_NS ? *cost : MEASURED_NS;
    }
}

bool pg_lane_is_up(const struct pg_lane *lane, uint64_t now_ns)
{
    for (size_t i = 0; i < lane->count; i++)
        if (lane->conns[i].pg || now_ns - lane->conns[i].down_since_ns < DOWN_NS)
            return true;
    return false;
}

static bool can_take(const struct pg_conn *c)
{
    const struct pg_txn *last;

    if (!c->pg || c->is_lost)
        return false;
    if (!c->txns.count)
        return true;
    last = (const struct pg_txn *)((const char *)c->txns.last - offsetof(struct fifo_link, next));
    return c->lane->use == PG_READ && !last->is_open && c->due < PG_DEPTH;
}

/* Returns the connection with the least to do, of those that can take a job, or NULL. */
static struct pg_conn *least_busy(struct pg_lane *lane, size_t *able)
{
    struct pg_conn *best = NULL;

    *able = 0;
    for (size_t i = 0; i < lane->count; i++) {
        struct pg_conn *c = &lane->conns[i];

        if (!can_take(c))
            continue;
        ++*able;
        if (!best || c->due < best->due)
            best = c;
    }
    return best;
}

/* Returns true if the run cannot share its transaction with others. */
static bool is_single(const struct pg_db *db, const struct pg_lane *lane, const struct pg_run *run)
{
    return run->is_sole || run->is_alone || lane->use == PG_SLOW || run->job->may_stream ||
           (lane->use == PG_READ && db->costs_ns[run->job->plan->id] >= MEASURED_NS);
}

/* Takes the runs of the next transaction. Returns how many. */
static size_t take_runs(struct pg_db *db, struct pg_lane *lane, struct pg_run **runs, size_t max)
{
    size_t n = 0;

    while (n < max && lane->waiting.first) {
        struct pg_run *run = (struct pg_run *)lane->waiting.first;
        bool is_single_run = is_single(db, lane, run);

        if (n && is_single_run)
            break;
        runs[n++] = (struct pg_run *)fifo_pop(&lane->waiting);
        if (is_single_run)
            break;
    }
    return n;
}

static void dispatch_lane(struct pg_db *db, struct pg_lane *lane)
{
    size_t most = lane->use == PG_WRITE ? PG_BATCH : PG_READS, able, share;
    struct pg_run *runs[PG_BATCH];
    struct pg_conn *c;

    while (lane->waiting.count && (c = least_busy(lane, &able))) {
        share = (lane->waiting.count + able - 1) / able;
        pg_txn_start(c, runs, take_runs(db, lane, runs, share < most ? share : most));
    }
    for (size_t i = 0; i < lane->count; i++)
        pg_conn_flush(&lane->conns[i]);
}

/* Moves the runs that are due to those that wait. Returns when the next is. */
static uint64_t take_due(struct pg_lane *lane, uint64_t now_ns)
{
    uint64_t next = UINT64_MAX;

    for (size_t n = lane->delayed.count; n; n--) {
        struct pg_run *run = (struct pg_run *)fifo_pop(&lane->delayed);

        if (run->due_ns > now_ns) {
            next = run->due_ns < next ? run->due_ns : next;
            fifo_push(&lane->delayed, &run->link);
            continue;
        }
        run->due_ns = 0;
        fifo_push(&lane->waiting, &run->link);
    }
    return next;
}

static void set_timer(struct pg_db *db, uint64_t at_ns)
{
    struct itimerspec t = {0};

    if (at_ns == db->timer_ns)
        return;
    db->timer_ns = at_ns;
    if (at_ns != UINT64_MAX) {
        t.it_value.tv_sec = (time_t)(at_ns / NS_PER_S);
        t.it_value.tv_nsec = (long)(at_ns % NS_PER_S) + 1;
    }
    timerfd_settime(db->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/* Returns when the connection must be made anew, which is begun if it is time. */
static uint64_t retry_conn(struct pg_conn *c, uint64_t now_ns)
{
    if (c->pg || c->db->is_stopped)
        return UINT64_MAX;
    pg_conn_retry(c, now_ns);
    return c->is_connecting ? UINT64_MAX : c->retry_ns;
}

void pg_lane_dispatch(struct pg_db *db)
{
    uint64_t now = clock_ns(), next = UINT64_MAX, at;

    for (size_t i = 0; i < PG_USE_COUNT; i++) {
        struct pg_lane *lane = &db->lanes[i];

        at = lane->delayed.count ? take_due(lane, now) : UINT64_MAX;
        next = at < next ? at : next;
        dispatch_lane(db, lane);
        for (size_t k = 0; k < lane->count; k++) {
            at = retry_conn(&lane->conns[k], now);
            next = at < next ? at : next;
        }
    }
    set_timer(db, next);
}

/* Ends jobs that have waited for longer than they may. */
static void expire_waiting(struct pg_db *db, struct pg_lane *lane, uint64_t now_ns)
{
    bool is_up = pg_lane_is_up(lane, now_ns);

    for (size_t n = lane->waiting.count; n; n--) {
        struct pg_run *run = (struct pg_run *)fifo_pop(&lane->waiting);
        struct db_job *job = run->job;

        if (is_up && now_ns < job->deadline_ns) {
            fifo_push(&lane->waiting, &run->link);
            continue;
        }
        db_job_reset(job);
        job->err = is_up ? ERR_BUSY : ERR_DATABASE;
        job->trouble = is_up ? TROUBLE_NONE : TROUBLE_DOWN;
        snprintf(job->cause, sizeof(job->cause), "no connection to the server was free");
        pg_run_finish(db, run);
    }
}

/* Returns true if the transaction that the server works on should have ended by now. */
static bool is_silent(const struct pg_conn *c, uint64_t now_ns)
{
    const struct pg_txn *t = (const struct pg_txn *)c->txns.first;
    uint64_t deadline = 0;

    for (size_t i = 0; t && i < t->count; i++)
        if (t->runs[i]->job->deadline_ns > deadline)
            deadline = t->runs[i]->job->deadline_ns;
    return t && now_ns > deadline + SILENT_NS && now_ns > c->progress_ns + SILENT_NS;
}

void pg_lane_expire(struct pg_db *db)
{
    uint64_t now = clock_ns();

    for (size_t i = 0; i < PG_USE_COUNT; i++) {
        struct pg_lane *lane = &db->lanes[i];

        expire_waiting(db, lane, now);
        for (size_t k = 0; k < lane->count; k++)
            if (lane->conns[k].pg && is_silent(&lane->conns[k], now))
                pg_conn_lose(&lane->conns[k], "the server does not answer");
    }
}
