/* SPDX-License-Identifier: MIT */
/* Runs the statements of a plan inside the caller's transaction; lib/db/engine/result.h decides which,
 * and what their rows mean.
 *
 * The transaction's snapshot begins with the first sqlite3_step(), and only then can it be known
 * whether the schema still is the one that the cached statements were made for (step_first()). */
#include "lib/db/sqlite/run/exec.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/db/sqlite/run/blame.h"
#include "lib/db/sqlite/run/constraint.h"
#include "lib/db/rowsec/rowsec.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/sqlite/connection/snapshots.h"
#include "lib/db/sqlite/run/run.h"

enum err exec_interrupted(const struct conn *c, struct db_job *job)
{
    bool is_cancelled = c->is_cut || (c->is_cancelled && *c->is_cancelled);

    job->is_too_old = !is_cancelled && c->snapshot && snapshot_is_cut(c->snapshot);
    job->err = is_cancelled ? ERR_DRAINING : job->is_too_old ? ERR_BUSY : ERR_DEADLINE;
    snprintf(job->cause, sizeof(job->cause), "%s",
             is_cancelled      ? "it was cancelled"
             : job->is_too_old ? "its snapshot kept the -wal past database.wal-limit"
                               : "interrupted");
    return job->err;
}

enum err exec_fail(struct conn *c, struct db_job *job, int rc, const struct plan_step *step)
{
    static const struct plan_step none;

    assert(c->db && (!step || step->sql));
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT:
        constraint_answer(job, rc, sqlite3_errmsg(c->db), step ? step : &none);
        return job->err;
    case SQLITE_INTERRUPT:
        return exec_interrupted(c, job);
    case SQLITE_BUSY:
        job->err = ERR_BUSY;
        job->is_locked_out = true;
        break;
    default:
        job->trouble = health_trouble(c, rc);
        if (job->trouble == TROUBLE_READONLY && !job->plan->is_write)
            job->trouble = TROUBLE_NONE; /* of the reader's connection, not of the file */
        job->err = health_err(job->trouble);
    }
    snprintf(job->cause, sizeof(job->cause), "%s", sqlite3_errmsg(c->db));
    return job->err;
}

void exec_fail_reference(struct db_job *job)
{
    constraint_answer(job, SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed",
                      &job->plan->steps[job->plan->result]);
}

/* Hands a part of the list over. Returns false if the job must end before its client has taken it.
 * The time that this takes is not the job's cost. */
static bool hand_over(struct run *r)
{
    struct db_job *job = r->job;
    uint64_t since = clock_ns();
    bool is_taken;

    job->has_begun = true;
    do {
        is_taken = job->more(job);
        r->conn->deadline_ns = job->deadline_ns;
    } while (!is_taken && !conn_must_end(r->conn));
    assert(!is_taken || !job->body.len);
    job->begun_ns += clock_ns() - since;
    if (!is_taken && exec_interrupted(r->conn, job) == ERR_DEADLINE)
        snprintf(job->cause, sizeof(job->cause), "the client did not take the list in time");
    return is_taken;
}

/* Takes the current row. Returns false if the statement must end. */
static bool take_row(struct run *r, struct statement *s)
{
    enum row_use use;

    run_read(s);
    use = result_take(&r->result, &s->shape, s->cells);
    return use == ROW_TAKEN || (use == ROW_FILLS_BODY && hand_over(r));
}

static void fail_step(struct run *r, int rc, const struct plan_step *step)
{
    exec_fail(r->conn, r->job, rc, step);
    r->job->has_failed_on_value = !r->job->has_begun && blame_is_possible(rc & 0xff);
}

/* Takes the first step, with which the snapshot begins. If the schema has moved, the cached
 * statement may have other columns, so no row is used. The error is recorded first, because asking
 * for the schema would replace its message. */
static int step_first(struct run *r, const struct plan_step *step, struct statement *s)
{
    int rc = sqlite3_step(s->stmt);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        fail_step(r, rc, step);
    if (!conn_schema_moved(r->conn))
        return rc;
    r->job->is_stale = true;
    return SQLITE_SCHEMA;
}

/* Steps through all rows. */
static int step_rows(struct run *r, struct statement *s)
{
    const struct plan_step *step = result_step(&r->result);
    int rc;

    for (rc = step_first(r, step, s); rc == SQLITE_ROW; rc = sqlite3_step(s->stmt)) {
        if (result_wants(&r->result) && !take_row(r, s))
            return r->job->is_long ? SQLITE_DONE : SQLITE_ABORT;
        if (step->returns == PLAN_ONE && sqlite3_stmt_readonly(s->stmt))
            return SQLITE_DONE; /* further rows cannot matter */
    }
    return rc;
}

/* Records that preparing failed, and whether a schema change may be the reason. */
static void fail_to_prepare(struct run *r, const struct plan_step *step)
{
    exec_fail(r->conn, r->job, sqlite3_extended_errcode(r->conn->db), step);
    if (r->conn->refusal)
        snprintf(r->job->cause, sizeof(r->job->cause), "%s", r->conn->refusal);
    r->job->is_stale = conn_schema_moved(r->conn);
}

/* Runs the step's statement. Returns SQLite's code; a failure is in job->err too. */
static int run_statement(struct run *r, struct statement *s)
{
    const struct plan_step *step = result_step(&r->result);
    int rc = run_bind(r, s);

    result_begin_step(&r->result);
    if (rc == SQLITE_OK)
        rc = step_rows(r, s);
    if (rc != SQLITE_DONE && r->job->err == OK)
        fail_step(r, rc, step);
    statement_reset(s);
    sqlite3_clear_bindings(s->stmt);
    rowsec_judge(r->conn, r->job, step);
    return rc;
}

static void run_step(struct run *r)
{
    struct db_job *job = r->job;
    struct result *result = &r->result;
    struct statement *s = statement_get(r->conn, job->plan, result->step, result->variant);
    int rc;

    if (!s) {
        fail_to_prepare(r, result_step(result));
        result_end_step(result, 0);
        return;
    }
    rc = run_statement(r, s);
    if (blame_is_due(job))
        blame_find(r, s, rc);
    result_end_step(result, sqlite3_stmt_readonly(s->stmt) ? 0 : sqlite3_changes64(r->conn->db));
}

enum err exec_steps(struct conn *c, struct db_job *job)
{
    struct run r = {.conn = c, .job = job};

    assert(c->db);
    rowsec_begin(c, job);
    result_begin(&r.result, job);
    while (result_has_step(&r.result))
        run_step(&r);
    result_fini(&r.result);
    return job->err;
}

enum err exec_dry(struct conn *c, struct db_job *job, uint64_t deadline_ns)
{
    conn_limit(c, deadline_ns, NULL);
    conn_begin(c, c->begin);
    exec_steps(c, job);
    conn_run(c->rollback);
    conn_unlimit(c);
    return job->err;
}
