/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/api/document/document.h"
#include "lib/api/operation/prove_operations.h"
#include "lib/core/json/jread.h"
#include "lib/db/engine/prover.h"

struct fixture {
    struct diags diags;
    struct json_object *documents;
    struct api *api;
};

static const char migrations_text[] =
    "[{\"version\":1,\"name\":\"a\",\"checksum\":\"\",\"file\":\"m\",\"up\":"
    "\"CREATE TABLE todos (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INT, tags TEXT);\"}]";

/* Checks as leat check does: the documents against a migrated database, then the operations. */
static void check(struct fixture *f, const char *text)
{
    char path[] = "/tmp/leat-unit-op-XXXXXX";
    struct json_object *migrations, *document;
    struct jread_fault fault;
    struct prover *prover;
    int fd = mkstemp(path);

    *f = (struct fixture){.documents = json_object_new_array()};
    cr_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    document = document_load(path, DOCUMENT_SERVED, &dialect_sqlite, &f->diags);
    unlink(path);
    cr_assert(document, "%s", f->diags.count ? f->diags.items[0].message : "");
    json_object_array_add(f->documents, document);
    cr_assert(jread_text(migrations_text, strlen(migrations_text), 8, NULL, &migrations, &fault));
    prover = prover_open_scratch(NULL, migrations, &f->diags);
    cr_assert(prover);
    prove_documents(f->documents, prover, &f->diags);
    f->api = api_load(f->documents, NULL, &f->diags);
    cr_expect(f->api || f->diags.errors > 0);
    if (f->api)
        prove_plans(f->api, prover, &f->diags);
    prover_close(&prover);
    json_object_put(migrations);
}

static void tear_down(struct fixture *f)
{
    api_free(&f->api);
    cr_expect(!f->api);
    json_object_put(f->documents);
    diags_fini(&f->diags);
}

#define HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: /v1}]\npaths:\n"
#define TODO                                                                                       \
    "{type: object, required: [id, title], properties: {id: {type: integer}, title: {type: "       \
    "string}}}"
#define GIVES(status, schema)                                                                      \
    "responses: {'" status "': {description: d, content: {application/json: {schema: " schema "}}" \
    "}}"
#define ID "parameters: [{name: id, in: path, required: true, schema: {type: integer}}]"

static const char good[] = HEAD "  /todos/{id}:\n    get: {operationId: getTodo, " ID ", " GIVES(
    "200",
    TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos WHERE id = :id'}}\n"
          "    put: {operationId: putTodo, " ID
          ", requestBody: {required: true, content: {application/json: {schema:"
          " {type: object, required: [title], properties: {title: {type: string}}}}}}, " GIVES(
              "200",
              TODO) ", x-sql: {returns: one, sql: 'UPDATE todos SET title = :title, done = "
                    ":_has_title WHERE id = :id AND :_now <> :_ip"
                    " RETURNING id, title'}}\n"
                    "    delete: {operationId: dropTodo, " ID
                    ", responses: {'204': {description: d}}, x-sql: {returns: none, sql:"
                    " 'DELETE FROM todos WHERE id = :id'}}\n"
                    "  /todos:\n    get: {operationId: listTodos, parameters: [{name: done, in: "
                    "query, schema: {type: boolean}},"
                    " {name: n, in: query, schema: {type: integer}}, {name: c, in: query, schema: "
                    "{type: string}}], " GIVES(
                        "200",
                        "{type: object, properties: {items: {type: array, items: " TODO
                        "}, next: {type: [string, 'null']}}}") ", x-sql: {returns: list, sql: "
                                                               "'SELECT id, title FROM (SELECT * "
                                                               "FROM todos) -- all', filter: "
                                                               "{title: done},"
                                                               " page: {by: [title, id], order: "
                                                               "desc, limit: n, cursor: c}}}\n";

Test(operation, runs_the_whole_check)
{
    struct fixture f;
    struct operation *get, *put, *list;

    check(&f, good);
    cr_assert(f.api, "%s", f.diags.count ? f.diags.items[0].message : "");
    cr_expect(f.diags.errors == 0 && f.api->count == 4 && f.api->plan_count == 4);
    get = &f.api->operations[0];
    cr_expect_str_eq(get->template, "/v1/todos/{id}");
    cr_expect(get->method == METHOD_GET && get->status == 200 && get->envelope == ENVELOPE_BARE);
    cr_expect(get->parameters[0].in == IN_PATH && get->parameters[0].field.types == SCHEMA_INTEGER);
    cr_expect(get->input_count == 1 && get->inputs[0].from == INPUT_PARAMETER &&
              !get->plan->is_write);
    cr_expect(get->plan->column_count == 2 && get->plan->columns[0].types == SCHEMA_INTEGER);
    put = &f.api->operations[1];
    cr_expect(put->plan->is_write && put->is_body_required && put->input_count == 5);
    cr_expect(put->inputs[0].from == INPUT_PROPERTY && put->inputs[1].from == INPUT_HAS);
    cr_expect(put->inputs[3].from == INPUT_SERVER && put->inputs[3].server == SERVER_NOW);
    cr_expect(f.api->operations[2].plan->steps[0].deletes);
    list = &f.api->operations[3];
    cr_expect(list->envelope == ENVELOPE_PAGE && list->plan->page.by_count == 2);
    cr_expect(list->plan->page.descending == 3 && list->plan->page.has_limit &&
              list->cursor_parameter == 2);
    tear_down(&f);
}

Test(operation, loads_again_without_diags)
{
    struct fixture f;
    struct api *api;

    check(&f, good);
    api = api_load(f.documents, NULL, NULL);
    cr_expect(api && api->count == 4);
    api_free(&api);
    tear_down(&f);
}

struct row {
    const char *text, *message;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        bool found = false;

        check(&f, rows[i].text);
        for (size_t k = 0; k < f.diags.count; k++)
            found |= f.diags.items[k].level == DIAG_ERROR &&
                     strstr(f.diags.items[k].message, rows[i].message);
        cr_expect(found, "%s: %s, but: %s", rows[i].text, rows[i].message,
                  f.diags.errors ? f.diags.items[f.diags.count - 1].message : "no error");
        tear_down(&f);
    }
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))
#define GET(path, rest) HEAD "  " path ": {get: {" rest "}}\n"
#define POST(body, rest)                                                                           \
    HEAD "  /a: {post: {requestBody: {content: {application/json: {schema: " body "}}}, " rest     \
         "}}\n"

Test(operation, proves_the_names)
{
    static const struct row rows[] = {
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                      "WHERE id = :id'}"),
         ":id is neither"},
        {POST("{type: object, properties: {id: {}}}",
              "parameters: [{name: id, in: query, schema: {type: integer}}], " GIVES(
                  "200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos WHERE id "
                               "= :id'}"),
         ":id is both"},
        {GET("/a/{id}",
             "parameters: [{name: id, in: path, required: true}, {name: id, in: query}], " GIVES(
                 "200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos WHERE id "
                              "= :id'}"),
         ":id"},
        {GET("/a", "parameters: [{name: X-T, in: header}, {name: X.T, in: query}], " GIVES(
                       "200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                    "WHERE id = :X_T'}"),
         ":X_T"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                      "WHERE id = :_what'}"),
         ":_what"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                      "WHERE id = :_has_x'}"),
         ":_has_x"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                      "WHERE id = :to.id'}"),
         ":to.id"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos "
                                      "WHERE id = :_now.x'}"),
         ":_now.x"},
        {POST("{type: object, required: [t], properties: {t: {}}}",
              GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos'}"),
         "property t"},
        {GET("/a/{id}",
             GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM todos'}"),
         "not declared"},
        {GET("/a", ID ", " GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, title FROM "
                                              "todos WHERE id = :id'}"),
         "has no {id}"},
    };

    RUN_ROWS(rows);
}

Test(operation, proves_the_columns)
{
    static const struct row rows[] = {
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id FROM todos'}"),
         "requires title"},
        {GET("/a", GIVES("200",
                         TODO) ", x-sql: {returns: one, sql: 'SELECT id, title, done FROM todos'}"),
         "column done"},
        {GET("/a",
             GIVES("200",
                   TODO) ", x-sql: {returns: one, sql: 'SELECT id, title, 1 AS id FROM todos'}"),
         "two columns"},
        {GET("/a",
             GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELECT id, titel FROM todos'}"),
         "titel"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'SELEC 1'}"), "syntax error"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'PRAGMA user_version'}"),
         "can only read"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: one, sql: 'COMMIT'}"), "can only read"},
        {HEAD "  /a: {post: {responses: {'204': {description: d}}, x-sql: {returns: none, sql: "
              "'DROP TABLE "
              "todos'}}}\n",
         "can only read"},
        {HEAD "  /a: {post: {responses: {'204': {description: d}}, x-sql: {returns: none, sql: "
              "'CREATE TABLE x "
              "(y)'}}}\n",
         "can only read"},
        {GET("/a",
             GIVES("200",
                   TODO) ", x-sql: {returns: one, sql: 'DELETE FROM todos RETURNING id, title'}"),
         "GET must not write"},
        {HEAD "  /a: {head: {responses: {'204': {description: d}}, x-sql: {returns: none, sql: "
              "'DELETE FROM todos'}}}\n",
         "HEAD must not write"},
        {HEAD "  /a: {options: {responses: {'204': {description: d}}, x-sql: {returns: none, sql: "
              "'DELETE FROM todos'}}}\n",
         "OPTIONS must not write"},
        {HEAD "  /a: {trace: {responses: {'204': {description: d}}, x-sql: {returns: none, sql: "
              "'DELETE FROM todos'}}}\n",
         "TRACE must not write"},
        {GET("/a", "responses: {'204': {description: d}}, x-sql: {returns: list, max-rows: 1, sql: "
                   "'SELECT id "
                   "FROM todos'}"),
         "no body"},
        {GET("/a", GIVES("200", TODO) ", x-sql: {returns: none, sql: 'SELECT id FROM todos'}"),
         "returns: none"},
        {GET("/a",
             GIVES("200", TODO) ", x-sql: {returns: list, sql: 'SELECT id, title FROM todos'}"),
         "list"},
        {GET("/a",
             GIVES("200", "{type: array, items: " TODO
                          "}") ", x-sql: {returns: list, sql: 'SELECT id, title FROM todos'}"),
         "no bound: write page, or max-rows: N into x-sql, or LIMIT"},
        {GET("/a", GIVES("200", "{type: array, items: " TODO
                                "}") ", x-sql: {returns: list, sql: 'SELECT id, title FROM todos', "
                                     "page: {by: [id]}}"),
         "page"},
        {GET("/a", GIVES("200", "{type: array, items: " TODO
                                "}") ", x-sql: {returns: list, max-rows: 1, sql: 'SELECT id, title "
                                     "FROM todos', filter: {nope: nope}}"),
         "nope"},
    };

    RUN_ROWS(rows);
}

Test(operation, proves_the_routes)
{
    static const struct row rows[] = {
        {HEAD "  /a/{x}: {get: {parameters: [{name: x, in: path, required: true, schema: {}}], "
              "responses: {'204': {description: d}}, "
              "x-builtin: b}}\n"
              "  /a/{y}: {get: {parameters: [{name: y, in: path, required: true, schema: {}}], "
              "responses: {'204': {description: d}}, "
              "x-builtin: b}}\n",
         "is also matched by"},
        {HEAD "  /a: {get: {operationId: a, responses: {'204': {description: d}}, x-builtin: b}}\n"
              "  /b: {get: {operationId: a, responses: {'204': {description: d}}, x-builtin: b}}\n",
         "twice"},
        {HEAD "  /a/{x}{y}: {get: {parameters: [{name: y, in: path, required: true, schema: {}}, "
              "{name: x, in: path, required: true, schema: {}}], responses: {'204': {description: "
              "d}}, x-builtin: b}}\n",
         "between two parameters"},
        {HEAD "  /a: {get: {x-sunset: soon, responses: {'204': {description: d}}, x-builtin: b}}\n",
         "x-sunset"},
        {HEAD "  /a: {get: {x-sunset: '2027-02-31', responses: {'204': {description: d}}, "
              "x-builtin: b}}\n",
         "x-sunset"},
        {HEAD "  /a: {post: {responses: {'204': {description: d}}, x-sql: {tx: read, steps: [{sql: "
              "DELETE FROM "
              "todos}]}}}\n",
         "tx: is read"},
    };

    RUN_ROWS(rows);
}

/* More parameters than anybody needs: an answer, never a crash. */
Test(operation, survives_many_parameters)
{
    char *text = calloc(1, 1 << 16);
    size_t n = (size_t)sprintf(
        text, HEAD "  /a:\n    get:\n      x-sql: {returns: one, sql: 'SELECT 1 AS id'}\n"
                   "      responses: {'200': {description: d}}\n      parameters:\n");
    struct fixture f;

    for (int i = 0; i < 600; i++)
        n += (size_t)sprintf(text + n, "      - {name: p%d, in: query, schema: {}}\n", i);
    check(&f, text);
    tear_down(&f);
    free(text);
}
