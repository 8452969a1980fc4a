/* SPDX-License-Identifier: MIT */
/* document.h: what JSON Schema and OpenAPI allow is accepted where nothing is bound to it, with a
 * warning where an author would want one; and what they do not allow is refused. */
#include "lib/api/document/document.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(valid, .init = scratch_make, .fini = tear_down);

#define HEAD "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"
#define SCHEMAS HEAD "components:\n  schemas:\n    "

static bool is_warned(const char *words)
{
    for (size_t i = 0; i < diags.count; i++)
        if (diags.items[i].level == DIAG_WARNING && strstr(diags.items[i].message, words))
            return true;
    return false;
}

Test(valid, schemas_that_nothing_serves)
{
    static const struct {
        const char *text, *warning; /* NULL for none */
    } rows[] = {
        {SCHEMAS "X: {type: object, oneOf: [{type: string}, {type: 'null'}]}", "no value can"},
        {SCHEMAS "X: {enum: []}", "no value can"},
        {SCHEMAS "X: {type: string, default: null}", "default: must be string"},
        {SCHEMAS "X: {type: object, properties: {a: {type: integer, default: 1.5}}}",
         "default: must be integer"},
        {SCHEMAS "X: {minimum: 2, maximum: 1, type: number}", "no value can"},
        {SCHEMAS "X: {type: array, minItems: 2, items: false}", "no value can"},
        {SCHEMAS "X: {allOf: [{$ref: '#/components/schemas/X'}]}", "endlessly"},
        {HEAD "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {type: integer, "
              "default: all}}], responses: {'200': {description: d}}}}}",
         "default: must be integer"},
        {HEAD "paths: {/a: {get: {responses: {'200': {description: d, content: {application/json: "
              "{schema: {enum: []}}}}}}}}",
         "no value can"},
        {SCHEMAS "X: {type: object, required: [b], properties: {a: {}}}", NULL},
        {SCHEMAS "O: {$id: 'https://example.com/o', $ref: c, $defs: {c: {$id: c, type: object}}}",
         NULL},
        {SCHEMAS
         "O: {properties: {b: {$id: 'https://example.com/o', $ref: c, $defs: {c: {$id: c}}}}}",
         NULL},
        {SCHEMAS
         "O: {allOf: [{$id: 'https://example.com/o', $ref: 'c#/$defs/d', $defs: {c: {$id: c, "
         "$defs: {d: {}}}}}]}",
         NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i].text, &diags));
        cr_expect(diags.errors == 0, "%s: %s", rows[i].text, fixture_error(&diags));
        if (rows[i].warning)
            cr_expect(is_warned(rows[i].warning), "%s", rows[i].text);
    }
}

#define BOUND_BODY(schema)                                                                         \
    HEAD "paths: {/a: {post: {x-builtin: health.live, requestBody: {content: {application/json: "  \
         "{schema: " schema "}}}, responses: {'200': {description: d}}}}}"
#define BOUND_QUERY(schema)                                                                        \
    HEAD "paths: {/a: {get: {x-builtin: health.live, parameters: [{name: q, in: query, "           \
         "schema: " schema "}], responses: {'200': {description: d}}}}}"

Test(valid, schemas_that_a_binding_serves_must_make_sense)
{
    static const struct {
        const char *text;
        bool is_error;
    } rows[] = {
        {BOUND_BODY("{enum: []}"), true},
        {BOUND_BODY("{type: object, properties: {a: {type: integer, default: x}}}"), true},
        {BOUND_BODY("{type: object, properties: {a: {enum: []}}}"), false},
        {BOUND_BODY("{type: object, required: [b], properties: {a: {}}}"), false},
        {BOUND_QUERY("{type: integer, default: x}"), true},
        {BOUND_QUERY("{type: array, items: {type: integer, default: x}}"), false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i].text, &diags));
        cr_expect_eq(diags.errors > 0, rows[i].is_error, "%s: %s", rows[i].text,
                     fixture_error(&diags));
    }
}

/* As springdoc writes it: the base chooses among those that extend it. */
Test(valid, discriminator_loops)
{
    static const char *const rows[] = {
        SCHEMAS
        "P: {type: object, properties: {k: {type: string}}, required: [k], discriminator: "
        "{propertyName: k}, oneOf: [{$ref: '#/components/schemas/A'}, {$ref: "
        "'#/components/schemas/B'}]}\n"
        "    A: {allOf: [{$ref: '#/components/schemas/P'}, {type: object, properties: {a: "
        "{}}}]}\n"
        "    B: {type: object, allOf: [{$ref: '#/components/schemas/P'}], properties: {b: {}}}",
        SCHEMAS "P: {type: object, discriminator: {propertyName: k, mapping: {a: "
                "'#/components/schemas/A'}}, anyOf: [{$ref: '#/components/schemas/A'}]}\n"
                "    A: {allOf: [{$ref: '#/components/schemas/P'}]}",
        SCHEMAS "A: {allOf: [{$ref: '#/components/schemas/M'}]}\n"
                "    M: {allOf: [{$ref: '#/components/schemas/P'}]}\n"
                "    P: {type: object, discriminator: {propertyName: k}, oneOf: [{$ref: "
                "'#/components/schemas/A'}]}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i], &diags));
        cr_expect(diags.errors + diags.warnings == 0, "%s: %s", rows[i],
                  diags.count ? diags.items[0].message : "");
    }
}

Test(valid, operations_beside_a_ref)
{
    static const char text[] =
        HEAD "paths: {/a: {$ref: '#/components/pathItems/A', get: {responses: {'200': "
             "{description: beside}}}}}\n"
             "components: {pathItems: {A: {get: {responses: {'200': {description: d}}}, put: "
             "{responses: {'200': {description: d}}}}}}";
    struct json_object *document = fixture_document(text, &diags);

    cr_expect(diags.errors == 0 && is_warned("get: is ignored beside $ref"));
    cr_expect(!is_warned("put: is ignored"));
    cr_expect_eq(jget_count(document, "operations"), 2);
    cr_expect(!strstr(json_object_to_json_string(jget(document, "published")), "beside"));
    json_object_put(document);
}

/* The path of a document and of what it refers to are file names, not URIs. */
Test(valid, names_of_files)
{
    static const char *const names[] = {"c#.yaml",  "a%20b.yaml", "a b.yaml", "100%.yaml",
                                        "a?b.yaml", "{id}.yaml",  "a:b.yaml", "%7Bid%7D.yaml"};
    static const struct {
        const char *file, *ref;
    } refs[] = {{"users_{id}.yaml", "users_{id}.yaml"},
                {"users_{id}.yaml", "users_%7Bid%7D.yaml"},
                {"a b.yaml", "a b.yaml"},
                {"a b.yaml", "a%20b.yaml"},
                {"100%.yaml", "100%.yaml"},
                {"c#.yaml", "c%23.yaml"}};
    char text[512];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        diags_fini(&diags);
        scratch_put(names[i], SCHEMAS "X: {properties: {x: {$ref: '#/components/schemas/X'}}}");
        json_object_put(
            document_load(scratch_path(names[i]), DOCUMENT_SERVED, &dialect_sqlite, &diags));
        cr_expect(diags.errors == 0, "%s: %s", names[i], fixture_error(&diags));
    }
    for (size_t i = 0; i < sizeof(refs) / sizeof(*refs); i++) {
        scratch_put(refs[i].file,
                    "x-item: {get: {responses: {'200': {description: d}}}}\nX: {type: string}");
        snprintf(text, sizeof(text),
                 HEAD
                 "paths: {/a: {$ref: '%s#/x-item'}}\ncomponents: {schemas: {Y: {$ref: '%s#/X'}}}",
                 refs[i].ref, refs[i].ref);
        json_object_put(fixture_document(text, &diags));
        cr_expect(diags.errors == 0, "%s: %s", refs[i].ref, fixture_error(&diags));
    }
}

#define SCHEMAS_3_0                                                                                \
    "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    "

#define OPERATION(id) "{operationId: " id ", responses: {'200': {description: d}}}"

Test(valid, refuses)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {SCHEMAS_3_0 "X: {const: 1}", "const: is a keyword only since OpenAPI 3.1"},
        {SCHEMAS_3_0 "X: {if: {}, then: {}}", "if: is a keyword only since"},
        {SCHEMAS_3_0 "X: {properties: {a: {examples: [1]}}}", "examples: is a keyword only since"},
        {SCHEMAS_3_0 "X: {patternProperties: {a: {}}}", "patternProperties: is a keyword"},
        {SCHEMAS_3_0 "X: {type: array, prefixItems: [{}]}", "prefixItems: is a keyword"},
        {SCHEMAS_3_0 "X: {$defs: {}}", "$defs: is a keyword only since"},
        {SCHEMAS_3_0 "X: {type: [string]}", "type: is a list only since"},
        {SCHEMAS_3_0 "X: {type: 'null'}", "write nullable: true"},
        {SCHEMAS_3_0 "X: {exclusiveMinimum: 1}", "exclusiveMinimum: must be true or false"},
        {SCHEMAS_3_0 "X: {not: true}", "true and false are OpenAPI 3.1"},
        {SCHEMAS_3_0 "X: {properties: {a: true}}", "true and false are OpenAPI 3.1"},
        {SCHEMAS_3_0 "X: {required: [a, a]}", "required: a occurs twice"},
        {SCHEMAS "X: {required: [a, b, a]}", "required: a occurs twice"},
        {SCHEMAS "X: {allOf: [{required: [a, a]}]}", "required: a occurs twice"},
        {SCHEMAS "X: {dependentRequired: {a: [b, b]}}", "dependentRequired: a: b occurs twice"},
        {HEAD "tags: [{name: a}, {name: b}, {name: a}]\npaths: {}", "tags: a occurs twice"},
        {HEAD "paths: {'/p/{a}': {}, '/p/{b}': {}}", "/p/{b} is the same path as /p/{a}"},
        {HEAD "paths: {'/a': {get: " OPERATION("x") "}}\nwebhooks: {w: {post: " OPERATION("x") "}}",
         "operationId: x is used twice"},
        {HEAD "paths: {}\nwebhooks: {w: {put: " OPERATION("x") ", post: " OPERATION("x") "}}",
         "operationId: x is used twice"},
        {HEAD "paths: {'/a': {get: {operationId: x, responses: {'200': {description: d}}, "
              "callbacks: {c: {'{$url}': {post: " OPERATION("x") "}}}}}}",
         "operationId: x is used twice"},
        {HEAD "paths: {'/a': {get: {responses: {'200': {description: d}}, callbacks: {c: {'{$url}':"
              " {post: " OPERATION("x") "}}}}}, '/b': {get: " OPERATION("x") "}}",
         "operationId: x is used twice"},
        {HEAD "paths: {'/a': {get: " OPERATION("x") "}}\ncomponents: {callbacks: {c: {'{$url}': {"
                                                    "post: " OPERATION("x") "}}}}",
         "operationId: x is used twice"},
        {HEAD "paths: {}\nservers: [{url: '/{v}', variables: {v: {default: c, enum: [a, b]}}}]",
         "default: must be in enum"},
        {HEAD "paths: {'/a': {servers: [{url: '/{v}', variables: {v: {default: '', enum: [a]}}}]}}",
         "default: must be in enum"},
        {HEAD "paths: {'/p/{a}/q/{c}.json': {}, '/p/{b}/q/{a}.json': {}}", "is the same path as"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i].text, &diags));
        cr_expect(strstr(fixture_error(&diags), rows[i].message), "%s: %s", rows[i].text,
                  fixture_error(&diags));
    }
}

#define RESPONSE(more)                                                                             \
    HEAD "paths: {'/a': {get: {responses: {'200': {description: d, " more "}}}}}\n"
#define NONE "{$ref: '#/components/none'}"
#define TYPED "{$ref: '#/components/schemas/X'}"
#define SCHEMA_X "components: {schemas: {X: {type: string}}}"

/* A reference leads to what stands in its place, also where Leat itself uses nothing of it. */
Test(valid, reports_references_that_lead_nowhere)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {RESPONSE("content: {text/csv: {examples: {e: " NONE "}}}"), "does not resolve"},
        {RESPONSE("links: {l: " NONE "}"), "does not resolve"},
        {HEAD "paths: {'/a': {get: {callbacks: {c: " NONE
              "}, responses: {'200': {description: d}}}}}",
         "does not resolve"},
        {HEAD "paths: {'/a': {get: {callbacks: {c: {'{$url}': " NONE "}}, responses: {'200': "
              "{description: d}}}}}",
         "does not resolve"},
        {HEAD "webhooks: {w: " NONE "}", "does not resolve"},
        {HEAD "webhooks: {w: {post: {requestBody: " NONE "}}}", "does not resolve"},
        {HEAD "webhooks: {w: {post: {parameters: [" NONE "]}}}", "does not resolve"},
        {HEAD "webhooks: {w: {post: {responses: {'200': " NONE "}}}}", "does not resolve"},
        {HEAD "components: {responses: {r: " NONE "}}", "does not resolve"},
        {HEAD "components: {headers: {h: " NONE "}}", "does not resolve"},
        {RESPONSE("content: {text/csv: {examples: {e: " TYPED "}}}") SCHEMA_X,
         "type: is not a field of Example"},
        {RESPONSE("links: {l: " TYPED "}") SCHEMA_X, "type: is not a field of Link"},
        {HEAD "webhooks: {w: " TYPED "}\n" SCHEMA_X, "type: is not a field of PathItem"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i].text, &diags));
        cr_expect(strstr(fixture_error(&diags), rows[i].message), "%s: %s", rows[i].text,
                  fixture_error(&diags));
        diags_fini(&diags);
    }
}

Test(valid, keeps_what_only_looks_like_it)
{
    static const char *const rows[] = {
        SCHEMAS_3_0 "X: {additionalProperties: false, properties: {const: {type: string}}}",
        SCHEMAS_3_0 "X: {minimum: 1, exclusiveMinimum: true, type: string, nullable: true}",
        SCHEMAS_3_0
        "X: {$schema: a, $id: b, $comment: c, x-const: 1, enum: [const], default: const}",
        HEAD "paths: {'/a': {get: {responses: {'200': {description: d}}, callbacks: {c: {$ref: "
             "'#/components/callbacks/c'}}}, post: {responses: {'200': {description: d}}, "
             "callbacks: {c: {$ref: '#/components/callbacks/c'}}}}}\ncomponents: {callbacks: {c: {"
             "'{$url}': {post: " OPERATION("x") "}}}}",
        HEAD "paths: {'/a': {$ref: '#/components/pathItems/i'}}\n"
             "components: {pathItems: {i: {get: " OPERATION("x") "}}}",
        HEAD "paths: {'/a': {get: " OPERATION("x") ", x-a: " OPERATION("x") "}}",
        HEAD "paths: {}\nservers: [{url: '/{v}', variables: {v: {default: a, enum: [a, b]}}}]",
        "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths: {}\n"
        "servers: [{url: '/{v}', variables: {v: {default: c, enum: [a]}}}]",
        HEAD "paths: {'/p/{a}': {}, '/p/{a}.json': {}, '/p/a': {}, '/p/{a}/q': {}}",
        HEAD
        "components: {examples: {e: {$ref: 'https://example.org/e.json'}, f: {value: {$ref: a}}}}",
        HEAD "components: {links: {l: {$ref: '#/components/links/m'}, m: {operationId: x}}}\n"
             "paths: {'/a': {get: " OPERATION("x") "}}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        json_object_put(fixture_document(rows[i], &diags));
        cr_expect(diags.errors == 0, "%s: %s", rows[i], fixture_error(&diags));
    }
    json_object_put(fixture_document(SCHEMAS "X: {type: integer, nullable: true}", &diags));
    cr_expect(diags.errors == 0 && is_warned("write type: [integer, \"null\"]"));
}
