/* SPDX-License-Identifier: MIT */
/* rowsec.h, through db.h: what a subject's job can change of others' rows. */
#include "t/lib/db/rowsec/rowsec_fixture.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/db/sql/sqlhead.h"
#include "t/fixtures/fixture.h"

TestSuite(rowsec_writes, .init = rowsec_set_up, .fini = rowsec_tear_down);

static const char others[] =
    "SELECT (SELECT group_concat(id || loud || n || ifnull(list_id, '-')) FROM Todos"
    " WHERE owner_id = 'u2') AS todos, (SELECT group_concat(id || name) FROM lists"
    " WHERE owner_id = 'u2') AS lists,"
    " (SELECT group_concat(tag) FROM tags WHERE owner_id = 'u2') AS tags";
static const char untouched[] = "[{\"todos\":\"3c!02,4d!01\",\"lists\":\"2hers\",\"tags\":\"y\"}]";

/* All as u1. The statements never restrict themselves, and behave as if there were no other
 * rows. */
Test(rowsec_writes, changes_the_subjects_rows_only)
{
    static const struct {
        const char *sql;
        int changes;
    } rows[] = {
        {"UPDATE todos SET n = 1", 2},
        {"UPDATE todos SET n = 1 -- all", 2},
        {"UPDATE todos SET n = 1 WHERE id = 3", 0},
        {"UPDATE todos SET n = 1 WHERE id = 1 OR id = 3 OR 1", 2},
        {"UPDATE todos SET n = n WHERE id > 1 RETURNING id", 1},
        {"UPDATE OR IGNORE todos SET title = 'a' WHERE id = 3", 0},
        {"UPDATE OR ROLLBACK todos SET title = 'e' WHERE id = 3", 0},
        {"UPDATE todos SET owner_id = 'u1'", 2},
        {"UPDATE todos SET id = 9 WHERE id = 3", 0},
        {"UPDATE todos SET n = 1 FROM todos AS o WHERE todos.id = o.id + 2", 0},
        {"UPDATE todos SET n = o.id FROM lists AS o WHERE o.id < 9", 2},
        {"UPDATE todos AS t SET n = t.n + 1 WHERE t.id IN (1, 3) RETURNING id", 1},
        {"UPDATE todos SET n = 1 ORDER BY id DESC LIMIT 1", 1},
        {"DELETE FROM todos", 2},
        {"DELETE FROM todos WHERE id = 4 RETURNING *", 0},
        {"DELETE FROM todos WHERE list_id = 1", 2},
        {"DELETE FROM todos WHERE id IN (SELECT id FROM todos WHERE id > 1)", 1},
        {"DELETE FROM todos ORDER BY id DESC LIMIT 3", 2},
        {"INSERT INTO todos (owner_id, title) SELECT owner_id, 'e' || id FROM todos", 2},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'c') ON CONFLICT DO NOTHING RETURNING "
         "*",
         0},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'a') ON CONFLICT (title) DO UPDATE SET "
         "n ="
         " todos.n + 1",
         1},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'a') ON CONFLICT (title) DO UPDATE SET "
         "n ="
         " 1 WHERE 0 RETURNING n",
         0},
        {"UPDATE tags SET tag = tag || 'z'", 1},
        {"DELETE FROM tags WHERE tag = 'y' AND owner_id > 'u1'", 0},
        {"INSERT INTO tags VALUES ('y', 'u1')", 1},
        {"WITH x AS (SELECT 3 AS id) UPDATE todos SET n = 5 WHERE id IN (SELECT id FROM x)", 0},
        {"UPDATE lists SET name = 'ours'", 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job;

        rowsec_tear_down();
        rowsec_set_up();
        job = rowsec_run(rows[i].sql, "u1", true, ROLE_CALLER);
        cr_expect(job.err == OK, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(job.changes == rows[i].changes, "%s: %d", rows[i].sql, (int)job.changes);
        cr_expect(!job.foreign, "%s", rows[i].sql);
        db_job_fini(&job);
        rowsec_expect_rows(others, NULL, ROLE_UNRESTRICTED, untouched);
    }
}

/* The hook undoes what the conditions cannot prevent. */
Test(rowsec_writes, guards_the_rows_of_others)
{
    static const struct {
        const char *sql;
        enum err err;
        bool is_foreign;
    } rows[] = {
        {"UPDATE todos SET owner_id = 'u2' WHERE id = 1", ERR_FORBIDDEN, true},
        {"UPDATE todos SET owner_id = x'7531' WHERE id = 1", ERR_FORBIDDEN, true},
        {"UPDATE todos SET owner_id = NULL WHERE id = 1", ERR_CONSTRAINT, false},
        {"UPDATE OR REPLACE todos SET title = 'c' WHERE id = 1", ERR_CONFLICT, true},
        {"INSERT INTO todos (owner_id, title) VALUES ('u2', 'e')", ERR_FORBIDDEN, true},
        {"INSERT INTO todos (owner_id, title) VALUES ('U1', 'e')", ERR_FORBIDDEN, true},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'e'), ('u2', 'f')", ERR_FORBIDDEN,
         true},
        {"INSERT INTO todos (owner_id, title) SELECT owner_id, name FROM lists UNION ALL"
         " SELECT 'u2', 'g'",
         ERR_FORBIDDEN, true},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'c')", ERR_CONFLICT, false},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'c')"
         " ON CONFLICT (title) DO UPDATE SET n = todos.n + 1",
         ERR_CONFLICT, true},
        {"INSERT INTO todos (owner_id, title) VALUES ('u1', 'c')"
         " ON CONFLICT (title) DO UPDATE SET owner_id = excluded.owner_id WHERE 1 RETURNING title",
         ERR_CONFLICT, true},
        {"INSERT OR REPLACE INTO todos (owner_id, title) VALUES ('u1', 'c')", ERR_CONFLICT, true},
        {"REPLACE INTO todos (id, owner_id, title) VALUES (3, 'u1', 'e')", ERR_CONFLICT, true},
        {"REPLACE INTO tags VALUES ('y', 'u2')", ERR_CONFLICT, true},
        {"INSERT INTO tags VALUES ('z', 'u2')", ERR_FORBIDDEN, true},
        {"UPDATE tags SET owner_id = 'u2' WHERE owner_id = 'u1'", ERR_FORBIDDEN, true},
        {"DELETE FROM lists WHERE id = 1", ERR_REFERENCED, true}, /* cascades to u2's todo 4 */
        {"UPDATE lists SET id = 7 WHERE id = 1", ERR_FORBIDDEN, true},
        {"INSERT INTO log VALUES ('clear')", ERR_FORBIDDEN, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = rowsec_run(rows[i].sql, "u1", true, ROLE_CALLER);

        cr_expect(job.err == rows[i].err, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(rows[i].is_foreign == (job.foreign != NULL), "%s", rows[i].sql);
        db_job_fini(&job);
        rowsec_expect_rows(others, NULL, ROLE_UNRESTRICTED, untouched);
    }
}

/* SQLite evaluates the conditions on another's row; one that fails there is evaluated again, on the
 * subject's rows only. */
Test(rowsec_writes, tells_nothing_by_failing)
{
    static const char odd[] =
        "PRAGMA journal_mode=WAL;"
        "CREATE TABLE docs (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, meta TEXT, n INTEGER);"
        "CREATE INDEX docs_by_owner ON docs (owner_id); CREATE INDEX docs_by_meta ON docs (meta, "
        "n);"
        "CREATE VIEW ones AS SELECT * FROM docs WHERE json_extract(meta, '$.a') = 1;"
        "INSERT INTO docs VALUES (1, 'u1', '{\"a\":1}', 1), (2, 'u2', '{broken', 2)";
    static const struct owned_table docs = {"docs", "owner_id"};
    static const struct {
        const char *sql;
        bool is_write;
        const char *want;
    } rows[] = {
        {"SELECT id FROM docs WHERE id = 1 OR (id = 2 AND json_extract(meta, '$.a') = 1)", false,
         "[{\"id\":1}]"},
        {"SELECT count(*) AS id FROM docs WHERE meta > '' AND json(meta) > '' GROUP BY meta", false,
         "[{\"id\":1}]"},
        {"SELECT id FROM ones WHERE id = 1 OR id = 2", false, "[{\"id\":1}]"},
        {"UPDATE docs SET n = 5 WHERE id = 1 OR (id = 2 AND json_extract(meta, '$.a') = 1)"
         " RETURNING id",
         true, "[{\"id\":1}]"},
        {"UPDATE docs INDEXED BY docs_by_meta SET n = 5 WHERE meta > '' AND json(meta) > ''"
         " RETURNING id",
         true, "[{\"id\":1}]"},
        {"UPDATE docs SET n = abs(n) WHERE abs(CASE id WHEN 2 THEN -9223372036854775808 ELSE 1 "
         "END) >"
         " 0 AND (id = 1 OR id = 2) RETURNING id",
         true, "[{\"id\":1}]"},
        {"DELETE FROM docs WHERE id = 9 OR (id = 2 AND json_extract(meta, '$.a') = 1) RETURNING id",
         true, "[]"},
    };

    rowsec_tear_down();
    rowsec_db = fixture_db_open_owned(odd, &docs, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = rowsec_run(rows[i].sql, "u1", rows[i].is_write, ROLE_CALLER);

        cr_expect(job.err == OK, "%s: %s", rows[i].sql, job.cause);
        cr_expect_str_eq(buf_text(&job.body), rows[i].want, "%s: %s", rows[i].sql,
                         buf_text(&job.body));
        db_job_fini(&job);
        job = rowsec_run(rows[i].sql, "u2", rows[i].is_write, ROLE_CALLER);
        cr_expect(job.err != OK, "%s", rows[i].sql); /* a failure on one's own value is reported */
        db_job_fini(&job);
    }
}

Test(rowsec_writes, guards_from_nobody)
{
    static const struct {
        const char *sql;
        enum err err;
    } rows[] = {
        {"UPDATE todos SET n = 1 WHERE id = 1", OK},
        {"DELETE FROM todos WHERE id = 1", OK},
        {"INSERT INTO todos (owner_id, title) VALUES ('', 'x')", ERR_FORBIDDEN},
        {"INSERT INTO log VALUES ('clear')", ERR_FORBIDDEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = rowsec_run(rows[i].sql, NULL, true, ROLE_CALLER);

        cr_expect(job.err == rows[i].err, "%s: %s", rows[i].sql, job.cause);
        cr_expect(job.err == OK ? !job.changes : strcmp(job.foreign, "Todos") == 0, "%s",
                  rows[i].sql);
        db_job_fini(&job);
    }
}

/* Everything that the job did before is undone, and the writer continues. */
Test(rowsec_writes, takes_the_whole_job_back)
{
    struct plan_step steps[] = {
        {.sql = "UPDATE todos SET n = 7 WHERE id = 1", .returns = PLAN_COUNT},
        {.sql = "REPLACE INTO todos (id, owner_id, title) VALUES (3, 'u1', 'x')",
         .returns = PLAN_COUNT},
        {.sql = "INSERT INTO log VALUES ('never')", .returns = PLAN_NONE}};
    struct plan plan = {.is_write = true, .steps = steps, .step_count = 3, .result = 2};
    struct db_job job = {.plan = &plan, .subject = slice_of("u1")};

    rowsec_plans = 1;
    fixture_db_run(rowsec_db, &job);
    cr_expect(job.err == ERR_CONFLICT && job.foreign);
    db_job_fini(&job);
    rowsec_expect_rows("SELECT sum(n) AS n, (SELECT count(*) FROM log) AS logged FROM todos", "u1",
                       ROLE_CALLER, "[{\"n\":0,\"logged\":0}]");
    job = rowsec_run("UPDATE todos SET n = 2 WHERE id = 1 RETURNING n", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK && !job.foreign);
    db_job_fini(&job);
}
