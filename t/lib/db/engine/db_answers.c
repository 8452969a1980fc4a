/* SPDX-License-Identifier: MIT */
/* db.h: constraints, steps, typed columns and pages. */
#include "lib/db/engine/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/json/jread.h"
#include "lib/schema/schema.h"
#include "t/fixtures/fixture.h"

static const char schema[] =
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE lists (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);"
    "CREATE TABLE todos (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL REFERENCES lists,"
    " title TEXT NOT NULL CONSTRAINT not_blank CHECK (title <> ''), UNIQUE (list_id, title));"
    "INSERT INTO lists VALUES (1, 'a'), (2, 'b'), (3, 'c');"
    "INSERT INTO todos VALUES (1, 1, 'x'), (2, 1, 'y');"
    "CREATE TABLE keys (id INTEGER PRIMARY KEY, k);"
    "INSERT INTO keys VALUES (1, NULL), (2, NULL), (3, NULL), (4, 'a'), (5, 'a'), (6, 'b');";

static struct db *db;

static void set_up(void)
{
    db = fixture_db_open(schema);
}

static void tear_down(void)
{
    fixture_db_close(&db);
}

TestSuite(db_answers, .init = set_up, .fini = tear_down);

static void on_done(struct db_job *job)
{
    ++*(int *)job->data;
}

static struct db_job run(const struct plan *plan, const struct db_value *values)
{
    enum completion result;
    int called = 0;
    struct db_job job = {.plan = plan,
                         .values = values,
                         .done = on_done,
                         .data = &called,
                         .deadline_ns = clock_ns() + 20 * NS_PER_S};

    result = db_submit(db, &job);
    cr_expect(called == 0);
    db_turn(db);
    while (db_pending(db)) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        cr_assert(poll(&p, 1, 30000) == 1);
        db_deliver(db);
    }
    cr_expect(called == (result == LATER));
    return job;
}

/* Expects that the body is JSON equal to `want`. */
static void expect_body(struct db_job *job, const char *want)
{
    cr_expect(job->err == OK, "%s: %s %s", want, err_name(job->err), job->cause);
    cr_expect(!job->body.len || jread_is_json(job->body.data, job->body.len, 32));
    cr_expect_str_eq(buf_text(&job->body), want, "%s", job->body.data);
    db_job_fini(job);
}

static int64_t count_rows(const char *table)
{
    char sql[96];
    struct plan_step step = {.sql = sql, .returns = PLAN_ONE};
    struct plan_column column = {"n", SCHEMA_INTEGER, false};
    static size_t id = 7;
    struct plan plan = {.id = id,
                        .steps = &step,
                        .step_count = 1,
                        .columns = &column,
                        .column_count = 1,
                        .is_write = true};
    struct db_job job;
    int64_t n;

    snprintf(sql, sizeof(sql), "SELECT count(*) AS n FROM %s", table);
    job = run(&plan, NULL);
    n = atoll(buf_text(&job.body) + strlen("{\"n\":"));
    db_job_fini(&job);
    return n;
}

Test(db_answers, gives_constraints_their_answers)
{
    static struct plan_rule rules[] = {
        {RULE_UNIQUE, "todos.list_id, todos.title", {409, "title.taken", "/title", NULL, NULL}},
        {RULE_CHECK, "not_blank", {422, "title.blank", NULL, NULL, NULL}},
        {RULE_FOREIGN_KEY, NULL, {422, "list.unknown", NULL, NULL, NULL}},
        {RULE_NOT_NULL, "todos.title", {422, "title.missing", NULL, NULL, NULL}},
    };
    static const struct {
        const char *sql;
        bool deletes;
        enum err err;
        const char *keyword, *code;
    } rows[] = {
        {"INSERT INTO todos VALUES (9, 1, 'x')", false, ERR_CONFLICT, "unique", "title.taken"},
        {"INSERT INTO todos VALUES (1, 2, 'z')", false, ERR_CONFLICT, "unique", NULL},
        {"INSERT INTO lists VALUES (9, 'a')", false, ERR_CONFLICT, "unique", NULL},
        {"INSERT INTO todos VALUES (9, 1, '')", false, ERR_CONSTRAINT, "check", "title.blank"},
        {"INSERT INTO todos VALUES (9, 1, NULL)", false, ERR_CONSTRAINT, "required",
         "title.missing"},
        {"INSERT INTO todos VALUES (9, NULL, 'z')", false, ERR_CONSTRAINT, "required", NULL},
        {"INSERT INTO todos VALUES (9, 77, 'z')", false, ERR_REFERENCE, "foreignKey",
         "list.unknown"},
        {"DELETE FROM lists WHERE id = 1", true, ERR_REFERENCED, "foreignKey", NULL},
        {"UPDATE OR ROLLBACK todos SET title = 'x'", false, ERR_CONFLICT, "unique", "title.taken"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan_step step = {
            .sql = rows[i].sql, .returns = PLAN_NONE, .deletes = rows[i].deletes};
        struct plan plan = {.id = 0,
                            .is_write = true,
                            .steps = &step,
                            .step_count = 1,
                            .rules = rules,
                            .rule_count = 4};
        struct db_job job;

        plan.id = i % 7;
        if (i == 7) { /* statements are cached by plan id: a fresh engine for the next ids */
            tear_down();
            set_up();
        }
        job = run(&plan, NULL);
        cr_expect(job.err == rows[i].err, "%s: %s %s", rows[i].sql, err_name(job.err), job.cause);
        cr_expect(job.keyword && strcmp(job.keyword, rows[i].keyword) == 0, "%s", rows[i].sql);
        cr_expect(rows[i].code ? job.answer && strcmp(job.answer->code, rows[i].code) == 0
                               : !job.answer,
                  "%s: %s", rows[i].sql, job.answer ? job.answer->code : "no answer");
        cr_expect(*job.cause && job.changes == 0);
        db_job_fini(&job);
    }
    cr_expect(count_rows("todos") == 2 && count_rows("todos") == 2);
}

Test(db_answers, runs_steps_all_or_nothing)
{
    static struct plan_bind to_row[] = {{.is_step = true, .index = 0, .column = "id"},
                                        {.index = 1}};
    static struct plan_bind first[] = {{.index = 0}};
    static struct plan_step steps[] = {
        {.name = "to",
         .sql = "SELECT id, title FROM lists WHERE title = ?1",
         .returns = PLAN_ONE,
         .binds = first,
         .bind_count = 1,
         .otherwise = {422, "list.unknown", "/to", NULL}},
        {.sql = "INSERT INTO todos (list_id, title) VALUES (?1, 'step one')",
         .binds = to_row,
         .bind_count = 1},
        {.sql = "UPDATE todos SET title = ?2 WHERE list_id = ?1 AND title = 'step one' RETURNING "
                "title, list_id",
         .returns = PLAN_ONE,
         .binds = to_row,
         .bind_count = 2},
    };
    static struct plan_column columns[] = {{"title", SCHEMA_STRING, false},
                                           {"list_id", SCHEMA_INTEGER, false}};
    static const struct plan plan = {.id = 1,
                                     .is_write = true,
                                     .steps = steps,
                                     .step_count = 3,
                                     .result = 2,
                                     .columns = columns,
                                     .column_count = 2};
    struct db_value values[] = {{.type = DB_TEXT, .text = {"b", 1}},
                                {.type = DB_TEXT, .text = {"z", 1}}};
    struct db_job job = run(&plan, values);

    expect_body(&job, "{\"title\":\"z\",\"list_id\":2}");
    cr_expect(count_rows("todos") == 3);
    values[1].text = (struct slice){"", 0}; /* the last step fails: the insert must go too */
    job = run(&plan, values);
    cr_expect(job.err == ERR_CONSTRAINT && job.body.len == 0);
    db_job_fini(&job);
    values[0].text = (struct slice){"nothing", 7};
    job = run(&plan, values);
    cr_expect(job.err == ERR_NOT_FOUND && job.answer && job.answer->status == 422);
    db_job_fini(&job);
    cr_expect(count_rows("todos") == 3);
}

Test(db_answers, types_columns_by_the_schema)
{
    static const struct {
        const char *sql;
        int types;
        const char *body; /* NULL: does not fit */
    } rows[] = {
        {"SELECT 1 AS v", SCHEMA_BOOLEAN, "{\"v\":true}"},
        {"SELECT 0 AS v", SCHEMA_BOOLEAN | SCHEMA_NULL, "{\"v\":false}"},
        {"SELECT NULL AS v", SCHEMA_BOOLEAN, NULL},
        {"SELECT NULL AS v", SCHEMA_STRING | SCHEMA_NULL, "{\"v\":null}"},
        {"SELECT 1.5 AS v", SCHEMA_INTEGER, NULL},
        {"SELECT 2.0 AS v", SCHEMA_INTEGER, "{\"v\":2}"},
        {"SELECT 0.1 AS v", SCHEMA_NUMBER | SCHEMA_INTEGER, "{\"v\":0.1}"},
        {"SELECT 9e999 AS v", SCHEMA_NUMBER | SCHEMA_INTEGER, NULL},
        {"SELECT 'x' AS v", SCHEMA_INTEGER, NULL},
        {"SELECT '[1]' AS v", SCHEMA_STRING, "{\"v\":\"[1]\"}"},
        {"SELECT '[1]' AS v", SCHEMA_ARRAY, "{\"v\":[1]}"},
        {"SELECT '{\"a\":1}' AS v", SCHEMA_OBJECT | SCHEMA_NULL, "{\"v\":{\"a\":1}}"},
        {"SELECT '[1' AS v", SCHEMA_ARRAY, NULL},
        {"SELECT '5' AS v", SCHEMA_ARRAY, NULL},
        {"SELECT '{}' AS v", SCHEMA_ARRAY, NULL},
        {"SELECT '[]' AS v", SCHEMA_OBJECT, NULL},
        {"SELECT 'null' AS v", SCHEMA_OBJECT, NULL},
        {"SELECT 'a' || char(0) || '\"\xc3\xa4' AS v", SCHEMA_STRING,
         "{\"v\":\"a\\u0000\\\"\xc3\xa4\"}"},
        {"SELECT x'ff41' AS v", SCHEMA_STRING,
         "{\"v\":\"\xef\xbf\xbd"
         "A\"}"},
        {"SELECT -9223372036854775808 AS v", SCHEMA_INTEGER, "{\"v\":-9223372036854775808}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan_step step = {.sql = rows[i].sql, .returns = PLAN_ONE};
        struct plan_column column = {"v", rows[i].types, false};
        struct plan plan = {
            .id = i % 7, .steps = &step, .step_count = 1, .columns = &column, .column_count = 1};
        struct db_job job;

        if (i && i % 7 == 0) { /* see above */
            tear_down();
            set_up();
        }
        job = run(&plan, NULL);
        if (rows[i].body) {
            expect_body(&job, rows[i].body);
            continue;
        }
        cr_expect(job.err == ERR_INTERNAL && strstr(job.cause, "v"), "%s: %s %s", rows[i].sql,
                  err_name(job.err), buf_text(&job.body));
        db_job_fini(&job);
    }
}
