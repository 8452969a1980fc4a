/* SPDX-License-Identifier: MIT */
/*
 * Measures the cost of row security for a point read and an UPDATE of one row, in instructions.
 * valgrind counts those of `owned KIND 0` and of `owned KIND N`; their difference divided by N is
 * the cost of a statement. bench/owned.sh does that for each kind.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "lib/core/clock.h"
#include "lib/db/engine/db.h"

static const char schema[] =
    "PRAGMA journal_mode = WAL; CREATE TABLE todos (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL,"
    " title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL);"
    "CREATE INDEX todos_by_owner ON todos (owner_id, id);"
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
    "INSERT INTO todos SELECT i, '0190b7d8-0000-7000-8000-00000000000' || (i % 10),"
    " 'title ' || i, 0, '2026-11-27T12:00:00.000Z' FROM n";

#define READ "SELECT id, owner_id, title, done, created_at FROM todos WHERE id = ?1"
#define WRITE " todos SET done = NOT done, title = ?2 WHERE id = ?1"

static const struct kind {
    const char *name, *sql;
    bool is_owned, is_write;
} kinds[] = {
    {"read", READ, false, false},
    {"read-bound", READ " AND owner_id = ?3", false, false},
    {"read-owned", READ, true, false},
    {"write", "UPDATE" WRITE, false, true},
    {"write-bound", "UPDATE" WRITE " AND owner_id = ?3", false, true},
    {"write-owned", "UPDATE main." WRITE, true, true},
};

static void on_done(struct db_job *job)
{
    if (job->err != OK) {
        fprintf(stderr, "%s\n", job->cause);
        exit(1);
    }
    db_job_fini(job);
}

static void run(struct db *db, const struct kind *kind, int64_t id)
{
    static struct plan_bind binds[] = {{.index = 0}, {.index = 1}, {.index = 2}};
    struct slice owner = slice_of("0190b7d8-0000-7000-8000-000000000005");
    struct db_value values[] = {{.type = DB_INTEGER, .integer = id},
                                {.type = DB_TEXT, .text = slice_of("another title")},
                                {.type = DB_TEXT, .text = owner}};
    struct plan_step step = {.sql = kind->sql, .binds = binds, .bind_count = 1};
    struct plan plan = {.is_write = kind->is_write, .steps = &step, .step_count = 1};
    struct db_job job = {.plan = &plan, .values = values, .subject = owner, .done = on_done};

    step.bind_count = strstr(kind->sql, "?3") ? 3 : kind->is_write ? 2 : 1;
    step.returns = kind->is_write ? PLAN_COUNT : PLAN_ONE;
    job.deadline_ns = clock_ns() + 60 * NS_PER_S;
    if (db_submit(db, &job) == DONE)
        on_done(&job);
    db_turn(db);
    while (db_pending(db)) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        poll(&p, 1, -1);
        db_deliver(db);
    }
}

static struct db *open_database(const char *path, const struct kind *kind)
{
    static const struct owned_table owned = {"todos", "owner_id"};
    struct shm *shm;
    struct db_options options = {.path = path,
                                 .synchronous = "off",
                                 .readers = 1,
                                 .read_budget = read_budget_of(60 * NS_PER_S),
                                 .plan_count = 1,
                                 .owned = &owned,
                                 .owned_count = kind->is_owned};
    struct diags diags = {0};
    sqlite3 *raw;

    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as conn.c does; the first to open decides */
    if (sqlite3_open(path, &raw) != SQLITE_OK ||
        sqlite3_exec(raw, schema, NULL, NULL, NULL) != SQLITE_OK || shm_create(&shm) < 0)
        exit(1);
    sqlite3_close(raw);
    options.shm = shm;
    return db_open(&options, &diags);
}

int main(int argc, char **argv)
{
    const struct kind *kind = kinds;
    struct db *db;

    while (argc == 4 && kind < kinds + sizeof(kinds) / sizeof(*kinds) &&
           strcmp(kind->name, argv[1]) != 0)
        kind++;
    if (argc != 4 || kind == kinds + sizeof(kinds) / sizeof(*kinds)) {
        fputs("usage: owned KIND TIMES NEW-DATABASE\n", stderr);
        return 2;
    }
    db = open_database(argv[3], kind);
    if (!db)
        return 1;
    run(db, kind, 5); /* prepares the statement */
    for (int i = 0; i < atoi(argv[2]); i++) {
        run(db, kind, 5 + 10 * (i % 99));
        if (!kind->is_write)
            db_turn(db); /* a read transaction of its own, as under low load */
    }
    db_close(&db);
    return 0;
}
