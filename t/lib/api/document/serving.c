/* SPDX-License-Identifier: MIT */
/* document.h: what Leat cannot serve is an error only where an operation is bound to it, and the
 * error names the operation and its binding. */
#include "lib/api/document/document.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/api/operation/operation.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(serving, .init = scratch_make, .fini = tear_down);

#define HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
#define OK "responses: {'200': {description: d}}"

/* Loads `text`, where `%s` stands for the binding, and then its operations, as `leat diff` does. */
static void load(const char *format, const char *binding)
{
    struct json_object *list = json_object_new_array(), *document;
    struct api *api;
    char text[2048];

    snprintf(text, sizeof(text), format, binding);
    document = fixture_document(text, &diags);
    json_object_array_add(list, document);
    if (document && !diags.errors) {
        api = api_load(list, NULL, &diags);
        api_free(&api);
    }
    json_object_put(list);
}

#define PARAMETER(name, in)                                                                        \
    HEAD "paths: {/a: {get: {operationId: x, parameters: [{name: '" name "', in: " in              \
         ", schema: {}}], " OK "%s}}}"

/* Each limit with the words of its error. */
static const struct {
    const char *text, *message;
} limits[] = {
    {HEAD "security: [{k: []}]\npaths: {/a: {get: {operationId: x, " OK "%s}}}\n"
          "components: {securitySchemes: {k: {type: apiKey, in: query, name: key}}}",
     "security: k: an API key in the query"},
    {HEAD "paths: {/a: {put: {operationId: x, requestBody: {content: {}}, " OK "%s}}}",
     "requestBody: content: a media type is required"},
    {HEAD
     "paths: {/a: {put: {operationId: x, requestBody: {$ref: '#/components/requestBodies/b'}, " OK
     "%s}}}\ncomponents: {requestBodies: {b: {required: true, content: {}}}}",
     "requestBody: content: a media type is required"},
    {HEAD "paths: {/a: {get: {operationId: x, security: [{k: []}], " OK "%s}}}\n"
          "components: {securitySchemes: {k: {type: http, scheme: digest}}}",
     "security: k: only bearer and basic"},
    {HEAD
     "paths: {/a: {get: {operationId: x, security: [{a: [], b: [], c: [], d: []}, {e: [], f: [], "
     "g: [], h: [], i: []}], " OK "%s}}}\n"
     "components: {securitySchemes: {a: &s {type: http, scheme: bearer}, b: *s, c: *s, d: *s, "
     "e: *s, f: *s, g: *s, h: *s, i: *s}}",
     "security: at most 8 schemes"},
    {HEAD "paths: {/a: {get: {operationId: x, security: [{k: [role]}], " OK "%s}}}\n"
          "components: {securitySchemes: {k: {type: mutualTLS}}}",
     "security: k: mutual TLS carries no scopes"},
    {HEAD "paths: {/a: {get: {operationId: x, security: [{k: ['a b']}], " OK "%s}}}\n"
          "components: {securitySchemes: {k: {type: http, scheme: bearer}}}",
     "a scope must be printable"},
    {HEAD
     "paths: {/a: {get: {operationId: x, parameters: [{name: q, in: query, content: {text/csv: "
     "{schema: {type: string}}}}], " OK "%s}}}",
     "content: text/csv: a parameter must use"},
    {HEAD "paths: {/a: {get: {operationId: x, responses: {'200': {description: d}, '202': "
          "{description: d}}%s}}}",
     "status: says which of the 2xx responses"},
    {HEAD "paths: {/a: {get: {operationId: x, responses: {'404': {description: d}}%s}}}",
     "responses: a 2xx response is required"},
    {HEAD "paths: {'/a/{b}{c}': {get: {operationId: x, parameters: [{name: b, in: path, required: "
          "true, schema: {}}, {name: c, in: path, required: true, schema: {}}], " OK "%s}}}",
     "text must stand between"},
    {HEAD "paths: {'/a/{b}/c/{b}': {get: {operationId: x, parameters: [{name: b, in: path, "
          "required: true, schema: {}}], " OK "%s}}}",
     "two values would have the name b"},
    {HEAD "paths: {/a: {get: {operationId: x, " OK "%s}}, /b: {$ref: '#/paths/~1a'}}",
     "operationId: x is used twice"},
    {HEAD "servers: [{url: '/{v}'}]\npaths: {/a: {get: {operationId: x, " OK "%s}}}",
     "servers: url: {v} has no variable"},
    {PARAMETER("x y", "header"), "name: x y: the name of a header must be a token"},
    {PARAMETER("X-Key:", "header"), "name: X-Key:: the name of a header must be a token"},
    {PARAMETER("", "header"), "name: : the name of a header must be a token"},
    {PARAMETER("a=b", "cookie"), "name: a=b: no cookie can have this name"},
    {PARAMETER("a b", "cookie"), "name: a b: no cookie can have this name"},
    {HEAD "paths: {/a: {get: {operationId: x, x-sunset: soon, " OK "%s}}}", "x-sunset: must be"},
    {HEAD "paths: {/a: {get: {operationId: x, x-rate-limit: {rate: 5}, " OK "%s}}}",
     "x-rate-limit: must be"},
    {HEAD "paths: {/a: {x-allow-scan: 5, get: {operationId: x, " OK "%s}}}",
     "x-allow-scan: must be"},
    {HEAD "x-sunset: {}\npaths: {/a: {get: {operationId: x, " OK "%s}}}", "x-sunset: must be"},
    {HEAD "x-tables: [1]\npaths: {/a: {get: {operationId: x, " OK "%s}}}", "x-tables: must be"},
    {HEAD "x-schemas: [1]\npaths: {/a: {get: {operationId: x, " OK "%s}}}", "x-schemas: must map"},
    {HEAD "paths: {/a: {get: {operationId: x, x-handler: {lambda: arn}, " OK "%s}}}",
     "x-handler: must be"},
};

enum { LIMITS = sizeof(limits) / sizeof(*limits) };

Test(serving, limits_do_not_concern_unbound_operations)
{
    for (size_t i = 0; i < LIMITS; i++) {
        load(limits[i].text, "");
        cr_expect(diags.errors == 0, "%s: %s", limits[i].text, fixture_error(&diags));
    }
}

Test(serving, limits_are_errors_where_an_operation_is_bound)
{
    static const char *const bindings[] = {", x-sql: {returns: none, sql: SELECT 1}",
                                           ", x-builtin: health.live"};

    for (size_t i = 0; i < LIMITS; i++)
        for (size_t k = 0; k < 2; k++) {
            bool is_found = false, is_named = false;

            load(limits[i].text, bindings[k]);
            for (size_t n = 0; n < diags.count; n++)
                if (diags.items[n].level == DIAG_ERROR &&
                    strstr(diags.items[n].message, limits[i].message)) {
                    is_found = true;
                    is_named |= strstr(diags.items[n].message, "x: x-") != NULL ||
                                strstr(limits[i].message, "must ") != NULL ||
                                strstr(limits[i].message, ": x is ") != NULL;
                }
            cr_expect(is_found, "%s%s: %s", limits[i].text, bindings[k], fixture_error(&diags));
            cr_expect(is_named, "%s%s: %s", limits[i].text, bindings[k], fixture_error(&diags));
        }
}

/* The paths are equal by RFC 3986 (6.2.2.2), but OpenAPI compares only the names of parameters. */
Test(serving, equal_paths_are_errors_where_one_is_bound)
{
    static const struct {
        const char *first, *second;
        size_t errors;
    } rows[] = {
        {"", "", 0},
        {", x-builtin: health.live", "", 1},
        {"", ", x-builtin: health.live", 1},
    };
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(text, sizeof(text),
                 HEAD "paths: {/a~b: {get: {" OK "%s}}, /a%%7Eb: {get: {" OK "%s}}}", rows[i].first,
                 rows[i].second);
        load("%s", text);
        cr_expect_eq(diags.errors, rows[i].errors, "%zu: %s", i, fixture_error(&diags));
        diags_fini(&diags);
    }
}

Test(serving, a_list_of_another_tool_in_x_sql_answers_no_json)
{
    load(HEAD "paths: {/a: {get: {x-sql: [select], responses: {'200': {description: d, content: "
              "{text/csv: {}}}}%s}}}",
         "");
    cr_expect(diags.errors == 0, "%s", fixture_error(&diags));
}

/* A key of ours in another tool's form is a warning, so that a misspelling is seen. */
Test(serving, foreign_values_of_our_keys_are_warnings)
{
    static const char *const rows[] = {"x-rate-limit: 5", "x-sunset: true",
                                       "x-builtin: [a]",  "x-handler: {a: 1}",
                                       "x-sql: [select]", "x-allow-scan: sometimes"};
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *colon = strchr(rows[i], ':');
        bool is_told = false;

        snprintf(text, sizeof(text), HEAD "paths: {/a: {get: {%s, " OK "}}}", rows[i]);
        load("%s", text);
        cr_expect(diags.errors == 0, "%s: %s", rows[i], fixture_error(&diags));
        for (size_t n = 0; n < diags.count; n++)
            is_told |= diags.items[n].level == DIAG_WARNING &&
                       strncmp(diags.items[n].message, rows[i], (size_t)(colon - rows[i])) == 0;
        cr_expect(is_told, "%s", rows[i]);
    }
}

Test(serving, a_repeated_name_in_a_path_is_told)
{
    bool is_told = false;

    load(HEAD "paths: {'/a/{b}/c/{b}': {get: {operationId: x, parameters: [{name: b, in: path, "
              "required: true, schema: {}}], " OK "%s}}}",
         "");
    for (size_t n = 0; n < diags.count; n++)
        is_told |= diags.items[n].level == DIAG_WARNING &&
                   strcmp(diags.items[n].message, "x: the path /a/{b}/c/{b} repeats {b}") == 0;
    cr_expect(is_told, "%s", fixture_error(&diags));
}

Test(serving, a_binding_says_which_success_it_answers)
{
    static const struct {
        const char *responses, *status;
        int chosen; /* 0: an error */
    } rows[] = {
        {"{'200': {description: d}, '201': {description: d}}", ", status: 201", 201},
        {"{'200': {description: d}, '201': {description: d}}", ", status: 200", 200},
        {"{'200': {description: d}, '201': {description: d}}", "", 0},
        {"{'200': {description: d}, '201': {description: d}}", ", status: 202", 0},
        {"{'201': {description: d}}", ", status: 201", 201},
        {"{'201': {description: d}}", ", status: 200", 0},
        {"{2XX: {description: d}}", ", status: 204", 204},
        {"{2XX: {description: d}}", "", 200},
        {"{2XX: {description: d}, '202': {description: d}}", ", status: 202", 202},
        {"{2XX: {description: d}}", ", status: 404", 0},
        {"{default: {description: d}}", "", 0},
        {"{'302': {description: d}}", "", 0},
    };
    char text[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *document;

        snprintf(text, sizeof(text),
                 HEAD
                 "paths: {/a: {get: {responses: %s, x-sql: {returns: none, sql: SELECT 1%s}}}}",
                 rows[i].responses, rows[i].status);
        document = fixture_document(text, &diags);
        cr_expect((diags.errors > 0) == !rows[i].chosen, "%s%s: %s", rows[i].responses,
                  rows[i].status, fixture_error(&diags));
        if (rows[i].chosen)
            cr_expect_eq(jget_int(jget_item(document, "operations", 0), "status"), rows[i].chosen);
        json_object_put(document);
    }
}
