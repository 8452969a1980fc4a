/* SPDX-License-Identifier: MIT */
/* owned.h, through db.h: what one subject's job sees and changes of another's rows. */
#include "lib/db/owned.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/fixture.h"

static const char schema[] =
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

/* In other letters than the schema has them. */
static const struct owned_table owned[] = {
    {"todos", "OWNER_ID"}, {"lists", "owner_id"}, {"tags", "owner_id"}};

static struct db *db;

static void set_up(void)
{
    db = fixture_db_open_owned(schema, owned, 3);
}

static void tear_down(void)
{
    fixture_db_close(&db);
}

TestSuite(owned, .init = set_up, .fini = tear_down);

static size_t plans; /* each statement is a plan of its own */

/* Runs one statement for the subject (NULL: nobody). The body is the caller's. */
static struct db_job run(const char *sql, const char *subject, bool is_write, bool is_unrestricted)
{
    struct plan_step step = {.sql = sql, .returns = PLAN_LIST};
    struct plan plan = {.id = plans++,
                        .is_write = is_write,
                        .is_unrestricted = is_unrestricted,
                        .steps = &step,
                        .step_count = 1};
    struct db_job job = {.plan = &plan};

    if (subject)
        job.subject = slice_of(subject);
    fixture_db_run(db, &job);
    return job;
}

static void expect_rows(const char *sql, const char *subject, bool is_unrestricted,
                        const char *want)
{
    struct db_job job = run(sql, subject, false, is_unrestricted);

    cr_expect(job.err == OK, "%s: %s", sql, job.cause);
    cr_expect_str_eq(buf_text(&job.body), want, "%s: %s", sql, buf_text(&job.body));
    db_job_fini(&job);
}

Test(owned, shows_the_subject_its_rows)
{
    static const struct {
        const char *sql, *subject, *want;
    } rows[] = {
        {"SELECT id FROM todos ORDER BY id", "u1", "[{\"id\":1},{\"id\":2}]"},
        {"SELECT id FROM todos ORDER BY id", "u2", "[{\"id\":3},{\"id\":4}]"},
        {"SELECT id FROM todos", "u", "[]"},
        {"SELECT id FROM todos", "", "[]"},
        {"SELECT id FROM todos", NULL, "[]"},
        {"SELECT id FROM \"Todos\" WHERE id = 3", "u1", "[]"},
        {"SELECT count(*) AS n FROM todos", "u1", "[{\"n\":2}]"},
        {"SELECT t.id FROM lists l JOIN todos t ON t.list_id = l.id ORDER BY 1", "u1",
         "[{\"id\":1},{\"id\":2}]"},
        {"SELECT t.id FROM lists l JOIN todos t ON t.list_id = l.id", "u2", "[{\"id\":3}]"},
        {"SELECT l.id, (SELECT count(*) FROM todos) AS n FROM lists AS l", "u2",
         "[{\"id\":2,\"n\":2}]"},
        {"SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM todos WHERE title = 'c')", "u1", "[]"},
        {"WITH x AS (SELECT * FROM todos) SELECT id FROM x WHERE id > 1", "u1", "[{\"id\":2}]"},
        {"WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 9)"
         " SELECT id FROM r JOIN todos ON id = i",
         "u2", "[{\"id\":3},{\"id\":4}]"},
        {"SELECT id FROM todos UNION SELECT id + 100 FROM lists", "u1",
         "[{\"id\":1},{\"id\":2},{\"id\":101}]"},
        {"SELECT max(id) OVER () AS m FROM todos LIMIT 1", "u1", "[{\"m\":2}]"},
        {"SELECT * FROM (SELECT id, loud FROM todos) AS x WHERE x.loud = 'd!'", "u1", "[]"},
        {"SELECT tag FROM tags", "u2", "[{\"tag\":\"y\"}]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_rows(rows[i].sql, rows[i].subject, false, rows[i].want);
}

/* One prepared statement, one turn of the loop, in turn for this one and that one. */
Test(owned, keeps_subjects_apart)
{
    struct plan_step step = {.sql = "SELECT min(id) AS id FROM todos, (SELECT 1 UNION SELECT 2)",
                             .returns = PLAN_LIST};
    struct plan plan = {.steps = &step, .step_count = 1};

    for (int i = 0; i < 6; i++) {
        struct db_job job = {.plan = &plan, .subject = slice_of(i % 2 ? "u2" : "u1")};

        if (i > 3)
            job.subject.data = NULL;
        fixture_db_run(db, &job);
        cr_expect_str_eq(buf_text(&job.body), i > 3   ? "[{\"id\":null}]"
                                              : i % 2 ? "[{\"id\":3}]"
                                                      : "[{\"id\":1}]");
        db_job_fini(&job);
    }
}

static const char others[] =
    "SELECT (SELECT group_concat(id || loud || n || ifnull(list_id, '-')) FROM Todos"
    " WHERE owner_id = 'u2') AS todos, (SELECT group_concat(id || name) FROM lists"
    " WHERE owner_id = 'u2') AS lists,"
    " (SELECT group_concat(tag) FROM tags WHERE owner_id = 'u2') AS tags";
static const char untouched[] = "[{\"todos\":\"3c!02,4d!01\",\"lists\":\"2hers\",\"tags\":\"y\"}]";

/* All as u1, to whom the statements never limit themselves. */
Test(owned, guards_the_rows_of_others)
{
    static const struct {
        const char *sql;
        enum err err;
    } rows[] = {
        {"UPDATE main.todos SET n = 1", ERR_NOT_FOUND},
        {"UPDATE main.todos SET n = 1 WHERE id = 3", ERR_NOT_FOUND},
        {"UPDATE main.todos SET n = n WHERE id = 3 RETURNING id", ERR_NOT_FOUND},
        {"UPDATE OR IGNORE main.todos SET title = 'a' WHERE id = 3", OK}, /* 'a' is there */
        {"UPDATE OR IGNORE main.todos SET title = 'e' WHERE id = 3", ERR_NOT_FOUND},
        {"UPDATE OR ROLLBACK main.todos SET title = 'e' WHERE id = 3", ERR_NOT_FOUND},
        {"UPDATE main.todos SET owner_id = 'u1'", ERR_NOT_FOUND},
        {"UPDATE main.todos SET owner_id = 'u2' WHERE id = 1", ERR_FORBIDDEN},
        {"UPDATE main.todos SET owner_id = x'7531' WHERE id = 1", ERR_FORBIDDEN},
        {"UPDATE main.todos SET owner_id = NULL WHERE id = 1", ERR_CONSTRAINT},
        {"UPDATE main.todos SET id = 9 WHERE id = 3", ERR_NOT_FOUND},
        {"UPDATE main.todos SET n = 1 FROM todos AS o WHERE main.todos.id = o.id + 2",
         ERR_NOT_FOUND},
        {"UPDATE main.todos SET n = todos.n + 1 WHERE todos.id = 1 RETURNING todos.id", OK},
        {"DELETE FROM main.todos", ERR_NOT_FOUND},
        {"DELETE FROM main.todos WHERE id = 4 RETURNING *", ERR_NOT_FOUND},
        {"DELETE FROM main.todos WHERE id IN (SELECT id FROM todos WHERE id > 1)", OK},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u2', 'e')", ERR_FORBIDDEN},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('U1', 'e')", ERR_FORBIDDEN},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u1', 'e'), ('u2', 'f')", ERR_FORBIDDEN},
        {"INSERT INTO main.todos (owner_id, title) SELECT owner_id, 'e' || id FROM todos", OK},
        {"INSERT INTO main.todos (owner_id, title) SELECT owner_id, name FROM lists UNION ALL"
         " SELECT 'u2', 'g'",
         ERR_FORBIDDEN},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u1', 'c')", ERR_CONFLICT},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u1', 'c')"
         " ON CONFLICT (title) DO UPDATE SET n = todos.n + 1",
         ERR_NOT_FOUND},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u1', 'c')"
         " ON CONFLICT (title) DO UPDATE SET owner_id = excluded.owner_id RETURNING title",
         ERR_NOT_FOUND},
        {"INSERT INTO main.todos (owner_id, title) VALUES ('u1', 'c') ON CONFLICT DO NOTHING"
         " RETURNING *",
         OK},
        {"INSERT OR REPLACE INTO main.todos (owner_id, title) VALUES ('u1', 'c')", ERR_NOT_FOUND},
        {"REPLACE INTO main.todos (id, owner_id, title) VALUES (3, 'u1', 'e')", ERR_NOT_FOUND},
        {"REPLACE INTO main.tags VALUES ('y', 'u2')", ERR_NOT_FOUND},
        {"INSERT INTO main.tags VALUES ('z', 'u2')", ERR_FORBIDDEN},
        {"INSERT INTO main.tags VALUES ('y', 'u1')", OK},
        {"UPDATE main.tags SET tag = tag || 'z'", ERR_NOT_FOUND},
        {"UPDATE main.tags SET owner_id = 'u2' WHERE owner_id = 'u1'", ERR_FORBIDDEN},
        {"DELETE FROM main.tags WHERE tag = 'y' AND owner_id > 'u1'", ERR_NOT_FOUND},
        {"DELETE FROM main.lists WHERE id = 1", ERR_NOT_FOUND}, /* takes u2's todo 4 along */
        {"UPDATE main.lists SET id = 7 WHERE id = 1", ERR_NOT_FOUND},
        {"INSERT INTO log VALUES ('clear')", ERR_NOT_FOUND},
        {"WITH x AS (SELECT 3 AS id) UPDATE main.todos SET n = 5 WHERE id IN (SELECT id FROM x)",
         ERR_NOT_FOUND},
        {"UPDATE main.lists SET name = 'ours' WHERE id = 1", OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = run(rows[i].sql, "u1", true, false);
        bool is_foreign = rows[i].err == ERR_NOT_FOUND || rows[i].err == ERR_FORBIDDEN;

        cr_expect(job.err == rows[i].err, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(is_foreign == (job.foreign != NULL), "%s", rows[i].sql);
        db_job_fini(&job);
        expect_rows(others, NULL, true, untouched);
    }
}

Test(owned, guards_from_nobody)
{
    static const char *const rows[] = {"UPDATE main.todos SET n = 1 WHERE id = 1",
                                       "DELETE FROM main.todos WHERE id = 1",
                                       "INSERT INTO main.todos (owner_id, title) VALUES ('', 'x')",
                                       "INSERT INTO log VALUES ('clear')"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = run(rows[i], NULL, true, false);

        cr_expect(job.err ==
                      (strncmp(rows[i], "INSERT INTO m", 13) == 0 ? ERR_FORBIDDEN : ERR_NOT_FOUND),
                  "%s: %s", rows[i], job.cause);
        cr_expect_str_eq(job.foreign, "Todos");
        db_job_fini(&job);
    }
}

/* All that the job did before is gone, and the writer goes on. */
Test(owned, takes_the_whole_job_back)
{
    struct plan_step steps[] = {
        {.sql = "UPDATE main.todos SET n = 7 WHERE id = 1", .returns = PLAN_COUNT},
        {.sql = "UPDATE main.todos SET n = 7 WHERE id = 3",
         .returns = PLAN_COUNT,
         .otherwise = {.status = 404, .code = "gone"}},
        {.sql = "INSERT INTO log VALUES ('never')", .returns = PLAN_NONE}};
    struct plan plan = {.is_write = true, .steps = steps, .step_count = 3, .result = 2};
    struct db_job job = {.plan = &plan, .subject = slice_of("u1")};

    plans = 1;
    fixture_db_run(db, &job);
    cr_expect(job.err == ERR_NOT_FOUND && job.answer == &steps[1].otherwise);
    db_job_fini(&job);
    expect_rows("SELECT sum(n) AS n, (SELECT count(*) FROM log) AS logged FROM todos", "u1", false,
                "[{\"n\":0,\"logged\":0}]");
    job = run("UPDATE main.todos SET n = 2 WHERE id = 1 RETURNING n", "u1", true, false);
    cr_expect(job.err == OK && !job.foreign);
    db_job_fini(&job);
}

/* An unrestricted plan sees and changes all; a trigger of main sees all for everybody. */
Test(owned, leaves_the_unrestricted_alone)
{
    struct db_job job;

    expect_rows("SELECT count(*) AS n FROM todos", NULL, true, "[{\"n\":4}]");
    job = run("UPDATE todos SET n = 3 RETURNING id", "u1", true, true);
    cr_expect(job.err == OK && job.rows == 4, "%s", job.cause);
    db_job_fini(&job);
    expect_rows("SELECT sum(n) AS n FROM todos", "u2", false, "[{\"n\":6}]");
    job = run("INSERT INTO log VALUES ('count')", "u1", true, false);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    expect_rows("SELECT what FROM log", "u1", false, "[{\"what\":\"4\"}]");
}

/* A table that was made anew under a running worker has its columns elsewhere. */
Test(owned, follows_the_schema)
{
    static const char *const changes[] = {
        "ALTER TABLE Todos DROP COLUMN loud", "ALTER TABLE tags RENAME TO labels",
        "CREATE TABLE tags (a, b, tag TEXT, owner_id TEXT NOT NULL)",
        "INSERT INTO tags VALUES ('u1', 'u1', 'x', 'u2')"};
    struct db_job job;

    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        job = run(changes[i], NULL, true, true);
        cr_expect(job.err == OK, "%s", job.cause);
        db_job_fini(&job);
    }
    job = run("DELETE FROM main.tags", "u1", true, false);
    cr_expect(job.err == ERR_NOT_FOUND, "%s", job.cause);
    db_job_fini(&job);
    job = run("UPDATE main.todos SET n = 1 WHERE id = 2", "u1", true, false);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    job = run("DROP TABLE tags", NULL, true, true);
    db_job_fini(&job);
    for (int i = 0; i < 2; i++) {
        job = run("UPDATE main.todos SET n = 1 WHERE id = 2", "u1", true, false);
        cr_expect(job.err == ERR_INTERNAL && strstr(job.cause, "tags"), "%s", job.cause);
        db_job_fini(&job);
    }
}

Test(owned, opens_only_where_the_table_is)
{
    static const struct owned_table wrong[] = {{"nowhere", "owner_id"}, {"lists", "nobody"}};
    char *why;

    for (size_t i = 0; i < 2; i++) {
        struct conn c;

        cr_assert(conn_open(&c, scratch_path("a.db"), CONN_READ, "off", &why));
        cr_expect(!owned_protect(&c, &wrong[i], 1, &why));
        cr_expect(strstr(why, wrong[i].name), "%s", why);
        free(why);
        conn_close(&c);
    }
}

/* Where text is stored in two bytes a character, subjects are still compared as UTF-8. */
Test(owned, reads_other_encodings)
{
    static const char wide[] =
        "PRAGMA encoding = 'UTF-16'; PRAGMA journal_mode=WAL;"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL);"
        "INSERT INTO notes VALUES (1, '\xc3\xa4'), (2, 'a')";
    static const struct owned_table notes = {"notes", "owner_id"};
    struct db_job job;

    fixture_db_close(&db);
    db = fixture_db_open_owned(wide, &notes, 1);
    expect_rows("SELECT id FROM notes", "\xc3\xa4", false, "[{\"id\":1}]");
    job = run("UPDATE main.notes SET id = 3 WHERE id = 1 RETURNING id", "\xc3\xa4", true, false);
    cr_expect(job.err == OK && job.rows == 1, "%s", job.cause);
    db_job_fini(&job);
    job = run("UPDATE main.notes SET id = 4 WHERE id = 2", "\xc3\xa4", true, false);
    cr_expect(job.err == ERR_NOT_FOUND, "%s", job.cause);
    db_job_fini(&job);
}
