/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/transaction.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/fault.h"
#include "lib/db/engine/exec.h"

/* Rolls back, unless a failed statement has already done so. */
static void roll_back(struct conn *c)
{
    if (!sqlite3_get_autocommit(c->db))
        conn_run(c->rollback);
}

static void run_once(struct conn *c, struct db_job *job, sqlite3_stmt *begin)
{
    int rc = conn_begin(c, begin);

    assert(!c->deadline_ns);
    if (rc != SQLITE_OK) {
        exec_fail(c, job, rc, NULL);
        return;
    }
    c->deadline_ns = job->deadline_ns;
    exec_steps(c, job);
    c->deadline_ns = 0; /* COMMIT must not be interrupted */
    if (job->err == OK && job->accept && !job->accept(job))
        job->err = ERR_BAD_RESPONSE;
    if (job->err == OK && (rc = conn_run(c->commit)) != SQLITE_OK)
        exec_fail(c, job, rc, &job->plan->steps[job->plan->result]);
    if (job->err != OK)
        roll_back(c);
}

void transaction_run(struct roles *r, struct db_job *job, bool is_write)
{
    struct conn *c;
    struct fault fault;

    assert(is_write == job->plan->is_write);
    do {
        exec_reset(job);
        c = roles_for(r, job, &fault);
        if (!c) {
            job->err = ERR_INTERNAL;
            snprintf(job->cause, sizeof(job->cause), "%.*s", (int)sizeof(job->cause) - 1,
                     fault.text);
            return;
        }
        run_once(c, job, is_write ? c->begin_immediate : c->begin);
    } while (roles_retry(r, c, job));
}
