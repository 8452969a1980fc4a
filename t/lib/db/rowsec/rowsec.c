/* SPDX-License-Identifier: MIT */
/* rowsec.h, through db.h: what a subject's job can see and change of others' rows. */
#include "lib/db/engine/conn.h"
#include "lib/db/rowsec/rowsec.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/db/sqlhead.h"
#include "t/fixtures/fixture.h"

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

/* In another case than the schema's. */
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

TestSuite(rowsec, .init = set_up, .fini = tear_down);

static size_t plans; /* each statement is a plan of its own */

/* Runs one statement for the subject (NULL: nobody). The body is the caller's. */
static struct db_job run(const char *sql, const char *subject, bool is_write, enum plan_role role)
{
    struct plan_step step = {
        .sql = sql, .returns = PLAN_LIST, .deletes = sql_head_of(sql).verb == SQL_DELETE};
    struct plan plan = {
        .id = plans++, .is_write = is_write, .role = role, .steps = &step, .step_count = 1};
    struct db_job job = {.plan = &plan};

    if (subject)
        job.subject = slice_of(subject);
    fixture_db_run(db, &job);
    return job;
}

static void expect_rows(const char *sql, const char *subject, enum plan_role role, const char *want)
{
    struct db_job job = run(sql, subject, false, role);

    cr_expect(job.err == OK, "%s: %s", sql, job.cause);
    cr_expect_str_eq(buf_text(&job.body), want, "%s: %s", sql, buf_text(&job.body));
    db_job_fini(&job);
}

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
        expect_rows(rows[i].sql, rows[i].subject, ROLE_CALLER, rows[i].want);
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

/* All as u1. The statements never restrict themselves, and behave as if there were no other
 * rows. */
Test(rowsec, changes_the_subjects_rows_only)
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

        tear_down();
        set_up();
        job = run(rows[i].sql, "u1", true, ROLE_CALLER);
        cr_expect(job.err == OK, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(job.changes == rows[i].changes, "%s: %d", rows[i].sql, (int)job.changes);
        cr_expect(!job.foreign, "%s", rows[i].sql);
        db_job_fini(&job);
        expect_rows(others, NULL, ROLE_UNRESTRICTED, untouched);
    }
}

/* The hook undoes what the conditions cannot prevent. */
Test(rowsec, guards_the_rows_of_others)
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
        struct db_job job = run(rows[i].sql, "u1", true, ROLE_CALLER);

        cr_expect(job.err == rows[i].err, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(rows[i].is_foreign == (job.foreign != NULL), "%s", rows[i].sql);
        db_job_fini(&job);
        expect_rows(others, NULL, ROLE_UNRESTRICTED, untouched);
    }
}

/* SQLite evaluates the conditions on another's row; one that fails there is evaluated again, on the
 * subject's rows only. */
Test(rowsec, tells_nothing_by_failing)
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

    tear_down();
    db = fixture_db_open_owned(odd, &docs, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct db_job job = run(rows[i].sql, "u1", rows[i].is_write, ROLE_CALLER);

        cr_expect(job.err == OK, "%s: %s", rows[i].sql, job.cause);
        cr_expect_str_eq(buf_text(&job.body), rows[i].want, "%s: %s", rows[i].sql,
                         buf_text(&job.body));
        db_job_fini(&job);
        job = run(rows[i].sql, "u2", rows[i].is_write, ROLE_CALLER);
        cr_expect(job.err != OK, "%s", rows[i].sql); /* a failure on one's own value is reported */
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

    tear_down();
    db = fixture_db_open_owned(with_views, &notes, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_rows(rows[i][0], "u1", ROLE_CALLER, rows[i][1]);
    expect_rows("SELECT count(*) AS n FROM plain", "u1", ROLE_UNRESTRICTED, "[{\"n\":2}]");
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

    tear_down();
    db = fixture_db_open_owned(with_indexes, tables, 4);
    expect_rows("SELECT count(*) AS n FROM a", "u2", ROLE_CALLER, "[{\"n\":0}]");
    expect_rows("SELECT count(*) AS n FROM r", "u2", ROLE_CALLER, "[{\"n\":0}]");
    expect_rows("SELECT count(*) AS n FROM s", "u2", ROLE_CALLER, "[{\"n\":0}]");
    expect_rows("SELECT secret FROM p WHERE p MATCH 'hers OR his'", "u2", ROLE_CALLER,
                "[{\"secret\":\"his\"}]");
}

Test(rowsec, guards_from_nobody)
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
        struct db_job job = run(rows[i].sql, NULL, true, ROLE_CALLER);

        cr_expect(job.err == rows[i].err, "%s: %s", rows[i].sql, job.cause);
        cr_expect(job.err == OK ? !job.changes : strcmp(job.foreign, "Todos") == 0, "%s",
                  rows[i].sql);
        db_job_fini(&job);
    }
}

/* Everything that the job did before is undone, and the writer continues. */
Test(rowsec, takes_the_whole_job_back)
{
    struct plan_step steps[] = {
        {.sql = "UPDATE todos SET n = 7 WHERE id = 1", .returns = PLAN_COUNT},
        {.sql = "REPLACE INTO todos (id, owner_id, title) VALUES (3, 'u1', 'x')",
         .returns = PLAN_COUNT},
        {.sql = "INSERT INTO log VALUES ('never')", .returns = PLAN_NONE}};
    struct plan plan = {.is_write = true, .steps = steps, .step_count = 3, .result = 2};
    struct db_job job = {.plan = &plan, .subject = slice_of("u1")};

    plans = 1;
    fixture_db_run(db, &job);
    cr_expect(job.err == ERR_CONFLICT && job.foreign);
    db_job_fini(&job);
    expect_rows("SELECT sum(n) AS n, (SELECT count(*) FROM log) AS logged FROM todos", "u1",
                ROLE_CALLER, "[{\"n\":0,\"logged\":0}]");
    job = run("UPDATE todos SET n = 2 WHERE id = 1 RETURNING n", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK && !job.foreign);
    db_job_fini(&job);
}

/* An unrestricted plan sees and changes everything; a trigger of main sees everything for
 * everybody. */
Test(rowsec, leaves_the_unrestricted_alone)
{
    struct db_job job;

    expect_rows("SELECT count(*) AS n FROM todos", NULL, ROLE_UNRESTRICTED, "[{\"n\":4}]");
    job = run("UPDATE todos SET n = 3 RETURNING id", "u1", true, ROLE_UNRESTRICTED);
    cr_expect(job.err == OK && job.rows == 4, "%s", job.cause);
    db_job_fini(&job);
    expect_rows("SELECT sum(n) AS n FROM todos", "u2", ROLE_CALLER, "[{\"n\":6}]");
    job = run("INSERT INTO log VALUES ('count')", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    expect_rows("SELECT what FROM log", "u1", ROLE_CALLER, "[{\"what\":\"4\"}]");
}

/* A table recreated under a running worker has its columns elsewhere. */
Test(rowsec, follows_the_schema)
{
    struct db_job job;

    fixture_db_change("ALTER TABLE Todos DROP COLUMN loud; ALTER TABLE tags RENAME TO labels;"
                      "CREATE TABLE tags (a, b, tag TEXT, owner_id TEXT NOT NULL);"
                      "INSERT INTO tags VALUES ('u1', 'u1', 'x', 'u2')");
    job = run("DELETE FROM tags", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK && !job.changes, "%s", job.cause);
    db_job_fini(&job);
    job = run("INSERT INTO tags VALUES ('u1', 'u1', 'x', 'u2')", "u1", true, ROLE_CALLER);
    cr_expect(job.err == ERR_FORBIDDEN, "%s", job.cause);
    db_job_fini(&job);
    job = run("UPDATE todos SET n = 1 WHERE id = 2", "u1", true, ROLE_CALLER);
    cr_expect(job.err == OK, "%s", job.cause);
    db_job_fini(&job);
    fixture_db_change("DROP TABLE tags");
    for (int i = 0; i < 2; i++) {
        job = run("UPDATE todos SET n = 1 WHERE id = 2", "u1", true, ROLE_CALLER);
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

    fixture_db_close(&db);
    db = fixture_db_open_owned(wide, &notes, 1);
    expect_rows("SELECT id FROM notes", "\xc3\xa4", ROLE_CALLER, "[{\"id\":1}]");
    job = run("UPDATE notes SET id = 3 WHERE id = 1 RETURNING id", "\xc3\xa4", true, ROLE_CALLER);
    cr_expect(job.err == OK && job.rows == 1, "%s", job.cause);
    db_job_fini(&job);
    job = run("UPDATE notes SET id = 4", "\xc3\xa4", true, ROLE_CALLER);
    cr_expect(job.err == OK && job.changes == 1, "%s", job.cause);
    db_job_fini(&job);
}
