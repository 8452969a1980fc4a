/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/core/clock.h"
#include "lib/schema/schema.h"

static const char schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);"
    "CREATE TABLE todos (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL REFERENCES lists,"
    " title TEXT NOT NULL CONSTRAINT not_blank CHECK (title <> ''), UNIQUE (list_id, title));"
    "INSERT INTO lists VALUES (1, 'a'), (2, 'b'), (3, 'c');"
    "INSERT INTO todos VALUES (1, 1, 'x'), (2, 1, 'y');"
    "CREATE TABLE _leat_keys (name TEXT PRIMARY KEY, value BLOB NOT NULL);"
    "INSERT INTO _leat_keys VALUES ('cursor', x'00ff');";

struct fixture {
    char folder[64], path[96];
    struct shm *shm;
    int shm_fd;
    struct db *db;
    enum completion result;
    int called;
};

static void set_up(struct fixture *f, uint64_t budget_ns)
{
    struct diags diags = {0};
    struct db_options options = {.synchronous = "off",
                                 .readers = 2,
                                 .read_budget = read_budget_of(budget_ns),
                                 .plan_count = 8,
                                 .roles = 1};
    sqlite3 *db;

    *f = (struct fixture){.folder = "/tmp/leat-unit-db-XXXXXX"};
    cr_assert(mkdtemp(f->folder));
    snprintf(f->path, sizeof(f->path), "%s/a.db", f->folder);
    cr_assert(sqlite3_open(f->path, &db) == SQLITE_OK);
    cr_assert(sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    f->shm_fd = shm_create(&f->shm);
    options.path = f->path;
    options.shm = f->shm;
    f->db = db_open(&options, &diags);
    cr_assert(f->db, "%s", diags.count ? diags.items[0].message : "");
}

static void tear_down(struct fixture *f)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char path[128];

    db_close(&f->db);
    cr_expect(!f->db);
    shm_detach(&f->shm);
    close(f->shm_fd);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "%s%s", f->path, suffixes[i]);
        unlink(path);
    }
    rmdir(f->folder);
}

static void on_done(struct db_job *job)
{
    ++*(int *)job->data;
}

static void submit(struct fixture *f, struct db_job *job)
{
    job->done = on_done;
    job->data = &f->called;
    f->called = 0;
    if (!job->deadline_ns)
        job->deadline_ns = clock_ns() + 20 * NS_PER_S;
    f->result = db_submit(f->db, job);
    cr_expect(f->called == 0, "done is not called before db_submit() returns");
}

static void await(struct fixture *f)
{
    while (db_pending(f->db)) {
        struct pollfd p = {.fd = db_fd(f->db), .events = POLLIN};

        db_turn(f->db);
        cr_assert(poll(&p, 1, 30000) == 1);
        db_deliver(f->db);
    }
    cr_expect(f->called == (f->result == LATER), "done was called %d times", f->called);
}

static struct db_job run(struct fixture *f, const struct plan *plan, const struct db_value *values)
{
    struct db_job job = {.plan = plan, .values = values};

    submit(f, &job);
    await(f);
    return job;
}

static struct plan_column columns[] = {{"id", SCHEMA_INTEGER, false},
                                       {"title", SCHEMA_STRING, false}};
static struct plan_bind binds[] = {{.index = 0}, {.index = 1}, {.index = 2}};

static struct db_value integer(int64_t value)
{
    return (struct db_value){.type = DB_INTEGER, .integer = value};
}

static struct db_value text(const char *value)
{
    return (struct db_value){.type = DB_TEXT, .text = slice_of(value)};
}

#define PLAN(step, ...)                                                                            \
    {                                                                                              \
        .steps = step, .step_count = sizeof(step) / sizeof(*(step)), .columns = columns,           \
        .column_count = 2, __VA_ARGS__                                                             \
    }

Test(db, reads_inline)
{
    static struct plan_step one[] = {{.sql = "SELECT id, title FROM lists WHERE id = ?1",
                                      .returns = PLAN_ONE,
                                      .binds = binds,
                                      .bind_count = 1}};
    static const struct plan plan = PLAN(one, .id = 0);
    struct db_value value = integer(2);
    struct fixture f;
    struct db_job job = {.plan = &plan, .values = &value};

    set_up(&f, NS_PER_S);
    submit(&f, &job);
    cr_expect(f.result == DONE && db_pending(f.db) == 0);
    cr_expect(job.err == OK && job.rows == 1, "%s", job.cause);
    cr_expect_str_eq(buf_text(&job.body), "{\"id\":2,\"title\":\"b\"}");
    db_job_fini(&job);
    value = integer(9);
    job = run(&f, &plan, &value);
    cr_expect(job.err == ERR_NOT_FOUND && !job.answer);
    db_job_fini(&job);
    db_turn(f.db);
    tear_down(&f);
}

Test(db, lists)
{
    static struct plan_step all[] = {
        {.sql = "SELECT id, title FROM lists ORDER BY id", .returns = PLAN_LIST}};
    static struct plan_step none[] = {
        {.sql = "SELECT id, title FROM lists WHERE 0", .returns = PLAN_LIST}};
    static const struct plan plan = PLAN(all, .id = 0), empty = PLAN(none, .id = 1);
    struct fixture f;
    struct db_job job;

    set_up(&f, NS_PER_S);
    job = run(&f, &plan, NULL);
    cr_expect_str_eq(
        buf_text(&job.body),
        "[{\"id\":1,\"title\":\"a\"},{\"id\":2,\"title\":\"b\"},{\"id\":3,\"title\":\"c\"}]");
    cr_expect(job.rows == 3 && job.next.len == 0);
    db_job_fini(&job);
    job = run(&f, &empty, NULL);
    cr_expect(job.err == OK && job.rows == 0);
    cr_expect_str_eq(buf_text(&job.body), "[]");
    db_job_fini(&job);
    tear_down(&f);
}

Test(db, writes_are_seen_by_the_next_read)
{
    static struct plan_step insert[] = {
        {.sql = "INSERT INTO lists (title) VALUES (?1) RETURNING id, title",
         .returns = PLAN_ONE,
         .binds = binds,
         .bind_count = 1}};
    static struct plan_step count[] = {
        {.sql = "SELECT count(*) AS id FROM lists", .returns = PLAN_ONE}};
    static struct plan_location location[] = {{.literal = {"/lists/", 7}, .column = "title"},
                                              {.column = NULL}};
    static const struct plan plan =
        PLAN(insert, .id = 0, .is_write = true, .location = location, .location_count = 2);
    static const struct plan read = PLAN(count, .id = 1);
    struct fixture f;

    set_up(&f, NS_PER_S);
    for (int i = 0; i < 3; i++) {
        char title[32], want[64];
        struct db_value value;
        struct db_job job;

        snprintf(title, sizeof(title), "n/\xc3\xa4%d", i);
        value = text(title);
        job = run(&f, &plan, &value);
        cr_expect(job.err == OK && job.changes == 1, "%s", job.cause);
        snprintf(want, sizeof(want), "/lists/n%%2F%%C3%%A4%d", i);
        cr_expect_str_eq(buf_text(&job.location), want);
        db_job_fini(&job);
        job = run(&f, &read, NULL);
        snprintf(want, sizeof(want), "{\"id\":%d}", 4 + i);
        cr_expect_str_eq(buf_text(&job.body), want);
        db_job_fini(&job);
    }
    cr_expect(atomic_load(&f.shm->writer.commits) == 3);
    tear_down(&f);
}

static void expect_count(struct fixture *f, const struct plan *count, const char *want)
{
    struct db_job job = run(f, count, NULL);

    cr_expect_str_eq(buf_text(&job.body), want);
    db_job_fini(&job);
}

/* A commit that another worker has answered, which the counter tells, is seen in the same turn. */
Test(db, renews_the_snapshot_of_a_turn)
{
    static struct plan_step step[] = {
        {.sql = "SELECT count(*) AS id FROM lists", .returns = PLAN_ONE}};
    static const struct plan count = PLAN(step, .id = 1);
    struct fixture f;
    sqlite3 *other;

    set_up(&f, NS_PER_S);
    expect_count(&f, &count, "{\"id\":3}");
    cr_assert(sqlite3_open(f.path, &other) == SQLITE_OK);
    cr_assert(sqlite3_exec(other, "INSERT INTO lists VALUES (4, 'd')", NULL, NULL, NULL) ==
              SQLITE_OK);
    expect_count(&f, &count, "{\"id\":3}");
    atomic_fetch_add(&f.shm->writer.commits, 1);
    expect_count(&f, &count, "{\"id\":4}");
    sqlite3_close(other);
    tear_down(&f);
}

/* Several million steps: far over the budget, far below the deadline. */
#define COUNT_TO(n)                                                                                \
    "WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c WHERE id < " n               \
    ") SELECT max(id) AS id FROM c"

Test(db, moves_slow_reads_to_a_thread)
{
    static struct plan_step slow[] = {{.sql = COUNT_TO("400000"), .returns = PLAN_ONE}};
    static const struct plan plan = PLAN(slow, .id = 7);
    struct fixture f;

    set_up(&f, NS_PER_MS);
    for (int i = 0; i < 5; i++) {
        struct db_job job = {.plan = &plan};

        submit(&f, &job);
        cr_expect(f.called == 0 && db_pending(f.db) == 1, "it does not hold up the loop");
        await(&f);
        cr_expect(job.err == OK, "%s %s", err_name(job.err), job.cause);
        cr_expect_str_eq(buf_text(&job.body), "{\"id\":400000}");
        db_job_fini(&job);
    }
    tear_down(&f);
}

Test(db, ends_runaway_statements_at_the_deadline, .timeout = 30)
{
    static struct plan_step endless[] = {{.sql = COUNT_TO("1e18"), .returns = PLAN_ONE}};
    static struct plan_step endless_write[] = {
        {.sql = "INSERT INTO lists (title) " COUNT_TO("1e18"), .returns = PLAN_NONE}};
    static const struct plan plans[] = {PLAN(endless, .id = 0),
                                        PLAN(endless_write, .id = 1, .is_write = true)};
    static struct plan_step count[] = {
        {.sql = "SELECT count(*) AS id FROM lists", .returns = PLAN_ONE}};
    static const struct plan after = PLAN(count, .id = 2),
                             after_write = PLAN(count, .id = 3, .is_write = true);

    for (int i = 0; i < 4; i++) {
        struct fixture f;
        struct db_job job = {.plan = &plans[i % 2]};
        uint64_t start = clock_ns();

        set_up(&f, i < 2 ? NS_PER_MS : 60 * NS_PER_S); /* with and without a move to a thread */
        job.deadline_ns = clock_ns() + 200 * NS_PER_MS;
        submit(&f, &job);
        await(&f);
        cr_expect(job.err == ERR_DEADLINE, "%s", err_name(job.err));
        cr_expect(clock_ns() - start < 10 * NS_PER_S);
        db_job_fini(&job);
        job = run(&f, i % 2 ? &after_write : &after, NULL);
        cr_expect_str_eq(buf_text(&job.body), "{\"id\":3}");
        db_job_fini(&job);
        tear_down(&f);
    }
}

Test(db, refuses_what_is_late_already)
{
    static struct plan_step insert[] = {
        {.sql = "INSERT INTO lists (title) VALUES ('late')", .returns = PLAN_NONE}};
    static const struct plan plan = PLAN(insert, .id = 0, .is_write = true);
    struct fixture f;
    struct db_job job = {.plan = &plan, .deadline_ns = 1};

    set_up(&f, NS_PER_MS);
    submit(&f, &job);
    await(&f);
    cr_expect(job.err == ERR_BUSY && job.changes == 0);
    cr_expect_str_eq(job.cause, "it waited too long for the writer");
    db_job_fini(&job);
    tear_down(&f);
}

Test(db, gives_its_keys)
{
    struct fixture f;
    struct buf key = {0};

    set_up(&f, NS_PER_MS);
    cr_expect(db_key(f.db, "cursor", &key) && key.len == 2 && memcmp(key.data, "\0\xff", 2) == 0);
    cr_expect(!db_key(f.db, "other", &key) && key.len == 2);
    buf_fini(&key);
    tear_down(&f);
}
