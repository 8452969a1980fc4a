/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/kept_expiry.h"

#include <assert.h>

#include "lib/core/clock.h"

enum { ROWS_MAX = 200 }; /* as in the statement: few, because others wait for the transaction */
/* Longer than any job waits for a foreign lock, because the jobs of a batch wait until the earliest
 * of their deadlines. */
#define DEADLINE_NS (60 * NS_PER_S)

#define EXPIRED "expires_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

static const char find_sql[] =
    "SELECT EXISTS (SELECT 1 FROM main._leat_idempotency WHERE " EXPIRED ")";
static const char delete_sql[] =
    "DELETE FROM main._leat_idempotency WHERE id IN (SELECT id FROM main._leat_idempotency"
    " WHERE " EXPIRED " ORDER BY expires_at LIMIT 200)";

static void on_deleted(struct db_job *job);

static void start_job(struct kept_expiry *e)
{
    db_job_fini(&e->job);
    e->is_running = true;
    e->job = (struct db_job){
        .plan = &e->plan, .deadline_ns = clock_ns() + DEADLINE_NS, .done = on_deleted, .data = e};
    pool_submit(e->writer, &e->job);
}

/* Goes on at once while there is more, so that deleting keeps pace with writing. */
static void on_deleted(struct db_job *job)
{
    struct kept_expiry *e = job->data;

    e->is_running = false;
    if (job->err == OK && job->changes == ROWS_MAX)
        start_job(e);
}

void kept_expiry_init(struct kept_expiry *e, struct pool *writer, const struct db_options *options)
{
    enum plan_role role = ROLE_COUNT - 1;

    if (!options->keeps_answers)
        return;
    while (role > 0 && !(options->roles & 1u << role))
        role--;
    assert(writer && options->roles & 1u << role);
    e->writer = writer;
    e->step = (struct plan_step){.sql = delete_sql, .returns = PLAN_NONE, .deletes = true};
    e->plan = (struct plan){.id = options->plan_count, /* the first that nobody has */
                            .is_write = true,
                            .is_passenger = true,
                            .role = role,
                            .steps = &e->step,
                            .step_count = 1,
                            .if_match = SIZE_MAX};
}

void kept_expiry_tick(struct kept_expiry *e, struct conn *c)
{
    if (e->writer && !e->is_running && conn_integer(c, find_sql) == 1)
        start_job(e);
}
