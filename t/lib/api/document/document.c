/* SPDX-License-Identifier: MIT */
#include "lib/api/document/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(document, .init = scratch_make, .fini = tear_down);

#define OK_RESPONSE "responses: {'200': {description: d}}"

Test(document, reads_an_operation)
{
    struct json_object *document = fixture_document(
        "openapi: 3.1.0\ninfo: {title: T, version: '1'}\nservers: [{url: 'https://h.example/v1/'}, "
        "{url: /v2}]\n"
        "paths:\n  /a/{id}:\n    parameters:\n    - {name: id, in: path, required: true, schema: "
        "{type: integer}}\n"
        "    - {name: q, in: query, schema: {}}\n    post:\n      operationId: addA\n      "
        "deprecated: true\n"
        "      parameters: [{name: q, in: query, required: true, schema: {type: string}}]\n"
        "      requestBody: {required: true, content: {application/json: {schema: {type: "
        "object}}}}\n"
        "      responses: {'201': {description: d, content: {application/json: {schema: {type: "
        "object}}}}, '404': "
        "{description: d}}\n"
        "      x-sql: {returns: one, sql: 'SELECT :id, :q'}\n",
        &diags);
    struct json_object *op = jget_item(document, "operations", 0);

    cr_assert(document && diags.errors == 0, "%s", diags.count ? diags.items[0].message : "");
    cr_expect_str_eq(jget_text(document, "title"), "T");
    cr_expect_str_eq(jget_text(document, "mount"), "/v1");
    cr_expect_str_eq(jget_text(op, "id"), "addA");
    cr_expect_str_eq(jget_text(op, "method"), "post");
    cr_expect_str_eq(jget_text(op, "path"), "/a/{id}");
    cr_expect(jget_bool(op, "deprecated") && jget_int(op, "status") == 201);
    cr_expect(jget_count(op, "parameters") == 2, "the operation's q overrides the path's");
    cr_expect(jget_bool(jget_item(op, "parameters", 0), "required"));
    cr_expect(jget_bool(jget(op, "body"), "required"));
    cr_expect_str_eq(jget_text(jget_item(jget(op, "sql"), "steps", 0), "sql"), "SELECT ?1, ?2");
    json_object_put(document);
}

/* Each operation has a record, however short its text is. */
Test(document, bounds_operations)
{
    static const char *const message = "a document can have at most 20000 operations";

    for (int n = 20000; n <= 20003; n += 3) {
        struct json_object *document;
        struct buf text = {0};

        buf_puts(&text, "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths:\n");
        for (int i = 0; i < n; i++)
            buf_printf(&text, "  /a%d: {get: {" OK_RESPONSE "}}\n", i);
        document = fixture_document(buf_text(&text), &diags);
        cr_expect_eq(diags.errors, n > 20000);
        for (size_t i = 0; n > 20000 && i < diags.count; i++)
            if (strcmp(diags.items[i].message, message) == 0)
                cr_expect(strstr(diags.items[i].where, ":20004:"), "%s", diags.items[i].where);
        json_object_put(document);
        buf_fini(&text);
    }
}

Test(document, finds_the_mount)
{
    static const struct {
        const char *url, *mount; /* NULL: an error */
    } rows[] = {{"/", ""},          {"/v1", "/v1"},          {"/v1//", "/v1"},
                {"https://h", ""},  {"https://h/", ""},      {"http://h:1/a/b", "/a/b"},
                {"v1", "/v1"},      {"./v1/", "/v1"},        {"https://{h}/v1", "/v1"},
                {"/{v}", "/v2"},    {"/a/{v}{w}", "/a/v2w"}, {"//h/b?c#d", "/b"},
                {"mailto:a", NULL}, {"/{unknown}", NULL}};
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(
            text, sizeof(text),
            "openapi: 3.0.3\ninfo: {title: T, version: '1'}\nservers: [{url: '%s', variables: {v: "
            "{default: v2}, w: {default: w}, h: {default: example.com}}}]\npaths: {/a: {get: "
            "{" OK_RESPONSE ", x-builtin: health.live}}}\n",
            rows[i].url);
        document = fixture_document(text, &diags);
        cr_expect((diags.errors > 0) == !rows[i].mount, "%s", rows[i].url);
        if (rows[i].mount)
            cr_expect_str_eq(jget_text(document, "mount"), rows[i].mount, "%s", rows[i].url);
        json_object_put(document);
    }
}

#define HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"

Test(document, refuses)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"", "is empty"},
        {"OPENAPI: 3.1.0", "openapi: must be"},
        {"openapi: 2.0.0\npaths: {}", "openapi: must be"},
        {"swagger: '2.0'\npaths: {}", "openapi: must be"},
        {"- 1", "openapi: must be"},
        {HEAD "paths: {a: {}}", "a: must be a path"},
        {HEAD "paths: {/a: {get: {responses: {'200': {description: d}, '201': {description: d}}, "
              "x-builtin: health.live}}}",
         "which of the 2xx responses"},
        {HEAD "paths: {/a: {get: {parameters: [{$ref: '#/nothing'}], " OK_RESPONSE "}}}",
         "does not resolve"},
        {HEAD "paths: {/a: {get: {x-sql: SELECT 1, " OK_RESPONSE "}}}", "x-sql"},
        {HEAD "x-tables: 1\npaths: {/a: {get: {x-builtin: health.live, " OK_RESPONSE "}}}",
         "x-tables"},
        {HEAD "x-tables: {t: {constraints: {uniqe(a): {status: 409}}}}\npaths: {}", "uniqe"},
        {HEAD "x-tables: {t: {constraints: {unique(a): {status: 500}}}}\npaths: {}", "status"},
        {HEAD "x-tables: {t: {constraints: {unique(: {status: 409}}}}\npaths: {}", "unique("},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document = fixture_document(rows[i].text, &diags);

        cr_expect(diags.errors == 1, "%s: %zu", rows[i].text, diags.errors);
        cr_expect(diags.errors && strstr(fixture_error(&diags), rows[i].message), "%s: %s",
                  rows[i].text, fixture_error(&diags));
        json_object_put(document);
    }
    diags_fini(&diags);
    cr_expect(!document_load("/tmp/leat-unit-no/such", DOCUMENT_SERVED, &dialect_sqlite, &diags) &&
              diags.errors > 0);
}

/* An error of the shape is reported once, and reading continues. */
Test(document, reads_on_after_a_bad_shape)
{
    static const char *const rows[] = {
        "paths: []",
        "paths: {/a: {get: 1}}",
        "paths: {/a: {get: {responses: []}}}",
        "paths: {/a: {get: {responses: {}}}}",
        "paths: {/a: {get: {parameters: 1}}}",
        "paths: {/a: {get: {parameters: [{name: a}]}}}",
        "paths: {/a: {get: {parameters: [{name: a, in: body, schema: {}}]}}}",
        "paths: {/a: {get: {parameters: [null]}}}",
        "paths: {/a: null}",
        "paths: {/a: {get: null}}",
        "paths: {/a: {get: {requestBody: null}}}",
        "paths: {/a: {get: {responses: {'200': null}}}}",
        "paths: {/a: {$ref: '#/x-item'}}\nx-item: {get: 1}",
        "paths: {/a: {$ref: '#/components/parameters/p'}}\n"
        "components: {parameters: {p: {in: query, schema: {}}}}",
    };
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(text, sizeof(text), HEAD "x-tables: {t: {constraints: {a: {status: 409}}}}\n%s\n",
                 rows[i]);
        document = fixture_document(text, &diags);
        cr_expect(document && diags.errors >= 2, "%s", rows[i]);
        for (size_t a = 0; a < diags.count; a++)
            for (size_t b = 0; b < a; b++)
                cr_expect(strcmp(diags.items[a].message, diags.items[b].message) != 0, "%s: %s",
                          rows[i], diags.items[a].message);
        json_object_put(document);
    }
}

/* A part is what the reference to it expects, in whatever file it is. */
Test(document, checks_what_references_mean)
{
    static const struct {
        const char *body, *finding;
    } rows[] = {
        {"parameters: [{$ref: 'parts.yaml#/p'}], " OK_RESPONSE,
         "parts.yaml:1:4: in: is missing from Parameter"},
        {"responses: {'200': {$ref: 'parts.yaml#/r'}}",
         "parts.yaml:2:21: typo: is not a field of Response; extensions begin with x-"},
        {"requestBody: {$ref: 'parts.yaml#/b'}, " OK_RESPONSE,
         "parts.yaml:3:4: content: is missing from RequestBody"},
        {"parameters: [{$ref: '#/components/schemas/A'}], " OK_RESPONSE,
         "type: is not a field of Parameter; extensions begin with x-"},
    };
    char line[640];

    scratch_put("parts.yaml", "p: {name: a, schema: {}}\n"
                              "r: {description: d, typo: 1}\n"
                              "b: {description: d}\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;
        int found = 0;

        fixture_get(rows[i].body, &document, &diags);
        for (size_t j = 0; j < diags.count; j++) {
            snprintf(line, sizeof(line), "%s: %s", diags.items[j].where, diags.items[j].message);
            found += strstr(line, rows[i].finding) != NULL;
        }
        cr_expect(found == 1, "%s: %d", rows[i].finding, found);
        json_object_put(document);
    }
}

Test(document, refuses_bad_sql)
{
    static const char *const rows[] = {
        "x-sql: {returns: one}",
        "x-sql: {sql: SELECT 1}",
        "x-sql: {returns: two, sql: SELECT 1}",
        "x-sql: {returns: one, sql: SELECT 1, steps: []}",
        "x-sql: {returns: one, sql: 'SELECT 1; SELECT 2'}",
        "x-sql: {returns: one, sql: '-- nothing'}",
        "x-sql: {returns: one, sql: 'SELECT ?'}",
        "x-sql: {returns: one, sql: {file: no-such.sql}}",
        "x-sql: {returns: one, sql: {}}",
        "x-sql: {returns: one, sql: SELECT 1, filter: {a: a}}",
        "x-sql: {returns: list, sql: SELECT 1, filter: {a: 1}}",
        "x-sql: {returns: one, sql: SELECT 1, typo: 1}",
        "x-sql: {returns: one, sql: SELECT 1, else: {status: 200}}",
        "x-sql: {returns: one, sql: SELECT 1, result: a}",
        "x-sql: {steps: []}",
        "x-sql: {steps: [5, 6], result: a}",
        "x-sql: {steps: [{sql: SELECT 1}], result: a}",
        "x-sql: {returns: list, sql: SELECT 1, page: {order: up}}",
        "x-sql: {returns: list, sql: SELECT 1, page: {by: []}}",
        "x-sql: {returns: list, sql: SELECT 1, page: {by: a, cursor: c}}",
        "x-sql: {returns: list, sql: SELECT 1, page: {by: {a: b}, cursor: c}}",
        "x-sql: {returns: one, sql: SELECT 1}, x-builtin: health.live",
    };
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(text, sizeof(text), OK_RESPONSE ", %s", rows[i]);
        fixture_get(text, &document, &diags);
        cr_expect(diags.errors > 0, "%s", rows[i]);
        json_object_put(document);
    }
}

Test(document, gives_a_real_status)
{
    static const struct {
        const char *responses;
        int status;
    } rows[] = {{"{'204': {description: d}}", 204},
                {"{default: {description: d}}", 200},
                {"{'2XX': {description: d}}", 200},
                {"{201: {description: d}, 400: {description: d}}", 201}};
    char text[128];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document, *op;

        snprintf(text, sizeof(text), "responses: %s", rows[i].responses);
        op = fixture_get(text, &document, &diags);
        cr_expect(!diags.errors && jget_int(op, "status") == rows[i].status, "%s: %d",
                  rows[i].responses, (int)jget_int(op, "status"));
        json_object_put(document);
    }
}

Test(document, writes_the_texts_that_are_used)
{
    scratch_put("api.yaml", "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n");
    for (int use = DOCUMENT_INSPECTED; use <= DOCUMENT_SERVED; use++) {
        struct json_object *record = document_load(scratch_path("api.yaml"), (enum document_use)use,
                                                   &dialect_sqlite, &diags);
        struct json_object *texts = jget(record, "published");

        cr_expect(record && (jget(texts, "json") != NULL) == (use >= DOCUMENT_COMPARED));
        cr_expect((jget(texts, "yaml") != NULL) == (use >= DOCUMENT_SERVED));
        json_object_put(record);
    }
}
