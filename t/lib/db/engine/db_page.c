/* SPDX-License-Identifier: MIT */
/* db.h: keyset pages. */
#include "lib/db/engine/db.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "lib/core/clock.h"
#include "lib/schema/schema.h"
#include "t/fixtures/fixture.h"

static struct db *db;

static const char schema[] =
    "PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, k, n);"
    "INSERT INTO t VALUES (1,'a',NULL), (2,'a',NULL), (3,'b',NULL), (4,'b',1),"
    "(5,'c',1), (6,'c',0.5), (7,'d\"\xc3\xa4','x')";

static void set_up(void)
{
    db = fixture_db_open(schema);
}

static void tear_down(void)
{
    fixture_db_close(&db);
}

TestSuite(db_page, .init = set_up, .fini = tear_down);

static void on_done(struct db_job *job)
{
    (void)job;
}

static const char *const by_key[] = {"k", "id"}, *const by_null[] = {"n", "id"};
static struct plan_step step = {.sql = "SELECT id, k, n FROM t", .returns = PLAN_LIST};
static struct plan_column columns[] = {
    {"id", SCHEMA_INTEGER, false}, {"k", SCHEMA_STRING, false}, {"n", SCHEMA_ANY, false}};

static struct plan paged(size_t id, const char *const *by, bool is_descending)
{
    return (struct plan){.id = id,
                         .steps = &step,
                         .step_count = 1,
                         .columns = columns,
                         .column_count = 3,
                         .page = {.by = by,
                                  .by_count = 2,
                                  .descending = is_descending ? 3 : 0,
                                  .has_limit = true,
                                  .limit = 0,
                                  .limit_default = 4,
                                  .cursor = 1}};
}

static struct db_job run(const struct plan *plan, const struct db_value *values)
{
    struct db_job job = {
        .plan = plan, .values = values, .done = on_done, .deadline_ns = clock_ns() + 20 * NS_PER_S};

    cr_expect(db_submit(db, &job) == DONE);
    cr_expect(db_pending(db) == 0);
    cr_expect(job.err == OK, "%s", job.cause);
    return job;
}

static struct db_value value_of(struct json_object *json)
{
    switch (json_object_get_type(json)) {
    case json_type_int:
        return (struct db_value){.type = DB_INTEGER, .integer = json_object_get_int64(json)};
    case json_type_double:
        return (struct db_value){.type = DB_REAL, .real = json_object_get_double(json)};
    case json_type_string:
        return (struct db_value){.type = DB_TEXT, .text = slice_of(json_object_get_string(json))};
    default:
        return (struct db_value){.type = DB_NULL};
    }
}

/* Appends the ids of one page; returns the keys behind it, NULL on the last page. */
static struct json_object *take_page(const struct plan *plan, struct db_value *values, char *ids)
{
    struct db_job job = run(plan, values);
    struct json_object *rows = json_tokener_parse(buf_text(&job.body)), *next = NULL;

    cr_expect(json_object_array_length(rows) == job.rows);
    for (size_t i = 0; i < json_object_array_length(rows); i++)
        strcat(ids, json_object_get_string(
                        json_object_object_get(json_object_array_get_idx(rows, i), "id")));
    strcat(ids, "|");
    if (job.next.len)
        next = json_tokener_parse(buf_text(&job.next));
    json_object_put(rows);
    db_job_fini(&job);
    return next;
}

static void expect_pages(const struct plan *plan, int64_t limit, const char *want)
{
    struct db_value values[4] = {{.type = DB_INTEGER, .integer = limit}};
    struct json_object *next = NULL;
    char ids[256] = "";

    for (int pages = 0; pages == 0 || (next && pages < 10); pages++) {
        struct json_object *keys = next;

        values[1].type = keys ? DB_INTEGER : DB_NULL;
        for (size_t i = 0; keys && i < 2; i++)
            values[2 + i] = value_of(json_object_array_get_idx(keys, i));
        next = take_page(plan, values, ids);
        json_object_put(keys);
    }
    json_object_put(next);
    cr_expect_str_eq(ids, want, "limit %d: %s", (int)limit, ids);
}

Test(db_page, gives_every_row_once)
{
    static const struct {
        int64_t limit;
        bool is_descending;
        const char *want;
    } rows[] = {
        {1, false, "1|2|3|4|5|6|7|"}, {2, false, "12|34|56|7|"}, {3, true, "765|432|1|"},
        {6, false, "123456|7|"},      {7, false, "1234567|"},    {8, true, "7654321|"},
        {0, false, "1234|567|"},      {-5, false, "1234|567|"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct plan plan = paged(rows[i].is_descending, by_key, rows[i].is_descending);

        expect_pages(&plan, rows[i].limit, rows[i].want);
    }
}

Test(db_page, says_the_next_key_only_where_rows_follow)
{
    struct plan plan = paged(0, by_key, false);
    struct db_value values[4] = {{.type = DB_INTEGER, .integer = 3}};
    struct db_job job = run(&plan, values);

    cr_expect_str_eq(buf_text(&job.next), "[\"b\",3]");
    db_job_fini(&job);
    values[0].integer = 7;
    job = run(&plan, values);
    cr_expect(job.next.len == 0);
    db_job_fini(&job);
}

/* The limit comes from a client: the schema need not bound it. */
Test(db_page, takes_the_largest_limit)
{
    struct plan plan = paged(0, by_key, false);

    expect_pages(&plan, INT64_MAX, "1234567|");
    expect_pages(&plan, INT64_MAX - 1, "1234567|");
}

Test(db_page, puts_null_before_all_else)
{
    struct plan up = paged(0, by_null, false), down = paged(1, by_null, true);

    up.page.nullable = down.page.nullable = 1;
    for (int64_t limit = 2; limit < 8; limit += 5) {
        expect_pages(&up, limit, limit == 2 ? "12|36|45|7|" : "1236457|");
        expect_pages(&down, limit, limit == 2 ? "75|46|32|1|" : "7546321|");
    }
}

/* The check refuses such columns where it can see them; a page must not go round in circles. */
Test(db_page, refuses_keys_that_no_cursor_holds)
{
    static struct plan_step blobs = {.sql = "SELECT id, k, CAST(k AS BLOB) AS n FROM t",
                                     .returns = PLAN_LIST};
    struct plan up = paged(0, by_null, false);
    struct db_value values[4] = {{.type = DB_INTEGER, .integer = 1}};
    struct db_job job = {
        .plan = &up, .values = values, .done = on_done, .deadline_ns = clock_ns() + 20 * NS_PER_S};

    up.steps = &blobs;
    cr_expect(db_submit(db, &job) == DONE);
    cr_expect(job.err == ERR_INTERNAL && strstr(job.cause, "column n is bytes"), "%s", job.cause);
    db_job_fini(&job);
}
