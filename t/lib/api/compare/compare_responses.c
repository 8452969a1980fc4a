/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "t/lib/api/compare/compare_rows.h"

#define ANSWERS(list) "  /a: {get: {operationId: a, responses: {" list "}}}"
#define FAULT(code, schema)                                                                        \
    ANSWERS("'200': {description: d}, " code ": {description: d, content: {" JSON(schema) "}}")
#define HEADERS(list) ANSWERS("'200': {description: d, headers: {" list "}}")
#define CONTENT(list) ANSWERS("'200': {description: d, content: {" list "}}")

Test(compare_responses, compares_other_answers)
{
    static const struct row rows[] = {
        {FAULT("'404'", "{properties: {e: {type: string}}}"),
         FAULT("'404'", "{properties: {e: {type: integer}}}"),
         "! a 404 /e: type: was string, is now integer"},
        {FAULT("4XX", "{enum: [a]}"), FAULT("'404'", "{enum: [a, b]}"),
         "- a 4XX: the response is no longer declared\n! a 404: enum: \"b\" is a new value"},
        {FAULT("default", "{enum: [a]}"), FAULT("default", "{enum: [a, b]}"),
         "! a default: enum: \"b\" is a new value"},
        {FAULT("'404'", "{}"), ANSWERS("'200': {description: d}"),
         "- a 404: the response is no longer declared"},
        {ANSWERS("'200': {description: d}"), FAULT("'409'", "{}"), "- a 409: the response is new"},
        {HEADERS("X-A: {schema: {}}"), HEADERS(""),
         "! a 200 header X-A: the header is no longer sent"},
        {HEADERS("X-A: {schema: {}}"), HEADERS("x-a: {schema: {}}, X-B: {schema: {}}"),
         "- a 200 header X-B: the header is new"},
        {HEADERS("X-A: {required: true, schema: {type: integer}}"),
         HEADERS("X-A: {schema: {type: [integer, string]}}"),
         "! a 200 header X-A: can now be absent\n"
         "! a 200 header X-A: type: was integer, is now string or integer"},
        {CONTENT("text/plain: {}, text/csv: {}"), CONTENT("text/csv: {}"),
         "! a 200: text/plain is no longer sent"},
        {CONTENT(JSON("{}") ", application/xml: {}"), CONTENT(JSON("{}")),
         "! a 200: application/xml is no longer sent"},
        {CONTENT("image/png: {}"), CONTENT("image/png: {}, image/webp: {}"),
         "- a 200: image/webp is now sent"},
        {CONTENT("text/plain: {schema: {enum: [a]}}"),
         CONTENT("text/plain; charset=utf-8: {schema: {enum: [a, b]}}"),
         "! a 200: enum: \"b\" is a new value"},
        {CONTENT(JSON("{properties: {a: {writeOnly: true}}}")),
         CONTENT(JSON("{properties: {a: {}}}")), "- a 200 /a: the property is new"},
        {CONTENT(JSON("{properties: {a: {}}}")),
         CONTENT(JSON("{properties: {a: {writeOnly: true}}}")),
         "! a 200 /a: the property has been removed"},
        {CONTENT(JSON("{properties: {a: {writeOnly: true}}}")), CONTENT(JSON("{properties: {}}")),
         ""},
        {CONTENT(JSON("{required: [a], properties: {a: {writeOnly: true}}}")),
         CONTENT(JSON("{required: [a], properties: {a: {}}}")),
         "- a 200 /a: the property is new and required"},
    };

    RUN_ROWS(rows);
}

/* A header is text, and that of Content-Type is ignored (OpenAPI 3.1, 4.8.17). */
Test(compare_responses, compares_headers_as_text)
{
    static const struct row rows[] = {
        {HEADERS("X-A: {schema: {type: string}}"), HEADERS("X-A: {schema: {type: integer}}"),
         "- a 200 header X-A: type: was string, is now integer"},
        {HEADERS("X-A: {schema: {type: [string, boolean]}}"),
         HEADERS("X-A: {schema: {type: number}}"),
         "- a 200 header X-A: type: was string or boolean, is now number"},
        {HEADERS("X-A: {schema: {type: integer}}"), HEADERS("X-A: {schema: {type: string}}"),
         "! a 200 header X-A: type: was integer, is now string"},
        {HEADERS("X-A: {schema: {type: string, maxLength: 3}}"),
         HEADERS("X-A: {schema: {type: integer}}"),
         "! a 200 header X-A: type: was string, is now integer"},
        {HEADERS("X-A: {schema: {enum: ['1', '2']}}"), HEADERS("X-A: {schema: {enum: [1]}}"),
         "- a 200 header X-A: type: was string, is now integer"},
        {HEADERS("X-A: {schema: {enum: ['1']}}"), HEADERS("X-A: {schema: {enum: [1, 2]}}"),
         "! a 200 header X-A: type: was string, is now integer"},
        {HEADERS("X-A: {schema: {type: array, items: {type: string}}}"),
         HEADERS("X-A: {schema: {type: array, items: {type: integer}}}"),
         "- a 200 header X-A /0: type: was string, is now integer"},
        {HEADERS("Content-Type: {schema: {type: string}}"), HEADERS(""), ""},
        {HEADERS(""), HEADERS("content-type: {required: true, schema: {}}"), ""},
        {HEADERS("Content-Type: {schema: {enum: [a]}}"), HEADERS("Content-Type: {schema: {}}"), ""},
    };

    RUN_ROWS(rows);
}

#define SUCCESS(code, schema) "'" code "': {description: d, content: {" JSON(schema) "}}"
#define EMPTY(code) "'" code "': {description: d}"

/* A client is prepared for each success that the old document declares, and for no other. */
Test(compare_responses, compares_several_successes)
{
    static const struct row rows[] = {
        {ANSWERS(EMPTY("200") ", " EMPTY("202")), ANSWERS(EMPTY("200")),
         "- a 202: the status is now 200"},
        {ANSWERS(
             SUCCESS("200", "{properties: {a: {}}}") ", " SUCCESS("201", "{properties: {b: {}}}")),
         ANSWERS(SUCCESS("200", "{properties: {a: {}}}")), "- a 201: the status is now 200"},
        {ANSWERS(SUCCESS("200", "{enum: [a]}") ", " EMPTY("201")),
         ANSWERS(SUCCESS("200", "{enum: [a, b]}")),
         "- a 201: the status is now 200\n! a 200: enum: \"b\" is a new value"},
        {ANSWERS(EMPTY("200") ", " EMPTY("202")),
         ANSWERS(EMPTY("200") ", " EMPTY("201") ", " EMPTY("202")), "! a 201: the response is new"},
        {ANSWERS(EMPTY("200")), ANSWERS(EMPTY("200") ", " EMPTY("204")),
         "! a 200: the status is now 204"},
        {ANSWERS(EMPTY("200")), ANSWERS(EMPTY("201")), "! a 200: the status is now 201"},
        {ANSWERS(EMPTY("200")), ANSWERS("2XX: {description: d}"), "- a 2XX: the response is new"},
        {ANSWERS("2XX: {description: d}"), ANSWERS(EMPTY("201")), "- a 200: the status is now 201"},
    };

    RUN_ROWS(rows);
}

#define RANGE(range, schema) CONTENT("'" range "': {schema: " schema "}")

/* A range promises any type within, so that one of these is no surprise, but the reverse is. */
Test(compare_responses, compares_media_ranges)
{
    static const struct row rows[] = {
        {RANGE("*/*", "{type: string}"), CONTENT(JSON("{type: string}")), ""},
        {RANGE("*/*", "{type: string}"), CONTENT(JSON("{type: integer}")),
         "! a 200: type: was string, is now integer"},
        {RANGE("application/*", "{}"), CONTENT(JSON("{}")), ""},
        {RANGE("image/*", "{}"), CONTENT("image/png: {}, image/webp: {}"), ""},
        {RANGE("text/*", "{}"), CONTENT(JSON("{}")),
         "! a 200: text/* is no longer sent\n- a 200: application/json is now sent"},
        {CONTENT(JSON("{type: string}")), RANGE("*/*", "{type: string}"),
         "! a 200: was application/json, is now */*\n- a 200: */* is now sent"},
        {CONTENT("image/png: {}"), RANGE("image/*", "{}"),
         "! a 200: was image/png, is now image/*\n- a 200: image/* is now sent"},
        {CONTENT("image/png: {}"), CONTENT("image/png: {}, image/*: {}"),
         "- a 200: image/* is now sent"},
    };

    RUN_ROWS(rows);
}

#define CALLBACK(more)                                                                             \
    GET(", callbacks: {done: {'{$request.body#/url}': {post: {" more                               \
        ", responses: {'204': {description: d}}}}}}")
#define SENDS(schema) "requestBody: {content: {" JSON(schema) "}}"
#define WEBHOOK(name, schema)                                                                      \
    GET("")                                                                                        \
    "\nwebhooks: {" name ": {post: {" SENDS(schema) ", responses: {'200': {description: d}}}}}"
#define DONE "getA callback done {$request.body#/url} POST"

/* What the server sends is like an answer. */
Test(compare_responses, compares_what_the_server_sends)
{
    static const struct row rows[] = {
        {CALLBACK(SENDS("{properties: {a: {}}}")), CALLBACK(SENDS("{properties: {b: {}}}")),
         "! " DONE " body /a: the property has been removed\n"
         "- " DONE " body /b: the property is new"},
        {CALLBACK(SENDS("{}")), GET(""), "! " DONE ": the request is no longer sent"},
        {GET(""), CALLBACK(SENDS("{}")), "- " DONE ": the request is new"},
        {CALLBACK("parameters: [{in: header, name: X-Sign, schema: {}}]"), CALLBACK("summary: s"),
         "! " DONE " header X-Sign: the parameter is no longer sent"},
        {WEBHOOK("made", "{type: string}"), WEBHOOK("made", "{type: [string, 'null']}"),
         "! webhook made POST body: type: was string, is now string or null"},
        {WEBHOOK("made", "{}"), WEBHOOK("gone", "{}"),
         "! webhook made POST: the request is no longer sent\n"
         "- webhook gone POST: the request is new"},
        {WEBHOOK("made", "{required: [a], properties: {a: {}}}"),
         WEBHOOK("made", "{properties: {a: {}}}"),
         "! webhook made POST body /a: is no longer required"},
        {WEBHOOK("made", "{maxLength: 5}"), WEBHOOK("made", "{maxLength: 4}"),
         "- webhook made POST body: maxLength: was 5, is now 4"},
    };

    RUN_ROWS(rows);
}
