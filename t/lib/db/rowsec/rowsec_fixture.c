/* SPDX-License-Identifier: MIT */
#include "t/lib/db/rowsec/rowsec_fixture.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/db/sql/sqlhead.h"
#include "t/fixtures/fixture.h"

static const char rowsec_schema[] =
    "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON;"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, name TEXT NOT NULL);"
    "CREATE INDEX lists_by_owner ON lists (owner_id);"
    "CREATE TABLE Todos (id INTEGER PRIMARY KEY, loud TEXT AS (title || '!'),"
    " owner_id TEXT NOT NULL, title TEXT NOT NULL UNIQUE, n INTEGER NOT NULL DEFAULT 0,"
    " list_id INTEGER REFERENCES lists ON DELETE CASCADE ON UPDATE CASCADE);"
    "CREATE INDEX todos_by_owner ON Todos (owner_id);"
    "CREATE TABLE tags (tag TEXT, owner_id TEXT NOT NULL, PRIMARY KEY (owner_id, tag))"
    " WITHOUT ROWID;"
    "CREATE TABLE log (what TEXT);"
    "CREATE TRIGGER log_clears AFTER INSERT ON log WHEN new.what = 'clear' BEGIN"
    " DELETE FROM Todos; END;"
    "CREATE TRIGGER log_counts AFTER INSERT ON log WHEN new.what = 'count' BEGIN"
    " UPDATE log SET what = (SELECT count(*) FROM Todos) WHERE rowid = new.rowid; END;"
    "INSERT INTO lists VALUES (1, 'u1', 'mine'), (2, 'u2', 'hers');"
    "INSERT INTO Todos (id, owner_id, title, list_id) VALUES (1, 'u1', 'a', 1), (2, 'u1', 'b', 1),"
    " (3, 'u2', 'c', 2), (4, 'u2', 'd', 1);"
    "INSERT INTO tags VALUES ('x', 'u1'), ('y', 'u2')";

/* In another case than the schema's. */
static const struct owned_table rowsec_owned[] = {
    {"todos", "OWNER_ID"}, {"lists", "owner_id"}, {"tags", "owner_id"}};

void rowsec_set_up(void)
{
    rowsec_db = fixture_db_open_owned(rowsec_schema, rowsec_owned, 3);
}

void rowsec_tear_down(void)
{
    fixture_db_close(&rowsec_db);
}

struct db *rowsec_db;
size_t rowsec_plans;

/* Runs one statement for the subject (NULL: nobody). The body is the caller's. */
struct db_job rowsec_run(const char *sql, const char *subject, bool is_write, enum plan_role role)
{
    struct plan_step step = {.sql = sql,
                             .returns = PLAN_LIST,
                             .deletes = sql_head_of(sql, &dialect_sqlite).verb == SQL_DELETE};
    struct plan plan = {
        .id = rowsec_plans++, .is_write = is_write, .role = role, .steps = &step, .step_count = 1};
    struct db_job job = {.plan = &plan};

    if (subject)
        job.subject = slice_of(subject);
    fixture_db_run(rowsec_db, &job);
    return job;
}

void rowsec_expect_rows(const char *sql, const char *subject, enum plan_role role, const char *want)
{
    struct db_job job = rowsec_run(sql, subject, false, role);

    cr_expect(job.err == OK, "%s: %s", sql, job.cause);
    cr_expect_str_eq(buf_text(&job.body), want, "%s: %s", sql, buf_text(&job.body));
    db_job_fini(&job);
}
