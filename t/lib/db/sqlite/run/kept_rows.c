/* SPDX-License-Identifier: MIT */
/* kept_rows.h: jobs with keys that share a commit. The test holds the writers' lock while it
 * submits, so that all jobs are in one batch. */
#include "lib/db/engine/kept_answer.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db.h"
#include "lib/db/own_tables.h"
#include "lib/schema/schema.h"
#include "t/fixtures/fixture.h"

static struct db *db;

static void set_up(void)
{
    struct buf schema = {0};

    buf_printf(&schema,
               "PRAGMA journal_mode=WAL; %s"
               "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT NOT NULL UNIQUE,"
               " up INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED);",
               own_tables_sql);
    db = fixture_db_open(buf_text(&schema));
    buf_fini(&schema);
}

static void tear_down(void)
{
    fixture_db_close(&db);
}

TestSuite(kept_answer, .init = set_up, .fini = tear_down);

static struct plan_column columns[] = {{"id", SCHEMA_INTEGER, false}, {"v", SCHEMA_STRING, false}};
static struct plan_bind binds[] = {{.index = 0}};

#define WRITE(number, text, what)                                                                  \
    {                                                                                              \
        .id = number, .is_write = true, .role = ROLE_UNRESTRICTED, .columns = columns,             \
        .column_count = 2, .step_count = 1, .steps = (struct plan_step[])                          \
        {                                                                                          \
            {                                                                                      \
                .sql = text, .binds = binds, .bind_count = 1, .returns = what                      \
            }                                                                                      \
        }                                                                                          \
    }

static const struct plan add = WRITE(0, "INSERT INTO t (v) VALUES (?1) RETURNING id, v", PLAN_ONE);
static const struct plan undo_all =
    WRITE(1, "INSERT OR ROLLBACK INTO t (v) VALUES (?1)", PLAN_NONE);
static const struct plan orphan = WRITE(2, "INSERT INTO t (v, up) VALUES (?1, 99)", PLAN_NONE);

struct keyed {
    struct db_job job;
    struct db_value value;
    struct kept_answer kept;
};

static void on_done(struct db_job *job)
{
    (void)job;
}

static bool keep(struct db_job *job)
{
    job->kept->status = 201;
    buf_printf(&job->kept->headers, "of: %.*s\n", (int)job->body.len, job->body.data);
    return !job->body.len || strncmp(job->body.data, "{\"id\":1,\"v\":\"refused\"}", 21) != 0;
}

static struct keyed keyed_of(const struct plan *plan, const char *key, const char *value)
{
    struct keyed k = {.job = {.plan = plan, .done = on_done, .accept = keep}};

    k.kept.subject = SLICE_LIT("ann");
    k.kept.operation = SLICE_LIT("POST /");
    k.kept.key = slice_of(key);
    k.kept.lifetime_ms = 60000;
    snprintf((char *)k.kept.request, KEPT_DIGEST, "%s", value);
    k.value = (struct db_value){.type = DB_TEXT, .text = slice_of(value)};
    return k;
}

/* Runs the jobs as one batch. */
static void run_keyed(struct keyed *jobs, size_t count)
{
    bool recovered;

    cr_assert(shm_writer_lock(fixture_db_shm(), NULL, clock_ns() + 60 * NS_PER_S, &recovered));
    for (size_t i = 0; i < count; i++) {
        jobs[i].job.values = &jobs[i].value;
        jobs[i].job.kept = &jobs[i].kept;
        jobs[i].job.deadline_ns = clock_ns() + 60 * NS_PER_S;
        cr_expect(db_submit(db, &jobs[i].job) == LATER);
    }
    db_turn(db);
    shm_writer_unlock(fixture_db_shm());
    while (db_pending(db)) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        cr_assert(poll(&p, 1, 60000) == 1);
        db_deliver(db);
    }
}

static void finish(struct keyed *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        db_job_fini(&jobs[i].job);
        buf_fini(&jobs[i].kept.headers);
    }
}

/* Expects a success with this row, and headers that were made with it. */
static void expect_answer(struct keyed *k, bool is_replay, const char *body)
{
    char headers[128];

    snprintf(headers, sizeof(headers), "of: %s\n", body);
    cr_expect(k->job.err == OK && k->kept.is_replay == is_replay && k->kept.status == 201);
    cr_expect_str_eq(buf_text(&k->job.body), body);
    cr_expect_str_eq(buf_text(&k->kept.headers), headers);
}

Test(kept_answer, replays_within_a_batch)
{
    struct keyed jobs[] = {keyed_of(&add, "k", "a"), keyed_of(&add, "k", "a"),
                           keyed_of(&add, "k", "b"), keyed_of(&add, "l", "b"),
                           keyed_of(&add, "k", "a")};

    run_keyed(jobs, 5);
    expect_answer(&jobs[0], false, "{\"id\":1,\"v\":\"a\"}");
    expect_answer(&jobs[1], true, "{\"id\":1,\"v\":\"a\"}");
    cr_expect(jobs[2].job.err == ERR_KEY_REUSED, "the key of another request");
    expect_answer(&jobs[3], false, "{\"id\":2,\"v\":\"b\"}");
    expect_answer(&jobs[4], true, "{\"id\":1,\"v\":\"a\"}");
    finish(jobs, 5);
}

Test(kept_answer, distinguishes_callers_and_operations)
{
    struct keyed jobs[] = {keyed_of(&add, "k", "a"), keyed_of(&add, "k", "b"),
                           keyed_of(&add, "k", "c")};

    jobs[1].kept.subject = SLICE_LIT("bob");
    jobs[2].kept.operation = SLICE_LIT("PUT /");
    run_keyed(jobs, 3);
    expect_answer(&jobs[0], false, "{\"id\":1,\"v\":\"a\"}");
    expect_answer(&jobs[1], false, "{\"id\":2,\"v\":\"b\"}");
    expect_answer(&jobs[2], false, "{\"id\":3,\"v\":\"c\"}");
    finish(jobs, 3);
}

/* When one job undoes all, the others run again, among them a first one and its replays. Jobs of
 * different plans may run in any order. */
Test(kept_answer, survives_a_batch_that_is_undone)
{
    struct keyed jobs[] = {keyed_of(&add, "k", "a"), keyed_of(&add, "k", "a"),
                           keyed_of(&undo_all, "u", "taken"), keyed_of(&add, "k", "a"),
                           keyed_of(&add, "l", "d")};
    struct keyed then = keyed_of(&add, "u", "e");

    fixture_db_change("INSERT INTO t VALUES (9, 'taken', NULL)");
    run_keyed(jobs, 5);
    expect_answer(&jobs[0], false, "{\"id\":10,\"v\":\"a\"}");
    expect_answer(&jobs[1], true, "{\"id\":10,\"v\":\"a\"}");
    cr_expect(jobs[2].job.err == ERR_CONFLICT);
    expect_answer(&jobs[3], true, "{\"id\":10,\"v\":\"a\"}");
    expect_answer(&jobs[4], false, "{\"id\":11,\"v\":\"d\"}");
    run_keyed(&then, 1);
    expect_answer(&then, false, "{\"id\":12,\"v\":\"e\"}");
    finish(jobs, 5);
    finish(&then, 1);
}

Test(kept_answer, keeps_nothing_of_a_failure)
{
    struct keyed jobs[] = {keyed_of(&add, "k", "refused"), keyed_of(&orphan, "o", "x"),
                           keyed_of(&add, "k", "a"), keyed_of(&add, "l", "a"),
                           keyed_of(&add, "l", "b")};
    struct keyed then = keyed_of(&add, "o", "c");

    run_keyed(jobs, 5);
    cr_expect(jobs[0].job.err == ERR_BAD_RESPONSE);
    cr_expect(jobs[1].job.err == ERR_REFERENCE, "at the end of its savepoint");
    expect_answer(&jobs[2], false, "{\"id\":1,\"v\":\"a\"}");
    cr_expect(jobs[3].job.err == ERR_CONFLICT);
    expect_answer(&jobs[4], false, "{\"id\":2,\"v\":\"b\"}");
    run_keyed(&then, 1);
    expect_answer(&then, false, "{\"id\":3,\"v\":\"c\"}");
    finish(jobs, 5);
    finish(&then, 1);
}

Test(kept_answer, replays_what_was_kept_under_another_schema)
{
    struct keyed first = keyed_of(&add, "k", "a");
    struct keyed then[] = {keyed_of(&add, "k", "a"), keyed_of(&add, "l", "b")};

    run_keyed(&first, 1);
    fixture_db_change("ALTER TABLE t ADD COLUMN note TEXT");
    run_keyed(then, 2);
    expect_answer(&then[0], true, "{\"id\":1,\"v\":\"a\"}");
    expect_answer(&then[1], false, "{\"id\":2,\"v\":\"b\"}");
    finish(&first, 1);
    finish(then, 2);
}

Test(kept_answer, frees_a_key_whose_time_is_over)
{
    struct keyed first = keyed_of(&add, "k", "a"), then = keyed_of(&add, "k", "b");

    first.kept.lifetime_ms = 0;
    run_keyed(&first, 1);
    run_keyed(&then, 1);
    expect_answer(&then, false, "{\"id\":2,\"v\":\"b\"}");
    finish(&first, 1);
    finish(&then, 1);
}

Test(kept_answer, fails_without_its_table)
{
    struct keyed job = keyed_of(&add, "k", "a");

    fixture_db_change("DROP TABLE _leat_idempotency");
    run_keyed(&job, 1);
    cr_expect(job.job.err == ERR_INTERNAL);
    cr_expect_str_eq(job.job.cause, "no such table: main._leat_idempotency");
    finish(&job, 1);
}
