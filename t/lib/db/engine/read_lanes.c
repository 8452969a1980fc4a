/* SPDX-License-Identifier: MIT */
/* Where reads run: on the loop, on a thread, and on which threads. Budgets are in steps, so that no
 * test depends on time. */
#include <poll.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db.h"
#include "lib/schema/schema.h"
#include "t/fixtures/fixture.h"

enum { BUDGET = 20000, FAST = 10, SLOW = 50000 };

static struct plan_column columns[] = {{"id", SCHEMA_INTEGER, false}};
static struct plan_bind binds[] = {{.index = 0}};
static struct plan_step count[] = {
    {.sql = "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < ?1) "
            "SELECT max(id) AS id FROM c",
     .returns = PLAN_ONE,
     .binds = binds,
     .bind_count = 1}};
#define PLAN(n)                                                                                    \
    {                                                                                              \
        .id = n, .steps = count, .step_count = 1, .columns = columns, .column_count = 1            \
    }
static const struct plan plans[] = {PLAN(0), PLAN(1), PLAN(2)};

static struct db *open_with(int readers)
{
    struct db_options options = {.synchronous = "off",
                                 .readers = readers,
                                 .plan_count = 8,
                                 .read_budget = {.steps = BUDGET, .cpu_ns = UINT64_MAX},
                                 .roles = 1};

    return fixture_db_open_with("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER)", &options);
}

/* Runs a read that counts to `n`. */
static enum completion run(struct db *db, size_t plan, int64_t n)
{
    struct db_value value = {.type = DB_INTEGER, .integer = n};
    struct db_job job = {.plan = &plans[plan], .values = &value};
    enum completion where = fixture_db_run(db, &job);

    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    return where;
}

Test(read_lanes, a_plan_that_was_slow_returns_to_the_loop)
{
    struct db *db = open_with(2);

    cr_expect(run(db, 0, FAST) == DONE);
    for (int i = 0; i < READ_PACE_SLOW; i++)
        cr_expect(run(db, 0, SLOW) == LATER);
    for (int i = 0; i < READ_PACE_FAST; i++)
        cr_expect(run(db, 0, FAST) == LATER, "it goes to a thread at once");
    cr_expect(run(db, 0, FAST) == DONE, "and is back");
    cr_expect(run(db, 1, FAST) == DONE, "as all others are");
    cr_expect(run(db, 0, SLOW) == LATER);
    cr_expect(run(db, 0, FAST) == LATER, "one slow read sends it away again");
    fixture_db_close(&db);
}

Test(read_lanes, a_plan_that_is_slow_stays_on_the_threads)
{
    struct db *db = open_with(2);

    for (int i = 0; i < READ_PACE_SLOW; i++)
        cr_expect(run(db, 0, SLOW) == LATER);
    for (int i = 0; i < 3 * READ_PACE_FAST; i++)
        cr_expect(run(db, 0, SLOW) == LATER);
    cr_expect(run(db, 0, FAST) == LATER);
    fixture_db_close(&db);
}

enum { REPORTS = 6, ENDLESS = 1 << 30 };

static void on_done(struct db_job *job)
{
    ++*(int *)job->data;
}

/* Begins reports that do not end, of plans 1 and 2, whose cost nobody knows. */
static void begin_reports(struct db *db, struct db_job *jobs, int *ended)
{
    static struct db_value value = {.type = DB_INTEGER, .integer = (int64_t)ENDLESS * ENDLESS};

    for (int i = 0; i < REPORTS; i++) {
        jobs[i] = (struct db_job){.plan = &plans[1 + i % 2],
                                  .values = &value,
                                  .done = on_done,
                                  .data = ended,
                                  .deadline_ns = clock_ns() + 600 * NS_PER_S};
        cr_assert(db_submit(db, &jobs[i]) == LATER);
    }
}

/* Delivers until `pending` jobs are left. */
static void await(struct db *db, size_t pending)
{
    while (db_pending(db) > pending) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        cr_assert(poll(&p, 1, 60000) == 1, "moved reads do not end");
        db_deliver(db);
    }
}

Test(read_lanes, moved_reads_end_while_reports_run)
{
    static struct db_value value = {.type = DB_INTEGER, .integer = SLOW};

    for (int readers = 1; readers <= 4; readers++) {
        struct db *db = open_with(readers);
        struct db_job reports[REPORTS];
        int ended = 0, reports_ended = 0;

        begin_reports(db, reports, &reports_ended);
        for (int i = 0; i < 10; i++) {
            struct db_job job = {.plan = &plans[0],
                                 .values = &value,
                                 .done = on_done,
                                 .data = &ended,
                                 .deadline_ns = clock_ns() + 600 * NS_PER_S};

            cr_assert(db_submit(db, &job) == LATER);
            await(db, REPORTS);
            cr_expect(job.err == OK && ended == i + 1 && !reports_ended, "%s", job.cause);
            db_job_fini(&job);
        }
        fixture_db_close(&db);
        for (int i = 0; i < REPORTS; i++)
            db_job_fini(&reports[i]);
    }
}
