/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/transaction.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/fault.h"
#include "lib/db/sqlite/connection/snapshots.h"
#include "lib/db/sqlite/run/exec.h"
#include "lib/db/sqlite/run/kept_rows.h"

static void judge_answer(struct conn *c, struct db_job *job)
{
    if (job->accept && !job->accept(job))
        job->err = ERR_BAD_RESPONSE;
    else if (job->kept)
        kept_rows_store(c, job);
}

void transaction_steps(struct conn *c, struct db_job *job)
{
    bool is_decided;

    db_job_reset(job);
    job->begun_ns = clock_ns(); /* its cost is not the wait for the lock */
    conn_limit(c, job->deadline_ns, job->bounds);
    c->is_cancelled = job->more ? &job->is_cancelled : NULL;
    is_decided = job->kept && kept_rows_find(c, job);
    if (!is_decided)
        exec_steps(c, job);
    c->is_cancelled = NULL;
    job->extent = conn_unlimit(c); /* COMMIT must not be interrupted */
    if (!is_decided && job->err == OK)
        judge_answer(c, job);
    job->ended_ns = clock_ns();
}

static void run_once(struct conn *c, struct db_job *job, sqlite3_stmt *begin)
{
    int rc = conn_begin(c, begin);

    if (rc != SQLITE_OK) {
        exec_fail(c, job, rc, NULL);
        return;
    }
    transaction_steps(c, job);
    if (job->err == OK && (rc = conn_run(c->commit)) != SQLITE_OK)
        exec_fail(c, job, rc, &job->plan->steps[job->plan->result]);
    if (job->err != OK)
        conn_roll_back(c);
}

static void run_until_settled(struct roles *r, struct db_job *job)
{
    struct conn *c;
    struct fault fault;

    do {
        db_job_reset(job);
        c = roles_for(r, job, &fault);
        if (!c) {
            job->err = ERR_INTERNAL;
            snprintf(job->cause, sizeof(job->cause), "%.*s", (int)sizeof(job->cause) - 1,
                     fault.text);
            return;
        }
        c->snapshot = r->snapshot;
        run_once(c, job, job->plan->is_write ? c->begin_immediate : c->begin);
    } while (roles_retry(r, c, job));
}

void transaction_run(struct roles *r, struct db_job *job, bool is_write)
{
    assert(is_write == job->plan->is_write);
    if (r->snapshot)
        snapshot_begin(r->snapshot);
    run_until_settled(r, job);
    if (r->snapshot)
        snapshot_end(r->snapshot);
}
