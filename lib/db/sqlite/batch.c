/* SPDX-License-Identifier: MIT */
/* The jobs of one role are a group, which shares a transaction; a group of one needs no savepoint.
 * What concerns the connection rather than the transaction, a schema that has moved or a run behind
 * a barrier (roles_retry()), is left to transaction_run(): such a job runs by itself after the
 * group's commit. */
#include "lib/db/sqlite/batch.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/db/sqlite/transaction.h"

enum {
    UNDONE_MAX = 2,      /* a group that was undone so often is run job by job */
    BYTES_MAX = 4 << 20, /* of values and results, after which a group ends */
};

struct group {
    struct batch *batch;
    enum plan_role role;
    struct roles *roles;
    struct conn *conn;
    uint64_t until_ns;
    size_t kept, bytes; /* in the open transaction */
};

static bool is_in(const struct group *g, size_t i, enum batch_state state)
{
    return g->batch->states[i] == state && g->batch->jobs[i]->plan->role == g->role;
}

static size_t count_in(const struct group *g, enum batch_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < g->batch->count; i++)
        n += is_in(g, i, state);
    return n;
}

static void move_all(struct group *g, enum batch_state from, enum batch_state to)
{
    for (size_t i = 0; i < g->batch->count; i++)
        if (is_in(g, i, from))
            g->batch->states[i] = to;
}

static bool has_open_reference(const struct conn *c)
{
    int open = 0, peak;

    sqlite3_db_status(c->db, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &peak, 0);
    return open;
}

static enum batch_state judge(const struct group *g, const struct db_job *job)
{
    if (job->is_stale || roles_wants_barrier(g->roles, job))
        return BATCH_ALONE;
    return job->err == OK ? BATCH_KEPT : BATCH_ENDED;
}

/* Runs a job in a savepoint. Returns false if that undid the whole transaction. */
static bool run_in_savepoint(struct group *g, size_t i)
{
    struct db_job *job = g->batch->jobs[i];
    struct conn *c = g->conn;

    conn_run(c->savepoint);
    transaction_steps(c, job);
    if (job->err == OK && has_open_reference(c))
        exec_fail_reference(job);
    g->batch->states[i] = judge(g, job);
    if (sqlite3_get_autocommit(c->db))
        return false;
    if (g->batch->states[i] != BATCH_KEPT)
        conn_run(c->rollback_to);
    conn_run(c->release);
    g->kept += g->batch->states[i] == BATCH_KEPT;
    g->bytes += job->bound + job->body.len;
    return true;
}

/* Runs what waits. Returns false if the transaction was undone; the jobs that were kept then wait
 * again. */
static bool run_waiting(struct group *g)
{
    g->kept = g->bytes = 0;
    for (size_t i = 0; i < g->batch->count; i++) {
        if (!is_in(g, i, BATCH_WAITS))
            continue;
        if (g->kept && (g->bytes > BYTES_MAX || clock_ns() > g->until_ns))
            return true;
        if (!run_in_savepoint(g, i)) {
            move_all(g, BATCH_KEPT, BATCH_WAITS);
            return false;
        }
    }
    return true;
}

/* Fails what waits, because no transaction could begin. */
static void fail_waiting(struct group *g, int rc)
{
    for (size_t i = 0; i < g->batch->count; i++)
        if (is_in(g, i, BATCH_WAITS)) {
            db_job_reset(g->batch->jobs[i]);
            exec_fail(g->conn, g->batch->jobs[i], rc, NULL);
            g->batch->is_locked_out |= g->batch->jobs[i]->is_locked_out;
            g->batch->states[i] = BATCH_ENDED;
        }
}

/* Commits. If that fails, it cannot be told for whose sake, so each job runs by itself. */
static void commit(struct group *g)
{
    bool ok = g->kept && conn_run(g->conn->commit) == SQLITE_OK;

    if (!ok)
        conn_roll_back(g->conn);
    move_all(g, BATCH_KEPT, ok ? BATCH_ENDED : BATCH_ALONE);
}

static void run_together(struct group *g)
{
    for (int times = 0; times < UNDONE_MAX; times++) {
        int rc = conn_begin(g->conn, g->conn->begin_immediate);

        if (rc != SQLITE_OK) {
            fail_waiting(g, rc);
            return;
        }
        if (run_waiting(g)) {
            commit(g);
            return;
        }
    }
    move_all(g, BATCH_WAITS, BATCH_ALONE);
}

static void run_alone(struct group *g)
{
    for (size_t i = 0; i < g->batch->count; i++)
        if (is_in(g, i, BATCH_ALONE)) {
            transaction_run(g->roles, g->batch->jobs[i], true);
            g->batch->is_locked_out |= g->batch->jobs[i]->is_locked_out;
            g->batch->states[i] = BATCH_ENDED;
        }
}

void batch_add(struct batch *b, struct db_job *job)
{
    assert(job->plan->is_write && b->count < BATCH_MAX);
    b->states[b->count] = BATCH_WAITS;
    b->jobs[b->count++] = job;
}

void batch_run(struct batch *b, struct roles *r, uint64_t until_ns)
{
    assert(b->count && b->count <= BATCH_MAX);
    b->is_locked_out = false;
    for (enum plan_role role = 0; role < ROLE_COUNT; role++) {
        struct group g = {.batch = b, .role = role, .roles = r, .until_ns = until_ns};
        size_t waiting = count_in(&g, BATCH_WAITS);

        if (!waiting)
            continue;
        g.conn = roles_of(r, role);
        if (waiting == 1)
            move_all(&g, BATCH_WAITS, BATCH_ALONE);
        else
            run_together(&g);
        run_alone(&g);
    }
}

void batch_take_ended(struct batch *b, struct fifo *ended)
{
    size_t left = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->states[i] == BATCH_ENDED) {
            fifo_push(ended, &b->jobs[i]->link);
            continue;
        }
        b->states[left] = b->states[i];
        b->jobs[left++] = b->jobs[i];
    }
    b->count = left;
}
