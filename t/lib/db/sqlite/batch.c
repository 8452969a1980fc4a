/* SPDX-License-Identifier: MIT */
/* batch.h: writes that share a commit. The test holds the writers' lock while it submits, so that
 * all jobs are in one batch. */
#include "lib/db/sqlite/batch.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/schema/schema.h"
#include "t/fixtures/fixture.h"

static const char schema[] =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);"
    "CREATE TABLE todos (id INTEGER PRIMARY KEY,"
    " list_id INTEGER NOT NULL REFERENCES lists DEFERRABLE INITIALLY DEFERRED, title TEXT NOT "
    "NULL);"
    "INSERT INTO lists VALUES (1, 'a');"
    "CREATE TRIGGER strict BEFORE INSERT ON lists WHEN NEW.title = 'undo all' BEGIN"
    " SELECT RAISE(ROLLBACK, 'no'); END;";

static struct db *db;
static int called, others; /* others: how many were answered before the light one */

static void set_up(void)
{
    db = fixture_db_open(schema);
    called = 0;
}

static void tear_down(void)
{
    fixture_db_close(&db);
}

TestSuite(batch, .init = set_up, .fini = tear_down);

static struct plan_column columns[] = {{"id", SCHEMA_INTEGER, false},
                                       {"title", SCHEMA_STRING, false}};
static struct plan_bind binds[] = {{.index = 0}};

#define WRITE(number, text, ...)                                                                   \
    {                                                                                              \
        .id = number, .is_write = true, .role = ROLE_UNRESTRICTED, .columns = columns,             \
        .column_count = 2, .step_count = 1, .steps = (struct plan_step[])                          \
        {                                                                                          \
            {                                                                                      \
                .sql = text, .binds = binds, .bind_count = 1, __VA_ARGS__                          \
            }                                                                                      \
        }                                                                                          \
    }

static const struct plan add =
    WRITE(0, "INSERT INTO lists (title) VALUES (?1) RETURNING id, title", .returns = PLAN_ONE);
static const struct plan or_rollback =
    WRITE(1, "INSERT OR ROLLBACK INTO lists (title) VALUES (?1)");
static const struct plan orphan = WRITE(2, "INSERT INTO todos (list_id, title) VALUES (9, ?1)");
static const struct plan endless = WRITE(
    3, "INSERT INTO lists (title) WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c)"
       " SELECT ?1 || x FROM c WHERE x < 0");
static const struct plan last_id = WRITE(
    4,
    "UPDATE lists SET title = title WHERE id = ?1 AND last_insert_rowid() = 0 AND changes() = 0"
    " RETURNING id, title",
    .returns = PLAN_ONE);
static const struct plan of_server = {
    .id = 5,
    .is_write = true,
    .role = ROLE_SERVER,
    .step_count = 1,
    .steps = (struct plan_step[]){
        {.sql = "INSERT INTO lists (title) VALUES (?1)", .binds = binds, .bind_count = 1}}};

struct write {
    struct db_job job;
    struct db_value value;
    char text[32];
};

static void on_done(struct db_job *job)
{
    (void)job;
    called++;
}

static void on_light(struct db_job *job)
{
    (void)job;
    others = called;
}

static struct write write_of(const struct plan *plan, const char *text)
{
    struct write w = {.job = {.plan = plan, .done = on_done}};

    snprintf(w.text, sizeof(w.text), "%s", text);
    return w;
}

static void submit(struct write *w)
{
    if (!w->value.type)
        w->value = (struct db_value){.type = DB_TEXT, .text = slice_of(w->text)};
    w->job.values = &w->value;
    if (!w->job.deadline_ns)
        w->job.deadline_ns = clock_ns() + 60 * NS_PER_S;
    cr_expect(db_submit(db, &w->job) == LATER);
}

/* Submits the writes while nothing can run. */
static void submit_all(struct write *writes, size_t count)
{
    bool recovered;

    cr_assert(shm_writer_lock(fixture_db_shm(), NULL, clock_ns() + 60 * NS_PER_S, &recovered));
    for (size_t i = 0; i < count; i++)
        submit(&writes[i]);
    db_turn(db);
    shm_writer_unlock(fixture_db_shm());
}

static void deliver(void)
{
    struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

    cr_assert(poll(&p, 1, 60000) == 1);
    db_deliver(db);
}

/* Runs the writes as one batch. Returns the number of commits. */
static uint64_t run_all(struct write *writes, size_t count)
{
    struct shm_writer *w = &fixture_db_shm()->writer;
    uint64_t before = atomic_load(&w->commits);

    submit_all(writes, count);
    while (db_pending(db))
        deliver();
    cr_expect((size_t)called == count, "each is answered once");
    return atomic_load(&w->commits) - before;
}

static void finish(struct write *writes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        db_job_fini(&writes[i].job);
}

/* Expects that lists has exactly the texts, in any order, besides "a". */
static void expect_lists(const char *sorted)
{
    static struct plan_step steps[] = {
        {.sql = "SELECT 1 AS id, group_concat(title, ' ') AS title FROM (SELECT title FROM lists"
                " WHERE id > 1 ORDER BY title)",
         .returns = PLAN_ONE}};
    static const struct plan plan = {.id = 6,
                                     .role = ROLE_UNRESTRICTED,
                                     .steps = steps,
                                     .step_count = 1,
                                     .columns = columns,
                                     .column_count = 2};
    struct db_job job = {.plan = &plan};
    char expected[256];

    fixture_db_run(db, &job);
    snprintf(expected, sizeof(expected), "{\"id\":1,\"title\":%s%s%s}", sorted ? "\"" : "",
             sorted ? sorted : "null", sorted ? "\"" : "");
    cr_expect_str_eq(buf_text(&job.body), expected);
    db_job_fini(&job);
}

Test(batch, shares_one_commit)
{
    struct write writes[100];

    for (size_t i = 0; i < 100; i++) {
        char text[8];

        snprintf(text, sizeof(text), "t%zu", i);
        writes[i] = write_of(&add, text);
    }
    cr_expect(run_all(writes, 100) < 100); /* a batch is bounded by time, too */
    for (size_t i = 0; i < 100; i++) {
        char expected[64];

        snprintf(expected, sizeof(expected), "{\"id\":%zu,\"title\":\"t%zu\"}", i + 2, i);
        cr_expect(writes[i].job.err == OK);
        cr_expect_str_eq(buf_text(&writes[i].job.body), expected, "each has its own row");
    }
    finish(writes, 100);
}

Test(batch, undoes_a_failed_job_alone)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&add, "a"), write_of(&add, "b"),
                             write_of(&add, "c")};

    cr_expect(run_all(writes, 4) == 1);
    cr_expect(writes[0].job.err == OK && writes[3].job.err == OK);
    cr_expect(writes[1].job.err == ERR_CONFLICT && writes[2].job.err == ERR_CONFLICT);
    expect_lists("b c");
    finish(writes, 4);
}

Test(batch, runs_the_others_again_if_one_undoes_all)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&or_rollback, "a"), write_of(&add, "c")};
    struct write more[] = {write_of(&add, "d"), write_of(&add, "undo all"), write_of(&add, "e")};

    cr_expect(run_all(writes, 3) == 1);
    cr_expect(writes[0].job.err == OK && writes[1].job.err == ERR_CONFLICT &&
              writes[2].job.err == OK);
    expect_lists("b c");
    called = 0;
    cr_expect(run_all(more, 3) == 1, "RAISE(ROLLBACK)");
    cr_expect(more[0].job.err == OK && more[1].job.err == ERR_CONSTRAINT && more[2].job.err == OK);
    expect_lists("b c d e");
    finish(writes, 3);
    finish(more, 3);
}

Test(batch, gives_up_sharing_if_several_undo_all)
{
    struct write writes[] = {write_of(&add, "b"),         write_of(&or_rollback, "a"),
                             write_of(&add, "c"),         write_of(&or_rollback, "a"),
                             write_of(&or_rollback, "a"), write_of(&add, "d")};

    run_all(writes, 6);
    for (size_t i = 0; i < 6; i++)
        cr_expect(writes[i].job.err == (writes[i].job.plan == &add ? OK : ERR_CONFLICT), "job %zu",
                  i);
    expect_lists("b c d");
    finish(writes, 6);
}

Test(batch, finds_whose_deferred_reference_is_missing)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&orphan, "x"), write_of(&add, "c")};

    cr_expect(run_all(writes, 3) == 1);
    cr_expect(writes[0].job.err == OK && writes[2].job.err == OK);
    cr_expect(writes[1].job.err == ERR_REFERENCE);
    cr_expect_str_eq(writes[1].job.keyword, "foreignKey");
    expect_lists("b c");
    finish(writes, 3);
}

Test(batch, interrupts_one_and_keeps_the_others)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&endless, "x"), write_of(&add, "c")};

    writes[1].job.deadline_ns = clock_ns() + NS_PER_S;
    run_all(writes, 3);
    cr_expect(writes[0].job.err == OK && writes[1].job.err == ERR_DEADLINE &&
              writes[2].job.err == OK);
    expect_lists("b c");
    finish(writes, 3);
}

static bool refuse(struct db_job *job)
{
    return strcmp(buf_text(&job->body), "{\"id\":2,\"title\":\"b\"}") != 0;
}

Test(batch, keeps_nothing_of_a_refused_answer)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&add, "c")};

    writes[0].job.accept = writes[1].job.accept = refuse;
    cr_expect(run_all(writes, 2) == 1);
    cr_expect(writes[0].job.err == ERR_BAD_RESPONSE && writes[1].job.err == OK);
    expect_lists("c");
    finish(writes, 2);
}

Test(batch, tells_a_job_nothing_of_the_one_before)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&last_id, ""), write_of(&last_id, "")};

    writes[1].value = writes[2].value = (struct db_value){.type = DB_INTEGER, .integer = 1};
    cr_expect(run_all(writes, 3) == 1);
    cr_expect(writes[1].job.err == OK && writes[2].job.err == OK);
    finish(writes, 3);
}

Test(batch, follows_a_schema_that_has_moved)
{
    struct write first[] = {write_of(&add, "b"), write_of(&add, "c")};
    struct write then[] = {write_of(&add, "d"), write_of(&add, "e")};

    run_all(first, 2);
    fixture_db_change("ALTER TABLE lists ADD COLUMN note TEXT");
    called = 0;
    run_all(then, 2);
    cr_expect(then[0].job.err == OK && then[1].job.err == OK);
    expect_lists("b c d e");
    finish(first, 2);
    finish(then, 2);
}

Test(batch, commits_each_role_apart)
{
    struct write writes[] = {write_of(&add, "b"), write_of(&of_server, "c"), write_of(&add, "d"),
                             write_of(&of_server, "a")};

    run_all(writes, 4);
    cr_expect(writes[0].job.err == OK && writes[1].job.err == OK && writes[2].job.err == OK);
    cr_expect(writes[3].job.err == ERR_CONFLICT);
    expect_lists("b c d");
    finish(writes, 4);
}

Test(batch, ends_when_it_has_grown)
{
    enum { SIZE = 3 << 20, COUNT = 4 };
    struct write writes[COUNT];
    char *text[COUNT];

    for (int i = 0; i < COUNT; i++) {
        text[i] = xmalloc(SIZE);
        memset(text[i], 'a' + i, SIZE);
        writes[i] = write_of(&add, "");
        writes[i].value = (struct db_value){.type = DB_TEXT, .text = {text[i], SIZE}};
    }
    cr_expect(run_all(writes, COUNT) > 1);
    for (int i = 0; i < COUNT; i++) {
        cr_expect(writes[i].job.err == OK);
        free(text[i]);
    }
    finish(writes, COUNT);
}

Test(batch, lets_passengers_wait_for_company)
{
    static struct plan_step step[] = {
        {.sql = "INSERT INTO lists (title) VALUES (?1)", .binds = binds, .bind_count = 1}};
    static const struct plan passenger = {.id = 7,
                                          .is_write = true,
                                          .is_passenger = true,
                                          .role = ROLE_SERVER,
                                          .step_count = 1,
                                          .steps = step};
    static struct plan_step counting_step[] = {
        {.sql = "INSERT INTO lists (title) SELECT ?1 || count(*) FROM lists",
         .binds = binds,
         .bind_count = 1}};
    static const struct plan counting = {
        .id = 8, .is_write = true, .role = ROLE_SERVER, .step_count = 1, .steps = counting_step};
    struct write writes[] = {write_of(&passenger, "b"), write_of(&passenger, "c"),
                             write_of(&add, "d")};
    struct write more[] = {write_of(&passenger, "e"), write_of(&counting, "f")};

    cr_expect(run_all(writes, 3) == 2, "one commit for the write, and one for both passengers");
    called = 0;
    cr_expect(run_all(more, 2) == 1, "a write of their role takes them along");
    expect_lists("b c d e f5"); /* and comes after them */
    finish(writes, 3);
    finish(more, 2);
}

Test(batch, leaves_in_the_queue_what_its_time_is_too_short_for)
{
    enum { COUNT = 12 };
    static struct plan_step step[] = {
        {.sql =
             "INSERT INTO lists (title) WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1"
             " FROM c WHERE x < 300000) SELECT ?1 || max(x) FROM c",
         .binds = binds,
         .bind_count = 1}};
    static const struct plan heavy = {
        .id = 6, .is_write = true, .role = ROLE_UNRESTRICTED, .step_count = 1, .steps = step};
    struct write first = write_of(&heavy, "h"), light = write_of(&add, "b"), many[COUNT];

    run_all(&first, 1); /* tells what the plan costs */
    for (int i = 0; i < COUNT; i++) {
        many[i] = write_of(&heavy, "");
        snprintf(many[i].text, sizeof(many[i].text), "h%d-", i);
    }
    submit_all(many, COUNT);
    deliver();
    light.job.done = on_light;
    submit(&light);
    while (db_pending(db))
        deliver();
    cr_expect(others < COUNT / 2, "a cheap write that comes later does not wait for all");
    finish(many, COUNT);
    finish(&first, 1);
    finish(&light, 1);
}
