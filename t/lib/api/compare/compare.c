/* SPDX-License-Identifier: MIT */
#include "lib/api/compare/compare.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "t/fixtures/fixture.h"

/* Paths of two documents, and the findings: '!' a break, '-' another change. */
struct row {
    const char *old, *new, *changes;
};

struct side {
    struct json_object *documents;
    struct api *api;
};

static struct side load(const char *paths)
{
    struct side s = {.documents = json_object_new_array()};
    struct diags diags = {0};
    char text[4096];

    snprintf(text, sizeof(text),
             "openapi: 3.1.0\ninfo: {title: t, version: '1'}\nservers: [{url: /v1}]\npaths:\n%s\n",
             paths);
    json_object_array_add(s.documents, fixture_document(text, &diags));
    cr_assert(!diags.errors, "%s: %s", paths, fixture_error(&diags));
    s.api = api_load(s.documents, NULL, &diags);
    cr_assert(s.api, "%s: %s", paths, fixture_error(&diags));
    diags_fini(&diags);
    return s;
}

static void unload(struct side *s)
{
    api_free(&s->api);
    json_object_put(s->documents);
}

static void run_row(const struct row *row)
{
    struct side old = load(row->old), new = load(row->new);
    struct api_changes changes = {0};
    struct buf got = {0};
    size_t breaks = 0;

    api_compare(&(struct api_version){old.documents, old.api},
                &(struct api_version){new.documents, new.api}, &changes);
    for (size_t i = 0; i < changes.count; i++) {
        buf_printf(&got, "%s%c %s", i ? "\n" : "", changes.items[i].is_break ? '!' : '-',
                   api_change_text(&changes, &changes.items[i]));
        breaks += changes.items[i].is_break;
    }
    cr_expect(strcmp(buf_text(&got), row->changes) == 0, "%s -> %s:\n%s\nbut expected:\n%s",
              row->old, row->new, buf_text(&got), row->changes);
    cr_expect(breaks == changes.breaks);
    buf_fini(&got);
    api_changes_fini(&changes);
    unload(&old);
    unload(&new);
}

static void run_rows(const struct row *rows, size_t count)
{
    scratch_make();
    for (size_t i = 0; i < count; i++)
        run_row(&rows[i]);
    scratch_remove();
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))
#define OK "responses: {'200': {description: ok}}"
#define GET(more) "  /a: {get: {operationId: getA, " OK more "}}"

Test(compare, compares_operations)
{
    static const struct row rows[] = {
        {GET(""), GET(""), ""},
        {GET(""), "  /b: {get: {" OK "}}",
         "! getA: the operation is gone (GET /v1/a)\n"
         "- GET /v1/b: the operation is new (GET /v1/b)"},
        {GET(""), "  /a: {post: {operationId: getA, " OK "}}",
         "! getA: the operation is gone (GET /v1/a)\n- getA: the operation is new (POST /v1/a)"},
        {GET(""), "  /a: {get: {operationId: fetchA, " OK "}}",
         "- getA: the operationId is now fetchA"},
        {GET(""), GET(", deprecated: true, x-sunset: '2027-01-31'"),
         "- getA: is now deprecated\n- getA: will be removed at Sun, 31 Jan 2027 00:00:00 GMT"},
        {"  /a/{x}/b/{y}: {get: {operationId: x, parameters: [{in: path, name: x, required: true,"
         " schema: {type: integer}}, {in: path, name: y, required: true, schema: {}}], " OK "}}",
         "  /a/{y}/b/{x}: {get: {operationId: x, parameters: [{in: path, name: x, required: true,"
         " schema: {}}, {in: path, name: y, required: true, schema: {type: string}}], " OK "}}",
         "- x path x: is now named y\n! x path x: type: was integer, is now string\n"
         "- x path y: is now named x"},
    };

    RUN_ROWS(rows);
}

#define PARAMETERS(list) GET(", parameters: [" list "]")

Test(compare, compares_parameters)
{
    static const struct row rows[] = {
        {PARAMETERS("{in: query, name: q, schema: {type: string}}"), GET(""),
         "! getA query q: the parameter has been removed"},
        {PARAMETERS("{in: query, name: q, schema: {}}"),
         PARAMETERS("{in: header, name: q, schema: {}}"),
         "! getA query q: the parameter has moved to the header\n"
         "- getA header q: the parameter is new"},
        {GET(""), PARAMETERS("{in: query, name: q, required: true, schema: {}}"),
         "! getA query q: the parameter is new and required"},
        {PARAMETERS("{in: header, name: X-A, schema: {}}"),
         PARAMETERS("{in: header, name: x-a, required: true, schema: {}}"),
         "- getA header X-A: is now named x-a\n! getA header X-A: is now required"},
        {PARAMETERS("{in: cookie, name: c, required: true, schema: {}}"),
         PARAMETERS("{in: cookie, name: c, schema: {}}"), "- getA cookie c: is no longer required"},
        {PARAMETERS("{in: query, name: q, schema: {type: integer, maximum: 9}}"),
         PARAMETERS("{in: query, name: q, schema: {type: integer, maximum: 8}}"),
         "! getA query q: maximum: was 9, is now 8"},
        {PARAMETERS("{in: query, name: q, schema: {type: array}}"),
         PARAMETERS("{in: query, name: q, explode: false, schema: {type: array}}"),
         "! getA query q: explode: was true, is now false"},
        {PARAMETERS("{in: query, name: q, explode: false, schema: {type: array}}"),
         PARAMETERS("{in: query, name: q, style: pipeDelimited, schema: {type: array}}"),
         "! getA query q: style: was form, is now pipeDelimited"},
        {PARAMETERS("{in: query, name: q, schema: {type: integer}}"),
         PARAMETERS("{in: query, name: q, explode: false, schema: {type: integer}}"), ""},
        {"  /a/{x}: {get: {operationId: a, parameters: [{in: path, name: x, required: true,"
         " schema: {type: integer}}], " OK "}}",
         "  /a/{x}: {get: {operationId: a, parameters: [{in: path, name: x, required: true,"
         " style: label, schema: {type: integer}}], " OK "}}",
         "! a path x: style: was simple, is now label"},
        {PARAMETERS("{in: query, name: q, schema: {type: object}}"),
         PARAMETERS("{in: query, name: q, content: {application/json: {schema: {type: object}}}}"),
         "! getA query q: is now written as JSON"},
        {PARAMETERS("{in: query, name: q, allowEmptyValue: true, schema: {}}"),
         PARAMETERS("{in: query, name: q, schema: {}}"), "! getA query q: can no longer be empty"},
        {GET(", x-additional-parameters: true"), GET(""),
         "! getA query: undeclared parameters are now refused"},
    };

    RUN_ROWS(rows);
}

#define POST(more) "  /a: {post: {operationId: a, " OK more "}}"
#define BODY(more, media) POST(", requestBody: {" more "content: {" media "}}")
#define JSON(schema) "application/json: {schema: " schema "}"

Test(compare, compares_bodies)
{
    static const struct row rows[] = {
        {POST(""), BODY("", JSON("{}")), "- a body: a body is now accepted"},
        {POST(""), BODY("required: true, ", JSON("{}")), "! a body: a body is now required"},
        {BODY("", JSON("{}")), POST(""), "! a body: a body is no longer accepted"},
        {BODY("", JSON("{}")), BODY("required: true, ", JSON("{}")), "! a body: is now required"},
        {BODY("", JSON("{}")), BODY("", "text/plain: {schema: {}}"),
         "! a body: application/json is no longer accepted\n- a body: text/plain is now accepted"},
        {BODY("", "image/png: {}"), BODY("", "image/*: {}"), "- a body: image/* is now accepted"},
        {BODY("", JSON("{properties: {a: {}}}")), BODY("", JSON("{properties: {b: {}}}")),
         "! a body /a: the property is no longer accepted\n"
         "- a body /b: the property is new"},
        {BODY("", JSON("{properties: {a: {}}}") ", text/plain: {schema: {}}"),
         BODY("", JSON("{properties: {a: {}}, required: [a]}") ", text/plain: {schema: {}}"),
         "! a body application/json /a: is now required"},
        {BODY("", "application/x-www-form-urlencoded: {schema: {properties: {a: {type: array}}}}"),
         BODY("", "application/x-www-form-urlencoded: {schema: {properties: {a: {type: array}}},"
                  " encoding: {a: {style: form, explode: false}}}"),
         "! a body /a: explode: was true, is now false"},
    };

    RUN_ROWS(rows);
}

#define ANSWER(status, content)                                                                    \
    "  /a: {get: {operationId: a, responses: {'" status "': {description: ok, content: {" content  \
    "}}}}}"

Test(compare, compares_answers)
{
    static const struct row rows[] = {
        {ANSWER("200", JSON("{}")), ANSWER("201", JSON("{}")), "! a 200: the status is now 201"},
        {ANSWER("200", JSON("{}")), ANSWER("200", ""), "! a 200: the body has been removed"},
        {ANSWER("200", ""), ANSWER("200", JSON("{}")), "- a 200: a body has been added"},
        {ANSWER("200", JSON("{}")), ANSWER("200", "application/hal+json: {schema: {}}"),
         "! a 200: was application/json, is now application/hal+json"},
        {ANSWER("200", JSON("{properties: {items: {items: {properties: {id: {}}}}}}")),
         ANSWER("200", JSON("{properties: {items: {items: {properties: {no: {}}}}}}")),
         "! a 200 /items/0/id: the property has been removed\n- a 200 /items/0/no: the property is "
         "new"},
        {ANSWER("200", JSON("{enum: [a]}")), ANSWER("200", JSON("{enum: [a, b]}")),
         "! a 200: enum: \"b\" is a new value"},
    };

    RUN_ROWS(rows);
}

#define SCHEMES                                                                                    \
    "\ncomponents: {securitySchemes: {b: {type: http, scheme: bearer}, c: {type: http, scheme: "   \
    "basic}, d: {type: apiKey, in: header, name: k}}}"
#define SECURITY(list) GET(", security: " list) SCHEMES

Test(compare, compares_security)
{
    static const struct row rows[] = {
        {GET(""), SECURITY("[]"), ""},
        {SECURITY("[{}]"), SECURITY("[]"), ""},
        {GET(""), SECURITY("[{b: []}]"), "! getA: calls without credentials are now refused"},
        {SECURITY("[{b: []}]"), SECURITY("[{}]"),
         "- getA: calls without credentials are now accepted"},
        {SECURITY("[{b: [x]}]"), SECURITY("[{b: [x, y]}]"), "! getA: b(x) is no longer sufficient"},
        {SECURITY("[{b: [x, y]}]"), SECURITY("[{b: [x]}]"), "- getA: b(x) is now sufficient"},
        {SECURITY("[{b: []}, {c: []}]"), SECURITY("[{b: []}]"),
         "! getA: c is no longer sufficient"},
        {SECURITY("[{b: []}]"), SECURITY("[{b: [], c: []}, {d: []}]"),
         "! getA: b is no longer sufficient\n- getA: d is now sufficient"},
    };

    RUN_ROWS(rows);
}
