/* SPDX-License-Identifier: MIT */
/* The texts of a statement for one engine each. */
#include "lib/api/document/xsql_text.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/api/document/document.h"
#include "lib/api/operation/operation.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;
static struct json_object *document;

static void set_up(void)
{
    scratch_make();
    scratch_put("pg.sql", "SELECT :id::bigint AS id");
    scratch_put("bad.sql", "SELECT 1 AS a,\n $1 AS b");
}

static void tear_down(void)
{
    json_object_put(document);
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(xsql_text, .init = set_up, .fini = tear_down);

/* Loads a document with that `sql`, and returns the record of its statement. */
static struct json_object *load(const char *sql, const struct dialect *dialect)
{
    char text[1024];

    snprintf(
        text, sizeof(text),
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n  /a/{id}:\n    get:\n"
        "      operationId: getA\n"
        "      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n"
        "      responses: {'200': {description: d, content: {application/json: {schema: {type: "
        "object}}}}}\n"
        "      x-sql:\n        returns: one\n        sql: %s\n",
        sql);
    scratch_put("api.yaml", text);
    json_object_put(document);
    diags_fini(&diags);
    diags = (struct diags){0};
    document = document_load(scratch_path("api.yaml"), DOCUMENT_SERVED, dialect, &diags);
    return jget_item(jget(jget_item(document, "operations", 0), "sql"), "steps", 0);
}

static const char both[] = "{sqlite: 'SELECT ifnull(:id, 1) AS id', postgresql: {file: pg.sql}}";

Test(xsql_text, the_record_has_the_text_of_the_engine)
{
    static const struct {
        const char *sql, *in_sqlite, *in_postgresql;
    } rows[] = {
        {both, "SELECT ifnull(?1, 1) AS id", "SELECT $1::bigint AS id"},
        {"SELECT :id AS id", "SELECT ?1 AS id", "SELECT $1 AS id"},
        {"{file: pg.sql}", "SELECT ?1:?2 AS id", "SELECT $1::bigint AS id"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *step = load(rows[i].sql, &dialect_postgresql);

        cr_assert(!diags.errors, "%s", fixture_error(&diags));
        cr_expect_str_eq(jget_text(step, "sql"), rows[i].in_postgresql);
        cr_expect(xsql_text_dialect(step) == &dialect_postgresql);
        cr_expect_str_eq(json_object_get_string(jget_item(step, "names", 0)), "id");
        step = load(rows[i].sql, &dialect_sqlite);
        cr_expect_str_eq(jget_text(step, "sql"), rows[i].in_sqlite);
        cr_expect(xsql_text_dialect(step) == &dialect_sqlite && !jget(step, "dialect"));
    }
}

Test(xsql_text, places_are_those_of_the_text_in_use)
{
    struct arena arena = {0};
    struct json_object *step = load(both, &dialect_postgresql);

    cr_expect(strstr(jget_text(step, "source"), "/pg.sql"));
    cr_expect(strstr(sql_places_find_step(step, strlen("SELECT $1::"), &arena), "/pg.sql:1:13"));
    step = load(both, &dialect_sqlite);
    cr_expect(strstr(sql_places_find_step(step, strlen("SELECT "), &arena), "/api.yaml:11:31"),
              "%s", sql_places_find_step(step, strlen("SELECT "), &arena));
    arena_fini(&arena);
}

Test(xsql_text, refuses)
{
    static const struct {
        const char *sql;
        const struct dialect *dialect;
        const char *where, *message;
    } rows[] = {
        {"{postgresql: SELECT 1 AS a}", &dialect_sqlite, "/api.yaml:11:9",
         "x-sql: sql: has no text for sqlite"},
        {"{sqlite: SELECT 1 AS a}", &dialect_postgresql, "/api.yaml:11:9",
         "x-sql: sql: has no text for postgresql"},
        {"{}", NULL, "/api.yaml:11:9", "x-sql: sql: has no text for any engine"},
        {"{sqlite: SELECT 1 AS a, postgres: SELECT 1 AS a}", &dialect_sqlite, "/api.yaml:11:38",
         "x-sql: sql: postgres is no engine; known are sqlite and postgresql"},
        {"{sqlite: SELECT 1 AS a, postgresql: [1]}", &dialect_sqlite, "/api.yaml:11:38",
         "x-sql: postgresql: must be a string or {file: PATH}"},
        {"{sqlite: SELECT 1 AS a, postgresql: {file: bad.sql}}", &dialect_sqlite, "/bad.sql:2:2",
         "x-sql: parameters must be written as :name"},
        {"{sqlite: SELECT 1 AS a, postgresql: {file: gone.sql}}", &dialect_sqlite, "", "gone.sql"},
        {"3", &dialect_sqlite, "/api.yaml:11:9", "x-sql: sql: must be a string or {file: PATH}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        load(rows[i].sql, rows[i].dialect);
        cr_assert(diags.errors == 1, "%s: %zu", rows[i].sql, diags.errors);
        cr_expect(strstr(diags.items[0].where, rows[i].where), "%s: %s", rows[i].sql,
                  diags.items[0].where);
        cr_expect(strstr(diags.items[0].message, rows[i].message), "%s: %s", rows[i].sql,
                  diags.items[0].message);
    }
}

/* For a comparison of documents no engine is configured. */
Test(xsql_text, any_text_will_do_for_who_does_not_run_it)
{
    struct json_object *step = load("{postgresql: 'SELECT :id AS id'}", NULL);

    cr_assert(!diags.errors, "%s", fixture_error(&diags));
    cr_expect_str_eq(jget_text(step, "sql"), "SELECT $1 AS id");
    cr_expect_str_eq(jget_text(load(both, NULL), "sql"), "SELECT ifnull(?1, 1) AS id");
}

/* What clients read does not depend on the engine, and neither does what an operation may answer. */
Test(xsql_text, the_published_text_is_the_same)
{
    struct json_object *texts[2];

    for (size_t i = 0; i < 2; i++) {
        load(both, dialects[i]);
        texts[i] = json_object_get(jget(document, "published"));
    }
    cr_expect(json_object_equal(texts[0], texts[1]));
    json_object_put(texts[0]);
    json_object_put(texts[1]);
}

/* The words by which a plan is judged are those of the dialect. */
Test(xsql_text, plans_are_bound_by_the_dialect)
{
    static const char list[] = "SELECT :id::int AS id FROM t FETCH FIRST 3 ROWS ONLY";
    struct json_object *documents = json_object_new_array();
    struct api *api;

    load(list, &dialect_postgresql);
    json_object_array_add(documents, json_object_get(document));
    api = api_load(documents, NULL, &diags);
    cr_expect(!diags.errors, "%s", fixture_error(&diags));
    cr_assert(api->count == 1);
    cr_expect_str_eq(api->operations[0].plan->steps[0].sql,
                     "SELECT $1::int AS id FROM t FETCH FIRST 3 ROWS ONLY");
    cr_expect(api->operations[0].plan->steps[0].bind_count == 1);
    api_free(&api);
    json_object_put(documents);
}
