/* SPDX-License-Identifier: MIT */
/* db.h: what is opened, and what closing does with the jobs that are left. */
#include "lib/db/engine/db.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/sqlite/connection/conn.h"
#include "t/fixtures/fixture.h"

Test(db_open, opens_no_other_files)
{
    static const struct db_options base = {
        .synchronous = "off", .readers = 1, .plan_count = 1, .roles = 1u << ROLE_SERVER};
    struct db_options options = base;
    struct diags diags = {0};
    char path[] = "/tmp/leat-unit-db-XXXXXX";
    int fd = mkstemp(path);

    cr_assert(shm_create(&options.shm) >= 0);
    cr_assert(write(fd,
                    "this is no database, but it is long enough to look like the header of "
                    "one: a hundred bytes at the least",
                    103) == 103);
    options.path = path;
    cr_expect(!db_open(&options, &diags) && diags.errors == 1);
    options.path = "/tmp/leat-unit-no/such/file";
    cr_expect(!db_open(&options, &diags) && diags.errors == 2);
    diags_fini(&diags);
    shm_detach(&options.shm);
    unlink(path);
    close(fd);
}

/* Where files have no shared memory, readers would block writers. */
Test(db_open, needs_wal)
{
    struct fault fault = {0};
    char path[] = "/tmp/leat-unit-db-XXXXXX";
    int fd = mkstemp(path);
    struct conn c;

    close(fd);
    cr_assert(sqlite3_initialize() == SQLITE_OK);
    cr_assert(sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1) == SQLITE_OK);
    cr_expect(!conn_open(&c, path, CONN_WRITE, "off", &fault));
    cr_expect(strstr(fault.text, "its file system has no shared memory"), "%s", fault.text);
    cr_assert(sqlite3_vfs_register(sqlite3_vfs_find("unix"), 1) == SQLITE_OK);
    cr_expect(conn_open(&c, path, CONN_WRITE, "off", &fault), "%s", fault.text);
    conn_close(&c);
    unlink(path);
}

static void on_done(struct db_job *job)
{
    ++*(int *)job->data;
}

/* Closing with jobs in flight: it returns, and nothing is called twice. */
Test(db_open, closes_with_jobs_waiting, .timeout = 60)
{
    static struct plan_step step = {.sql = "CREATE TABLE IF NOT EXISTS t (x)",
                                    .returns = PLAN_NONE};
    static const struct plan plan = {
        .is_write = true, .role = ROLE_SERVER, .steps = &step, .step_count = 1};
    static struct db_job jobs[200];
    struct db_options options = {
        .synchronous = "off", .readers = 1, .plan_count = 1, .roles = 1u << ROLE_SERVER};
    struct diags diags = {0};
    char path[] = "/tmp/leat-unit-db-XXXXXX", beside[40];
    int fd = mkstemp(path), called = 0;
    struct db *db;

    close(fd);
    cr_assert(shm_create(&options.shm) >= 0);
    options.path = path;
    db = db_open(&options, &diags);
    cr_assert(db, "%s", diags.count ? diags.items[0].message : "");
    for (int i = 0; i < 200; i++) {
        jobs[i] = (struct db_job){.plan = &plan,
                                  .deadline_ns = clock_ns() + 30 * NS_PER_S,
                                  .done = on_done,
                                  .data = &called};
        cr_expect(db_submit(db, &jobs[i]) == LATER);
    }
    cr_expect(db_pending(db) == 200 && called == 0);
    db_close(&db);
    cr_expect(!db && called <= 200);
    db_close(&db);
    for (int i = 0; i < 200; i++)
        db_job_fini(&jobs[i]);
    shm_detach(&options.shm);
    for (int i = 0; i < 3; i++) {
        snprintf(beside, sizeof(beside), "%s%s", path, i == 0 ? "" : i == 1 ? "-wal" : "-shm");
        unlink(beside);
    }
}

/* Asks for a write, and returns how it ended. */
static enum trouble write_row(struct db *db)
{
    static struct plan_step insert[] = {{.sql = "INSERT INTO t VALUES (1)", .returns = PLAN_COUNT}};
    static const struct plan plan = {.id = 0, .steps = insert, .step_count = 1, .is_write = true};
    struct db_job job = {.plan = &plan};

    fixture_db_run(db, &job);
    cr_expect(job.err == (job.trouble ? ERR_DATABASE : OK), "%s", job.cause);
    db_job_fini(&job);
    return job.trouble;
}

/* A holder of the writer's lock: it takes it, and gives it back when told. */
struct holder {
    pthread_t thread;
    atomic_bool holds, may_go;
};

static void *hold(void *arg)
{
    struct holder *h = arg;
    struct shm *shm = fixture_db_shm();
    bool recovered;

    cr_assert(shm_writer_lock(shm, NULL, clock_ns() + 60 * NS_PER_S, &recovered));
    h->holds = true;
    while (!h->may_go)
        usleep(1000);
    shm_writer_unlock(shm);
    return NULL;
}

Test(db_open, finds_that_the_writer_hangs)
{
    struct db *db = fixture_db_open("PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER)");
    struct shm_writer *w = &fixture_db_shm()->writer;
    struct holder holder = {0};

    cr_expect(db_is_ready(db) && write_row(db) == TROUBLE_NONE && !atomic_load(&w->alive_ns));
    shm_writer_beat(w);
    cr_expect_eq(atomic_load(&w->alive_ns), 0, "who does not hold the lock says nothing");
    cr_assert_eq(pthread_create(&holder.thread, NULL, hold, &holder), 0);
    while (!holder.holds)
        usleep(1000);
    cr_expect(db_is_ready(db), "as a migration, it does not tell");
    shm_writer_watch(w);
    cr_expect(db_is_ready(db), "it makes progress");
    atomic_store(&w->alive_ns, clock_ns() - 2 * SHM_WRITER_HANG_NS);
    cr_expect(!db_is_ready(db) && write_row(db) == TROUBLE_STUCK);
    shm_writer_beat(w);
    cr_expect(db_is_ready(db), "it continues");
    holder.may_go = true;
    pthread_join(holder.thread, NULL);
    cr_expect(write_row(db) == TROUBLE_NONE);
    atomic_store(&w->alive_ns, clock_ns() - 2 * SHM_WRITER_HANG_NS);
    cr_expect(db_is_ready(db) && write_row(db) == TROUBLE_NONE, "nobody holds the lock");
    fixture_db_close(&db);
}
