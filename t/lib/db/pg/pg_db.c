/* SPDX-License-Identifier: MIT */
/* db.h with a PostgreSQL server: values, constraints, pages. */
#include "lib/db/engine/db.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/db/engine/page_cursor.h"
#include "t/fixtures/pg_fixture.h"
#include "t/fixtures/pg_server.h"

TestSuite(pg_db, .init = pg_fixture_open, .fini = pg_fixture_close, .timeout = 120);

static struct db_value text(const char *value)
{
    return (struct db_value){.type = DB_TEXT, .text = slice_of(value)};
}

Test(pg_db, values)
{
    static const struct {
        const char *sql, *json;
    } rows[] = {
        {"true", "true"},
        {"1::int2", "1"},
        {"-7", "-7"},
        {"9223372036854775807", "9223372036854775807"},
        {"(-9223372036854775808)::bigint", "-9223372036854775808"},
        {"12345678901234567890.1200", "12345678901234567890.1200"},
        {"0.1::float8", "0.1"},
        {"1.5::float4", "1.5"},
        {"null", "null"},
        {"'a\"b'::text", "\"a\\\"b\""},
        {"'{\"a\": 1.50}'::jsonb", "{\"a\": 1.50}"},
        {"'[1,2]'::json", "[1,2]"},
        {"'2026-12-01 01:02:03.5+01'::timestamptz", "\"2026-12-01T00:02:03.5Z\""},
        {"'2026-12-01 01:02:03'::timestamp", "\"2026-12-01T01:02:03\""},
        {"'2026-12-01'::date", "\"2026-12-01\""},
        {"'\\x00ff10'::bytea", "\"AP8Q\""},
        {"'\\xff'::bytea", "\"/w==\""},
        {"'6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid",
         "\"6f9619ff-8b86-d011-b42d-00c04fc964ff\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char sql[200], json[200];

        snprintf(sql, sizeof(sql), "SELECT %s AS v", rows[i].sql);
        snprintf(json, sizeof(json), "{\"v\":%s}", rows[i].json);
        cr_expect(pg_ask(i, sql, PLAN_ONE, NULL, 0) == OK, "%s: %s", sql, pg_last.cause);
        cr_expect(strcmp(pg_answer, json) == 0, "%s: %s", sql, pg_answer);
    }
}

Test(pg_db, parameters)
{
    struct db_value values[] = {{.type = DB_BOOL, .integer = 1},
                                {.type = DB_INTEGER, .integer = -5},
                                {.type = DB_REAL, .real = 0.25},
                                {.type = DB_JSON, .text = SLICE_LIT("{\"a\":[1]}")}};

    cr_expect(pg_ask(1, "SELECT $1::bool AS b, $2::int AS i, $3::numeric AS r, $4::jsonb AS j",
                     PLAN_ONE, values, 4) == OK,
              "%s", pg_last.cause);
    cr_expect(strcmp(pg_answer, "{\"b\":true,\"i\":-5,\"r\":0.25,\"j\":{\"a\": [1]}}") == 0, "%s",
              pg_answer);
    values[0].type = DB_ABSENT;
    values[1] = (struct db_value){.type = DB_BLOB, .text = {"\0\xff", 2}};
    cr_expect(pg_ask(2, "SELECT $1::bool AS b, $2::bytea AS i", PLAN_ONE, values, 2) == OK, "%s",
              pg_last.cause);
    cr_expect(strcmp(pg_answer, "{\"b\":null,\"i\":\"AP8=\"}") == 0, "%s", pg_answer);
    values[0] = (struct db_value){.type = DB_TEXT, .text = {"a\0b", 3}};
    cr_expect(pg_ask(3, "SELECT $1::text AS b", PLAN_ONE, values, 1) == ERR_VALUE);
    cr_expect(pg_last.blame == BLAME_ONE && pg_last.blamed == 0);
    values[1] = text("no number");
    cr_expect(pg_ask(4, "SELECT $1::text AS a, $2::int AS b", PLAN_ONE,
                     (struct db_value[]){text("a"), text("no number")}, 2) == ERR_VALUE,
              "%s", pg_last.cause);
    cr_expect(pg_last.blame == BLAME_ONE && pg_last.blamed == 1, "%d %zu", (int)pg_last.blame,
              pg_last.blamed);
}

Test(pg_db, subject)
{
    static struct plan_step step = {
        .sql = "SELECT current_setting('leat.sub') AS s, current_setting('leat.unrestricted') AS u",
        .returns = PLAN_ONE};
    static struct plan plan = {.steps = &step, .step_count = 1, .if_match = SIZE_MAX};
    struct db_job jobs[40] = {0};
    char names[40][8];

    pg_done = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof(names[i]), "u%d", i);
        jobs[i] = (struct db_job){.plan = &plan, .subject = slice_of(names[i])};
        pg_submit_job(&jobs[i]);
    }
    pg_turn_until(40);
    for (int i = 0; i < 40; i++) {
        char want[64];

        snprintf(want, sizeof(want), "{\"s\":\"u%d\",\"u\":\"off\"}", i);
        cr_expect(jobs[i].err == OK && slice_is(buf_slice(&jobs[i].body), want), "%d %s", i,
                  jobs[i].cause);
        db_job_fini(&jobs[i]);
    }
}

/* Policies bind a caller's statements, and not those that see all rows. */
Test(pg_db, policies)
{
    static struct plan_step step = {.sql = "SELECT count(*) AS n FROM notes", .returns = PLAN_ONE};
    static struct plan plans[] = {{.id = 0, .steps = &step, .step_count = 1, .if_match = SIZE_MAX},
                                  {.id = 1,
                                   .steps = &step,
                                   .step_count = 1,
                                   .if_match = SIZE_MAX,
                                   .role = ROLE_UNRESTRICTED}};
    static const struct {
        const char *subject, *want;
        size_t plan;
    } rows[] = {{"a", "{\"n\":2}", 0}, {"b", "{\"n\":1}", 0}, {"a", "{\"n\":3}", 1},
                {"b", "{\"n\":1}", 0}, {"", "{\"n\":0}", 0},  {"c", "{\"n\":0}", 0}};
    enum { N = sizeof(rows) / sizeof(*rows) };
    struct db_job jobs[N] = {0};

    for (int round = 0; round < 10; round++) {
        pg_done = 0;
        for (size_t i = 0; i < N; i++) {
            jobs[i] =
                (struct db_job){.plan = &plans[rows[i].plan], .subject = slice_of(rows[i].subject)};
            pg_submit_job(&jobs[i]);
        }
        pg_turn_until(N);
        for (size_t i = 0; i < N; i++) {
            cr_expect(jobs[i].err == OK && slice_is(buf_slice(&jobs[i].body), rows[i].want),
                      "%zu: %s %s", i, buf_text(&jobs[i].body), jobs[i].cause);
            db_job_fini(&jobs[i]);
        }
    }
}

Test(pg_db, constraints)
{
    static struct plan_step step = {
        .sql = "INSERT INTO todos (title, owner, list) VALUES ($1, $2, $3::int) RETURNING title",
        .returns = PLAN_ONE,
        .binds = pg_binds,
        .bind_count = 3};
    static struct plan_rule rules[] = {
        {RULE_UNIQUE, "todos.owner, todos.title", {409, "taken", NULL, NULL, NULL}},
        {RULE_CHECK, "short", {422, "long", NULL, NULL, NULL}},
        {RULE_NOT_NULL, "todos.title", {422, "none", NULL, NULL, NULL}},
        {RULE_FOREIGN_KEY, NULL, {422, "no-list", NULL, NULL, NULL}},
    };
    static struct plan plan = {.is_write = true,
                               .steps = &step,
                               .step_count = 1,
                               .rules = rules,
                               .rule_count = 4,
                               .if_match = SIZE_MAX};
    static const struct {
        struct db_value values[3];
        enum err err;
        const char *code;
    } rows[] = {
        {{{DB_TEXT, .text = SLICE_LIT("t1")}, {DB_TEXT, .text = SLICE_LIT("a")}, {DB_NULL}},
         ERR_CONFLICT,
         "taken"},
        {{{DB_TEXT, .text = SLICE_LIT("much too long")}, {DB_NULL}, {DB_NULL}},
         ERR_CONSTRAINT,
         "long"},
        {{{DB_NULL}, {DB_NULL}, {DB_NULL}}, ERR_CONSTRAINT, "none"},
        {{{DB_TEXT, .text = SLICE_LIT("x")}, {DB_NULL}, {DB_INTEGER, .integer = 9}},
         ERR_REFERENCE,
         "no-list"},
        {{{DB_TEXT, .text = SLICE_LIT("y")}, {DB_NULL}, {DB_TEXT, .text = SLICE_LIT("q")}},
         ERR_VALUE,
         NULL},
        {{{DB_TEXT, .text = SLICE_LIT("good")}, {DB_NULL}, {DB_NULL}}, OK, NULL},
    };
    enum { N = sizeof(rows) / sizeof(*rows) };
    struct db_job jobs[N] = {0};

    /* All at once: bad writes do not take the good one with them. */
    pg_done = 0;
    for (size_t i = 0; i < N; i++) {
        jobs[i] = (struct db_job){.plan = &plan, .values = rows[i].values};
        pg_submit_job(&jobs[i]);
    }
    pg_turn_until(N);
    for (size_t i = 0; i < N; i++) {
        cr_expect(jobs[i].err == rows[i].err, "%zu: %d %s", i, (int)jobs[i].err, jobs[i].cause);
        cr_expect((jobs[i].answer != NULL) == (rows[i].code != NULL), "%zu", i);
        if (jobs[i].answer && rows[i].code)
            cr_expect(strcmp(jobs[i].answer->code, rows[i].code) == 0, "%s", jobs[i].answer->code);
        db_job_fini(&jobs[i]);
    }
    cr_expect(strcmp(pg_server_run("SELECT count(*) FROM todos"), "8") == 0);
}

Test(pg_db, pages)
{
    static const char *const by[] = {"id"};
    static struct plan_step step = {.sql = "SELECT id, title FROM todos", .returns = PLAN_LIST};
    static struct plan plan = {.steps = &step,
                               .step_count = 1,
                               .page = {.by = by,
                                        .by_count = 1,
                                        .has_limit = true,
                                        .limit = 0,
                                        .limit_default = 3,
                                        .count_max = 100,
                                        .cursor = 1},
                               .if_match = SIZE_MAX};
    struct db_value values[3] = {{.type = DB_NULL}, {.type = DB_NULL}, {.type = DB_NULL}};
    struct db_job job = {.plan = &plan, .values = values, .count_max = 100};

    pg_run_job(&job);
    cr_expect(job.err == OK, "%s", job.cause);
    cr_expect(job.rows == 3 && job.total == 7, "%zu %d", job.rows, (int)job.total);
    cr_expect(slice_is(buf_slice(&job.next), "[103]"), "%s", buf_text(&job.next));
    db_job_fini(&job);
    values[1] = (struct db_value){.type = DB_INTEGER, .integer = PAGE_AFTER};
    values[2] = (struct db_value){.type = DB_INTEGER, .integer = 106};
    job = (struct db_job){.plan = &plan, .values = values};
    pg_run_job(&job);
    cr_expect(slice_is(buf_slice(&job.body), "[{\"id\":107,\"title\":\"t7\"}]"), "%s",
              buf_text(&job.body));
    cr_expect(!job.next.len);
    db_job_fini(&job);
}
