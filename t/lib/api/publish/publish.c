/* SPDX-License-Identifier: MIT */
#include "lib/api/publish/publish.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "lib/api/document/document.h"
#include "lib/conf/yaml.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(publish, .init = scratch_make, .fini = tear_down);

#define HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
#define OK "responses: {'200': {description: d}}"
#define QUIET "responses: {default: {description: d}}"
#define SCHEMA(schema)                                                                             \
    "responses: {default: {description: d}, '200': {description: d, content: "                     \
    "{application/json: {schema: " schema "}}}}"

static void join(struct json_object *record, const char *format, const char *url, struct buf *out)
{
    struct json_object *pair = jget(jget(record, "published"), format);

    for (size_t i = 0; i < 2; i++) {
        struct json_object *half = json_object_array_get_idx(pair, i);

        if (i)
            jwrite_string(out, url, strlen(url));
        buf_put(out, json_object_get_string(half), (size_t)json_object_get_string_len(half));
    }
}

static struct json_object *published(const char *text)
{
    struct json_object *record = fixture_document(text, &diags), *tree = NULL;
    struct jread_fault fault;
    struct buf json = {0};

    cr_assert(diags.errors == 0, "%s: %s", diags.items[0].where, diags.items[0].message);
    join(record, "json", "/v1", &json);
    cr_expect(jread_text(json.data, json.len, 256, NULL, &tree, &fault), "%s", buf_text(&json));
    buf_fini(&json);
    json_object_put(record);
    return tree;
}

/* Returns the value at a pointer as JSON; "" if there is none. Static. */
static const char *at(struct json_object *tree, const char *pointer)
{
    static struct buf out;
    struct json_object *value;

    out.len = 0;
    if (json_pointer_get(tree, pointer, &value) == 0)
        jwrite_value(&out, value);
    return buf_text(&out);
}

Test(publish, drops_our_keys_and_nothing_else)
{
    struct json_object *tree = published(
        HEAD
        "x-tables: {}\nx-sunset: 'Sat, 31 Dec 2033 23:59:59 GMT'\nx-logo: mine\n"
        "servers: [{url: 'https://h.example/v1', description: d, x-sql: 1}, {url: /v2}]\n"
        "tags: [{name: t, x-timeout: 1, x-their: 2}]\n"
        "paths:\n  x-sql: 1\n  x-their: 2\n  /a:\n    servers: [{url: /other}]\n"
        "    x-rate-limit: r\n    x-their: {x-sql: kept}\n"
        "    get:\n      x-sql: {returns: one, sql: SELECT 1 AS x-sql}\n      x-their: 3\n"
        "      servers: [{url: /other}]\n      x-allow-scan: true\n      x-timeout: 5s\n"
        "      parameters: [{name: x-sql, in: header, x-additional-parameters: true, schema: "
        "{type: object, properties: {x-sql: {type: string, x-sql: 1}}, "
        "example: {x-sql: 1, $ref: '#/no'}, default: {x-handler: 2}, enum: [{x-handler: 2}, "
        "{x-builtin: 3}]}}]\n"
        "      responses: {default: {description: d, headers: {x-rate-limit: {schema: {type: "
        "integer}}}}, '200': {description: d, content: {application/json: {example: {x-sql: 1}, "
        "schema: {}}}}, x-sql: 1, x-their: 4}\n");

    cr_expect_str_eq(at(tree, "/servers"), "[{\"url\":\"/v1\"}]");
    cr_expect_str_eq(at(tree, "/x-tables"), "");
    cr_expect_str_eq(at(tree, "/x-sunset"), "");
    cr_expect_str_eq(at(tree, "/x-logo"), "\"mine\"");
    cr_expect_str_eq(at(tree, "/tags"), "[{\"name\":\"t\",\"x-their\":2}]");
    cr_expect_str_eq(at(tree, "/paths/x-their"), "2");
    cr_expect_str_eq(at(tree, "/paths/x-sql"), "");
    cr_expect_str_eq(at(tree, "/paths/~1a/x-their"), "{\"x-sql\":\"kept\"}", "theirs is theirs");
    cr_expect_str_eq(at(tree, "/paths/~1a/servers"), "");
    cr_expect_str_eq(
        at(tree, "/paths/~1a/get"),
        "{\"x-their\":3,\"parameters\":[{\"name\":\"x-sql\",\"in\":\"header\",\"schema\":{\"type\":"
        "\"object\",\"properties\":{\"x-sql\":{\"type\":\"string\"}},\"example\":{\"x-sql\":1,"
        "\"$ref\":\"#/"
        "no\"},\"default\":{\"x-handler\":2},\"enum\":[{\"x-handler\":2},{\"x-builtin\":3}]}}],"
        "\"responses\":{\"default\":{\"description\":\"d\",\"headers\":{\"x-rate-limit\":{"
        "\"schema\":{\"type\":\"integer\"}},\"Sunset\":{\"$ref\":\"#/components/headers/Sunset\"}},"
        "\"content\":{\"application/"
        "problem+json\":{\"schema\":{"
        "\"$ref\":\"#/components/schemas/Problem\"}}}},\"200\":{\"description\":\"d\",\"content\":{"
        "\"application/json\":{\"example\":{\"x-sql\":1},\"schema\":{}}},\"headers\":{\"Sunset\":{"
        "\"$ref\":\"#/components/headers/Sunset\"}}},\"x-their\":4}}");
    json_object_put(tree);
}

/* Each extension of the table is dropped, also where it has no meaning. */
Test(publish, drops_every_extension)
{
    static const char text[] = "openapi: 3.1.0\ninfo:\n  title: T\n  version: '1'\n"
#define EXTENSION(symbol, name, where, type, audience) "  " name ": 1\n"
#include "lib/api/document/extensions.def"
#undef EXTENSION
                               "  x-their: 1\npaths: {}\n";
    struct json_object *tree = published(text);

    cr_expect_str_eq(at(tree, "/info"), "{\"title\":\"T\",\"version\":\"1\",\"x-their\":1}");
    json_object_put(tree);
}

static void put_parts(void)
{
    mkdir(scratch_path("parts"), 0777);
    scratch_put("parts/all.yaml",
                "Item: {type: object, properties: {next: {$ref: '#/Item'}, kind: {$ref: "
                "'../more.json#/Kind'}, own: {$ref: '../api.yaml#/components/schemas/Own'}}}\n"
                "Own: {type: string, x-sql: 1}\n"
                "'odd name/x': {type: boolean}\n"
                "Limit: {name: limit, in: query, schema: {$ref: '#/Own'}}\n"
                "Gone: {description: gone, content: {application/json: {schema: {$ref: '#/Item'}, "
                "examples: {e: {$ref: '#/Example'}}}}, headers: {H: {$ref: '#/Header'}}}\n"
                "Example: {value: {$ref: '#/data'}}\n"
                "Header: {schema: {type: string}}\n"
                "Body: {content: {application/json: {schema: {$ref: '#/Item'}}}}\n"
                "Anchored: {$anchor: there, type: array}\n"
                "Loose: {items: {$ref: '#there'}}\n"
                "Path:\n  get:\n    operationId: far\n"
                "    parameters: [{$ref: '#/Limit'}]\n"
                "    responses: {default: {$ref: '#/Gone'}, '204': {description: d}}\n");
    scratch_put("more.json", "{\"Kind\": {\"oneOf\": [{\"$ref\": \"parts/all.yaml#/Item\"}, "
                             "{\"$ref\": \"./parts/../parts/all.yaml#/Own\"}]}}");
    scratch_put("whole.yaml", "{type: number}");
}

static const struct {
    const char *pointer, *want;
} bundled[] = {
    {"/paths/~1far/get",
     "{\"operationId\":\"far\",\"parameters\":[{\"$ref\":\"#/components/parameters/"
     "Limit\"}],\"responses\":{\"default\":{\"$ref\":\"#/components/responses/Gone\"},"
     "\"204\":{\"description\":\"d\"}}}"},
    {"/paths/~1here/post/requestBody", "{\"$ref\":\"#/components/requestBodies/Body\"}"},
    {"/paths/~1here/post/responses/200/content/application~1json/schema/properties",
     "{\"a\":{\"$ref\":\"#/components/schemas/Own_2\",\"description\":\"beside\"},"
     "\"b\":{\"$ref\":\"#/components/schemas/Own\"},"
     "\"c\":{\"$ref\":\"#/components/schemas/Taken\"},"
     "\"d\":{\"$ref\":\"#/components/schemas/odd_20name_1x\"},"
     "\"e\":{\"$ref\":\"#/components/schemas/whole\"}}"},
    {"/components/schemas/Own", "{\"type\":\"integer\",\"$anchor\":\"anchor\"}"},
    {"/components/schemas/Own_2", "{\"type\":\"string\"}"},
    {"/components/schemas/Taken",
     "{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#/components/schemas/Taken\"},"
     "\"kind\":{\"$ref\":\"#/components/schemas/Kind\"},\"own\":{\"$ref\":\"#/components/"
     "schemas/Own\"}}}"},
    {"/components/schemas/Kind",
     "{\"oneOf\":[{\"$ref\":\"#/components/schemas/Taken\"},{\"$ref\":\"#/components/schemas/"
     "Own_2\"}]}"},
    {"/components/schemas/odd_20name_1x", "{\"type\":\"boolean\"}"},
    {"/components/schemas/whole", "{\"type\":\"number\"}"},
    {"/components/schemas/Far", "{\"$ref\":\"https://far.example/x.json\"}"},
    {"/components/schemas/Near", "{\"$ref\":\"#anchor\"}"},
    {"/components/schemas/Loose", "{\"items\":{\"$ref\":\"#/components/schemas/there\"}}"},
    {"/components/schemas/there", "{\"$anchor\":\"there\",\"type\":\"array\"}"},
    {"/components/schemas/Resource",
     "{\"$id\":\"https://x.example/r\",\"items\":{\"$ref\":\"other\"}}"},
    {"/components/parameters/Limit",
     "{\"name\":\"limit\",\"in\":\"query\",\"schema\":{\"$ref\":\"#/components/schemas/"
     "Own_2\"}}"},
    {"/components/responses/Gone",
     "{\"description\":\"gone\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/"
     "components/schemas/Taken\"},\"examples\":{\"e\":{\"$ref\":\"#/components/examples/"
     "Example\"}}}},\"headers\":{\"H\":{\"$ref\":\"#/components/headers/Header\"}}}"},
    {"/components/examples/Example", "{\"value\":{\"$ref\":\"#/data\"}}"},
    {"/components/headers/Header", "{\"schema\":{\"type\":\"string\"}}"},
};

Test(publish, bundles_other_files)
{
    struct json_object *tree;

    put_parts();
    tree = published(
        HEAD
        "x-schemas: {'https://far.example/x.json': whole.yaml, 'https://x.example/other': "
        "whole.yaml}\n"
        "paths:\n  /far: {$ref: 'parts/all.yaml#/Path'}\n  /here:\n    post:\n"
        "      requestBody: {$ref: 'parts/all.yaml#/Body'}\n      " SCHEMA(
            "{properties: {a: {$ref: 'parts/all.yaml#/Own', description: beside}, b: {$ref: "
            "'#/components/schemas/Own'}, c: {$ref: '#/components/schemas/Taken'}, d: {$ref: "
            "'parts/all.yaml#/odd%20name~1x'}, e: {$ref: 'whole.yaml'}}}") "\ncomponents:\n"
                                                                           "  schemas:\n    Own: "
                                                                           "{type: integer, "
                                                                           "$anchor: anchor}\n"
                                                                           "    Taken: {$ref: "
                                                                           "'parts/all.yaml#/"
                                                                           "Item'}\n    Near: "
                                                                           "{$ref: '#anchor'}\n"
                                                                           "    Far: {$ref: "
                                                                           "'https://far.example/"
                                                                           "x.json'}\n"
                                                                           "    Loose: {$ref: "
                                                                           "'parts/all.yaml#/"
                                                                           "Loose'}\n"
                                                                           "    Resource: {$id: "
                                                                           "'https://x.example/r', "
                                                                           "items: {$ref: "
                                                                           "other}}\n");
    for (size_t i = 0; i < sizeof(bundled) / sizeof(*bundled); i++)
        cr_expect_str_eq(at(tree, bundled[i].pointer), bundled[i].want, "%s", bundled[i].pointer);
    cr_expect_null(strstr(at(tree, ""), ".yaml"));
    json_object_put(tree);
}

Test(publish, rewrites_discriminators)
{
    struct json_object *tree;

    scratch_put("pets.yaml", "Cat: {type: object}\nDog: {type: object}\n");
    tree = published(HEAD "paths: {}\ncomponents:\n  schemas:\n    Dog: {type: object}\n"
                          "    Pet: {oneOf: [{$ref: 'pets.yaml#/Cat'}], discriminator: "
                          "{propertyName: k, mapping: {cat: 'pets.yaml#/Cat', dog: Dog, far: "
                          "'pets.yaml#/Dog', own: '#/components/schemas/Dog'}}}\n");
    cr_expect_str_eq(at(tree, "/components/schemas/Pet/discriminator/mapping"),
                     "{\"cat\":\"#/components/schemas/Cat\",\"dog\":\"Dog\",\"far\":\"#/components/"
                     "schemas/Dog_2\",\"own\":\"#/components/schemas/Dog\"}");
    json_object_put(tree);
}

/* Expects errors, whatever the document is for. */
static void expect_refused(const char *text)
{
    scratch_put("api.yaml", text);
    for (int use = DOCUMENT_INSPECTED; use <= DOCUMENT_SERVED; use++) {
        diags_fini(&diags);
        json_object_put(document_load(scratch_path("api.yaml"), (enum document_use)use,
                                      &dialect_sqlite, &diags));
        cr_expect(diags.errors > 0, "for use %d: %s", use, text);
    }
}

Test(publish, reports_what_is_not_there)
{
    static const char *const rows[] = {
        "schemas: {A: {$ref: 'none.yaml'}}",
        "schemas: {A: {items: {$ref: 'a.yaml#/none'}}}",
        "schemas: {A: {items: {$ref: 'a.yaml#none'}}}",
        "callbacks: {A: {x: {$ref: 'none.yaml'}}}",
        "responses: {A: {content: {a/b: {schema: {$ref: 'a.yaml#/none'}}}}}",
    };

    scratch_put("a.yaml", "{a: 1}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[512];

        snprintf(text, sizeof(text), HEAD "paths: {}\ncomponents: {%s}\n", rows[i]);
        expect_refused(text);
    }
}

/* Path items cannot recur endlessly: components of 3.0 have none to refer to. */
Test(publish, bounds_recursion)
{
    scratch_put("p.yaml", "P: {get: {callbacks: {c: {'{$url}': {$ref: '#/P'}}}, " QUIET "}}\n");
    expect_refused(HEAD "paths: {/a: {$ref: 'p.yaml#/P'}}\n");
}

Test(publish, adds_what_the_server_can_answer)
{
    static const struct {
        const char *operation, *codes;
    } rows[] = {
        {"x-builtin: health.live, " OK, "200 400 500 503"},
        {OK, "200 400 500 501 503"},
        {"x-builtin: health.live, responses: {default: {description: d}, 2XX: {description: d}}",
         "default 2XX"},
        {"x-builtin: health.live, responses: {'200': {description: d}, '5XX': {description: d}}",
         "200 5XX 400"},
        {"x-builtin: b, responses: {'200': {description: d, content: {application/json: {}}}}",
         "200 400 406 500 503"},
        {"x-builtin: b, parameters: [{name: q, in: query, schema: {}}], " OK,
         "200 400 422 500 503"},
        {"x-builtin: b, requestBody: {content: {application/json: {}}}, " OK,
         "200 400 413 415 422 500 503"},
        {"x-sql: {returns: list, sql: 'SELECT replace(1, 2, 3)'}, " OK, "200 400 500 503 504"},
        {"x-sql: {returns: one, sql: 'SELECT 1'}, " OK, "200 400 404 500 503 504"},
        {"x-sql: {returns: none, sql: 'DELETE FROM t'}, " OK, "200 400 409 422 423 500 503 504"},
        {"x-sql: {returns: one, sql: \"-- SELECT\\n/* WITH */ INSERT INTO t VALUES (1)\"}, " OK,
         "200 400 409 422 423 500 503 504"},
        {"x-sql: {returns: one, sql: INSERT OR IGNORE INTO t VALUES (1)}, " OK,
         "200 400 404 409 422 423 500 503 504"},
        {"x-sql: {returns: none, sql: 'WITH a AS (SELECT 1) UPDATE u SET a = 1'}, " OK,
         "200 400 409 422 451 500 503 504"},
        {"x-sql: {returns: none, sql: 'WITH a AS (SELECT 1) SELECT 1'}, " OK,
         "200 400 500 503 504"},
        {"x-sql: {steps: [{as: a, returns: one, sql: SELECT 1, else: {status: 410}}]}, " OK,
         "200 400 410 500 503 504"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *tree, *responses = NULL;
        struct buf codes = {0};
        char text[1024];

        snprintf(text, sizeof(text),
                 HEAD "x-tables: {t: {constraints: {'unique(a)': {status: 423}}}, u: {constraints: "
                      "{'unique(a)': {status: 451}}}}\npaths: {/a: {get: {%s}}}\n",
                 rows[i].operation);
        tree = published(text);
        json_pointer_get(tree, "/paths/~1a/get/responses", &responses);
        json_object_object_foreach(responses, code, response)
        {
            (void)response;
            buf_printf(&codes, "%s%s", codes.len ? " " : "", code);
        }
        cr_expect_str_eq(buf_text(&codes), rows[i].codes, "%s: %s", rows[i].operation,
                         buf_text(&codes));
        buf_fini(&codes);
        json_object_put(tree);
    }
}

Test(publish, shares_one_problem)
{
    struct json_object *tree =
        published("openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n"
                  "  /a/{id}: {get: {x-builtin: b, " OK ", parameters: [{name: id, in: path, "
                  "required: true, schema: {}}]}}\n"
                  "components: {schemas: {Problem: {type: string}}, responses: {NotFound: "
                  "{description: mine}}}\n");

    cr_expect_str_eq(at(tree, "/openapi"), "\"3.0.3\"");
    cr_expect_str_eq(at(tree, "/paths/~1a~1{id}/get/responses/404"),
                     "{\"$ref\":\"#/components/responses/NotFound_2\"}");
    cr_expect_str_eq(at(tree, "/components/responses/NotFound"), "{\"description\":\"mine\"}");
    cr_expect_str_eq(at(tree, "/components/responses/NotFound_2/content"),
                     "{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/"
                     "Problem_2\"}}}");
    cr_expect_str_eq(at(tree, "/components/schemas/Problem"), "{\"type\":\"string\"}");
    cr_expect_str_eq(at(tree, "/components/schemas/Problem_2/required"),
                     "[\"type\",\"title\",\"status\",\"error\",\"request_id\"]");
    cr_expect_str_eq(at(tree, "/components/schemas/Problem_3"), "", "once");
    json_object_put(tree);
}

/* The halves join in both formats, wherever `servers` is and whatever is beside it. */
Test(publish, leaves_a_gap_for_the_server)
{
    static const char *const rows[] = {
        HEAD "paths: {}\n",
        "servers: [{url: /x}]\n" HEAD "paths: {}\n",
        "info: {title: T, version: '1'}\nopenapi: 3.1.0\npaths: {}\n",
        HEAD "paths: {}\nservers: []\n",
        "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths: {}\n",
        HEAD "components: {}\n",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *record = fixture_document(rows[i], &diags), *json, *yaml = NULL;
        struct jread_fault fault;
        struct buf text[2] = {{0}};

        cr_assert(diags.errors == 0, "%s", rows[i]);
        join(record, "json", "/p\"q/v1", &text[0]);
        join(record, "yaml", "/p\"q/v1", &text[1]);
        cr_expect(jread_text(text[0].data, text[0].len, 64, NULL, &json, &fault), "%s",
                  buf_text(&text[0]));
        scratch_put("out.yaml", buf_text(&text[1]));
        cr_expect(yaml_read(scratch_path("out.yaml"), &yaml, &diags), "%s", buf_text(&text[1]));
        cr_expect(json_object_equal(json, yaml), "%s", buf_text(&text[1]));
        cr_expect_str_eq(at(json, "/servers"), "[{\"url\":\"/p\\\"q/v1\"}]");
        json_object_put(json);
        json_object_put(yaml);
        json_object_put(record);
        buf_fini(&text[0]);
        buf_fini(&text[1]);
    }
}
