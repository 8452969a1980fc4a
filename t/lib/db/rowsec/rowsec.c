/* SPDX-License-Identifier: MIT */
/* rowsec.h, through db.h: what a subject's job can see of others' rows. */
#include "t/lib/db/rowsec/rowsec_fixture.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/db/sql/sqlhead.h"
#include "t/fixtures/fixture.h"

TestSuite(rowsec, .init = rowsec_set_up, .fini = rowsec_tear_down);

Test(rowsec, shows_the_subject_its_rows)
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
        rowsec_expect_rows(rows[i].sql, rows[i].subject, ROLE_CALLER, rows[i].want);
}

/* One prepared statement, one turn of the loop, alternating between subjects. */
Test(rowsec, keeps_subjects_apart)
{
    struct plan_step step = {.sql = "SELECT min(id) AS id FROM todos, (SELECT 1 UNION SELECT 2)",
                             .returns = PLAN_LIST};
    struct plan plan = {.steps = &step, .step_count = 1};

    for (int i = 0; i < 6; i++) {
        struct db_job job = {.plan = &plan, .subject = slice_of(i % 2 ? "u2" : "u1")};

        if (i > 3)
            job.subject.data = NULL;
        fixture_db_run(rowsec_db, &job);
        cr_expect_str_eq(buf_text(&job.body), i > 3   ? "[{\"id\":null}]"
                                              : i % 2 ? "[{\"id\":3}]"
                                                      : "[{\"id\":1}]");
        db_job_fini(&job);
    }
}

/* A view of main shows what it would without other rows, at any depth. */
Test(rowsec, sees_through_views)
{
    static const char with_views[] =
        "PRAGMA journal_mode=WAL;"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, secret TEXT);"
        "CREATE INDEX notes_by_owner ON notes (owner_id);"
        "CREATE VIEW plain (x) AS SELECT main . notes.secret FROM \"main\".notes;"
        "CREATE VIEW joined AS SELECT secret FROM (SELECT NULL AS secret) x FULL JOIN notes USING"
        " (secret);"
        "CREATE VIEW deeper AS WITH notes AS (SELECT * FROM joined) SELECT secret FROM notes"
        " NATURAL FULL JOIN (SELECT 'none' AS secret);"
        "CREATE VIRTUAL TABLE words USING fts5(secret, content='notes', content_rowid='id');"
        "CREATE VIRTUAL TABLE vocabulary USING fts5vocab('words', 'row');"
        "CREATE VIRTUAL TABLE copies USING fts4(content=\"notes\", secret);"
        "INSERT INTO notes VALUES (1, 'u1', 'mine'), (2, 'u2', 'hers');"
        "INSERT INTO words (words) VALUES ('rebuild'); INSERT INTO copies (copies) VALUES "
        "('rebuild')";
    static const struct owned_table notes = {"notes", "owner_id"};
    static const char *const rows[][2] = {
        {"SELECT x FROM plain", "[{\"x\":\"mine\"}]"},
        {"SELECT secret FROM joined WHERE secret IS NOT NULL", "[{\"secret\":\"mine\"}]"},
        {"SELECT secret FROM deeper WHERE secret IS NOT NULL ORDER BY 1",
         "[{\"secret\":\"mine\"},{\"secret\":\"none\"}]"},
        {"SELECT secret FROM (SELECT NULL AS secret) FULL JOIN notes USING (secret) WHERE secret "
         "IS NOT"
         " NULL",
         "[{\"secret\":\"mine\"}]"},
        {"SELECT secret FROM words WHERE words MATCH 'mine OR hers' ORDER BY rank",
         "[{\"secret\":\"mine\"}]"},
        {"SELECT n.id FROM words w JOIN notes n ON n.id = w.rowid WHERE w.words MATCH 'mine OR "
         "hers'",
         "[{\"id\":1}]"},
        {"SELECT count(*) AS n FROM words", "[{\"n\":1}]"},
        {"SELECT secret FROM copies WHERE copies MATCH 'mine OR hers'", "[{\"secret\":\"mine\"}]"},
        {"SELECT count(*) AS n FROM vocabulary", "[{\"n\":0}]"},
        {"SELECT count(*) AS n FROM words_data", "[{\"n\":0}]"},
    };

    rowsec_tear_down();
    rowsec_db = fixture_db_open_owned(with_views, &notes, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        rowsec_expect_rows(rows[i][0], "u1", ROLE_CALLER, rows[i][1]);
    rowsec_expect_rows("SELECT count(*) AS n FROM plain", "u1", ROLE_UNRESTRICTED, "[{\"n\":2}]");
}

/* An index finds its content by a number. If two owners may have the same, it could show one the
 * other's row. */
Test(rowsec, hides_indexes_whose_numbers_are_not_unique)
{
    static const char with_indexes[] =
        "PRAGMA journal_mode=WAL;"
        "CREATE TABLE apart (owner_id TEXT NOT NULL, id INTEGER NOT NULL, secret TEXT,"
        " PRIMARY KEY (owner_id, id)) WITHOUT ROWID;"
        "CREATE TABLE referring (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL, n INTEGER,"
        " secret TEXT);"
        "CREATE TABLE shadowing (rowid INTEGER, owner_id TEXT NOT NULL, secret TEXT);"
        "CREATE TABLE plain (owner_id TEXT NOT NULL, secret TEXT);"
        "CREATE VIRTUAL TABLE a USING fts5(secret, content=apart, content_rowid=id);"
        "CREATE VIRTUAL TABLE r USING fts5(secret, content=referring, content_rowid=n);"
        "CREATE VIRTUAL TABLE s USING fts5(secret, content=shadowing);"
        "CREATE VIRTUAL TABLE p USING fts5(secret, content=plain, content_rowid=_rowid_);"
        "INSERT INTO apart VALUES ('u1', 7, 'hers'), ('u2', 7, 'his');"
        "INSERT INTO referring VALUES (1, 'u1', 7, 'hers'), (2, 'u2', 7, 'his');"
        "INSERT INTO shadowing VALUES (7, 'u1', 'hers'), (7, 'u2', 'his');"
        "INSERT INTO plain VALUES ('u1', 'hers'), ('u2', 'his');"
        "INSERT INTO a (a) VALUES ('rebuild'); INSERT INTO r (r) VALUES ('rebuild');"
        "INSERT INTO s (s) VALUES ('rebuild'); INSERT INTO p (p) VALUES ('rebuild');";
    static const struct owned_table tables[] = {{"apart", "owner_id"},
                                                {"referring", "owner_id"},
                                                {"shadowing", "owner_id"},
                                                {"plain", "owner_id"}};

    rowsec_tear_down();
    rowsec_db = fixture_db_open_owned(with_indexes, tables, 4);
    rowsec_expect_rows("SELECT count(*) AS n FROM a", "u2", ROLE_CALLER, "[{\"n\":0}]");
    rowsec_expect_rows("SELECT count(*) AS n FROM r", "u2", ROLE_CALLER, "[{\"n\":0}]");
    rowsec_expect_rows("SELECT count(*) AS n FROM s", "u2", ROLE_CALLER, "[{\"n\":0}]");
    rowsec_expect_rows("SELECT secret FROM p WHERE p MATCH 'hers OR his'", "u2", ROLE_CALLER,
                       "[{\"secret\":\"his\"}]");
}

/* An unrestricted plan sees and changes everything; a trigger of main sees everything for
 * everybody. */
Test(rowsec, leaves_the_unrestricted_alone)
{
    struct db_job job;

    rowsec_expect_rows("SELECT count(*) AS n FROM todos", NULL, ROLE_UNRESTRICTED, "[{\"n\":4}]");
    job = rowsec_run("UPDATE todos SET n = 3 RETURNING id", "u1", true, ROLE_UNRESTRICTED);
    cr_expect(job.err == OK && job.rows == 4, "%s", job.cause);
    db_job_fini(&job);
    rowsec_expect_rows("SELECT sum(n) AS n FROM todos", "u2", ROLE_CALLER, "[{\"n\":6}]");
    job = rowsec_run("INSERT INTO log VALUES ('count')", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    rowsec_expect_rows("SELECT what FROM log", "u1", ROLE_CALLER, "[{\"what\":\"4\"}]");
}

/* A table recreated under a running worker has its columns elsewhere. */
Test(rowsec, follows_the_schema)
{
    struct db_job job;

    fixture_db_change("ALTER TABLE Todos DROP COLUMN loud; ALTER TABLE tags RENAME TO labels;"
                      "CREATE TABLE tags (a, b, tag TEXT, owner_id TEXT NOT NULL);"
                      "INSERT INTO tags VALUES ('u1', 'u1', 'x', 'u2')");
    job = rowsec_run("DELETE FROM tags", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK && !job.changes, "%s", job.cause);
    db_job_fini(&job);
    job = rowsec_run("INSERT INTO tags VALUES ('u1', 'u1', 'x', 'u2')", "u1", true, ROLE_CALLER);
    cr_expect(job.err == ERR_FORBIDDEN, "%s", job.cause);
    db_job_fini(&job);
    job = rowsec_run("UPDATE todos SET n = 1 WHERE id = 2", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    fixture_db_change("DROP TABLE tags");
    for (int i = 0; i < 2; i++) {
        job = rowsec_run("UPDATE todos SET n = 1 WHERE id = 2", "u1", true, ROLE_CALLER);
        cr_expect(job.err == ERR_INTERNAL && strstr(job.cause, "tags"), "%s", job.cause);
        db_job_fini(&job);
    }
}

Test(rowsec, opens_only_where_the_table_is)
{
    static const struct owned_table wrong[] = {{"nowhere", "owner_id"}, {"lists", "nobody"}};
    struct fault fault = {0};

    for (size_t i = 0; i < 2; i++) {
        struct conn c;

        cr_assert(conn_open(&c, scratch_path("a.db"), CONN_READ, "off", &fault));
        cr_expect(!rowsec_protect(&c, &wrong[i], 1, false, &fault));
        cr_expect(strstr(fault.text, wrong[i].name), "%s", fault.text);
        conn_close(&c);
    }
}

/* If text is stored as UTF-16, subjects are still compared as UTF-8. */
Test(rowsec, reads_other_encodings)
{
    static const char wide[] =
        "PRAGMA encoding = 'UTF-16'; PRAGMA journal_mode=WAL;"
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner_id TEXT NOT NULL);"
        "INSERT INTO notes VALUES (1, '\xc3\xa4'), (2, 'a')";
    static const struct owned_table notes = {"notes", "owner_id"};
    struct db_job job;

    fixture_db_close(&rowsec_db);
    rowsec_db = fixture_db_open_owned(wide, &notes, 1);
    rowsec_expect_rows("SELECT id FROM notes", "\xc3\xa4", ROLE_CALLER, "[{\"id\":1}]");
    job = rowsec_run("UPDATE notes SET id = 3 WHERE id = 1 RETURNING id", "\xc3\xa4", true,
                     ROLE_CALLER);
    cr_expect(job.err == OK && job.rows == 1, "%s", job.cause);
    db_job_fini(&job);
    job = rowsec_run("UPDATE notes SET id = 4", "\xc3\xa4", true, ROLE_CALLER);
    cr_expect(job.err == OK && job.changes == 1, "%s", job.cause);
    db_job_fini(&job);
}
