/* SPDX-License-Identifier: MIT */
/* db.h with a PostgreSQL server: transactions that meet, deadlines, lost connections, long lists. */
#include "lib/db/engine/db.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db_stream.h"
#include "lib/db/engine/kept_answer.h"
#include "t/fixtures/pg_fixture.h"
#include "t/fixtures/pg_server.h"

TestSuite(pg_faults, .init = pg_fixture_open, .fini = pg_fixture_close, .timeout = 120);

/* Two steps, of which the second depends on what the first has read: without serializing, increments
 * would be lost. */
Test(pg_faults, serializable)
{
    static struct plan_step steps[] = {
        {.name = "was", .sql = "SELECT n FROM counters WHERE id = 1", .returns = PLAN_ONE},
        {.sql = "UPDATE counters SET n = $1::int + 1 WHERE id = 1 RETURNING n",
         .returns = PLAN_ONE}};
    static struct plan_bind bind = {.is_step = true, .index = 0, .column = "n"};
    static struct plan plan = {
        .is_write = true, .steps = steps, .step_count = 2, .result = 1, .if_match = SIZE_MAX};
    enum { CLIENTS = 16, ROUNDS = 1000 };
    struct db_job jobs[CLIENTS] = {0};
    size_t done = 0, busy = 0;

    steps[1].binds = &bind;
    steps[1].bind_count = 1;
    while (done < ROUNDS) {
        pg_done = 0;
        for (int i = 0; i < CLIENTS; i++) {
            jobs[i] = (struct db_job){.plan = &plan};
            pg_submit_job(&jobs[i]);
        }
        pg_turn_until(CLIENTS);
        for (int i = 0; i < CLIENTS; i++) {
            cr_expect(jobs[i].err == OK || jobs[i].err == ERR_BUSY, "%s", jobs[i].cause);
            done += jobs[i].err == OK;
            busy += jobs[i].err != OK;
            db_job_fini(&jobs[i]);
        }
    }
    cr_expect(busy < 50, "%zu", busy);
    cr_expect((size_t)atoi(pg_server_run("SELECT n FROM counters")) == done);
}

Test(pg_faults, deadlines)
{
    static struct plan_step step = {.sql = "SELECT pg_sleep(10)::text AS s", .returns = PLAN_ONE};
    static struct plan plan = {.steps = &step, .step_count = 1, .if_match = SIZE_MAX};
    struct db_job job = {.plan = &plan, .deadline_ns = clock_ns() + 300 * NS_PER_MS};
    uint64_t since = clock_ns();

    pg_run_job(&job);
    cr_expect(job.err == ERR_DEADLINE, "%d %s", (int)job.err, job.cause);
    cr_expect(clock_ns() - since < 3 * NS_PER_S);
    db_job_fini(&job);
    cr_expect(pg_ask(1, "SELECT 1 AS n", PLAN_ONE, NULL, 0) == OK, "%s", pg_last.cause);
}

static const char cut_all[] = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                              " WHERE application_name = 'leat'";

Test(pg_faults, lost_connections)
{
    for (int i = 0; i < 5; i++) {
        cr_expect(pg_ask(1, "SELECT 1 AS n", PLAN_ONE, NULL, 0) == OK, "%s", pg_last.cause);
        cr_expect(atoi(pg_server_run(cut_all)) >= 1);
        cr_expect(pg_ask(2, "UPDATE counters SET n = n + 1 RETURNING n", PLAN_ONE, NULL, 0) == OK,
                  "%s", pg_last.cause);
    }
    cr_expect(strcmp(pg_server_run("SELECT n FROM counters"), "5") == 0);
}

/* The server cannot say any more whether it has committed. */
Test(pg_faults, unknown_outcome)
{
    pid_t pid;
    static struct plan_step step = {.sql = "INSERT INTO slow_commits VALUES (1) RETURNING id",
                                    .returns = PLAN_ONE};
    static struct plan plan = {
        .is_write = true, .steps = &step, .step_count = 1, .if_match = SIZE_MAX};
    struct db_job job = {.plan = &plan};
    uint64_t until = clock_ns() + 10 * NS_PER_S;

    pg_done = 0;
    pg_submit_job(&job);
    db_turn(pg_fixture);
    while ((pid = atoi(pg_server_run("SELECT coalesce(max(pid), 0) FROM pg_stat_activity"
                                     " WHERE query = 'COMMIT' AND state = 'active'"))) == 0) {
        cr_assert(clock_ns() < until);
        db_deliver(pg_fixture);
    }
    kill(pid, SIGKILL);
    pg_turn_until(1);
    cr_expect(job.err == ERR_OUTCOME_UNKNOWN, "%d %s", (int)job.err, job.cause);
    db_job_fini(&job);
}

static bool keep_status(struct db_job *job)
{
    job->kept->status = 201;
    job->kept->headers.len = 0;
    buf_puts(&job->kept->headers, "x: y");
    return true;
}

Test(pg_faults, kept_answers)
{
    static struct plan_step step = {.sql = "UPDATE counters SET n = n + 1 RETURNING n",
                                    .returns = PLAN_ONE};
    static struct plan plan = {
        .is_write = true, .steps = &step, .step_count = 1, .if_match = SIZE_MAX};
    enum { N = 10 };
    struct db_job jobs[N] = {0};
    struct kept_answer kept[N] = {0};
    int replays = 0;

    pg_done = 0;
    for (int i = 0; i < N; i++) {
        kept[i] = (struct kept_answer){.subject = slice_of("s"),
                                       .operation = slice_of("o"),
                                       .key = slice_of("k"),
                                       .lifetime_ms = 60000};
        jobs[i] = (struct db_job){.plan = &plan, .kept = &kept[i], .accept = keep_status};
        pg_submit_job(&jobs[i]);
    }
    pg_turn_until(N);
    for (int i = 0; i < N; i++) {
        cr_expect(jobs[i].err == OK, "%s", jobs[i].cause);
        cr_expect(kept[i].status == 201 && slice_is(buf_slice(&kept[i].headers), "x: y"));
        cr_expect(slice_is(buf_slice(&jobs[i].body), "{\"n\":1}"));
        replays += kept[i].is_replay;
        db_job_fini(&jobs[i]);
        buf_fini(&kept[i].headers);
    }
    cr_expect(replays == N - 1, "%d", replays);
}

static size_t streamed;

static bool take_part(struct db_job *job)
{
    streamed += job->body.len;
    job->body.len = 0;
    return true;
}

static long resident_kb(void)
{
    FILE *in = fopen("/proc/self/statm", "r");
    long pages = 0;

    cr_assert(in && fscanf(in, "%*d %ld", &pages) == 1);
    fclose(in);
    return pages * 4;
}

Test(pg_faults, streams)
{
    static struct plan_step step = {
        .sql = "SELECT i AS id, repeat('x', 100) AS t FROM generate_series(1, 100000) AS i",
        .returns = PLAN_LIST};
    static struct plan plan = {.steps = &step, .step_count = 1, .if_match = SIZE_MAX};
    struct db_job job = {.plan = &plan, .may_stream = true, .body_max = 64 << 10};
    __attribute__((unused)) long before = resident_kb();

    pg_run_job(&job);
    cr_expect(job.err == OK && job.is_long, "%s", job.cause);
    job.more = take_part;
    pg_done = 0;
    db_stream(pg_fixture, &job);
    pg_turn_until(1);
    cr_expect(job.err == OK, "%s", job.cause);
    cr_expect(job.rows == 100000, "%zu", job.rows);
    cr_expect(streamed + job.body.len > 11000000, "%zu", streamed);
#ifndef __SANITIZE_ADDRESS__ /* it keeps freed memory for a while */
    cr_expect(resident_kb() - before < 4000, "%ld", resident_kb() - before);
#endif
    db_job_fini(&job);
}
