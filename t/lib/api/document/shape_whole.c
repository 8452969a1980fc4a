/* SPDX-License-Identifier: MIT */
/* A document that contains every field of openapi.def. */
#include "lib/api/document/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/api/document/openapi.h"
#include "lib/conf/yaml.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;
static struct json_object *root;

static void tear_down(void)
{
    json_object_put(root);
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(shape_whole, .init = scratch_make, .fini = tear_down);

static const char text[] =
    "openapi: 3.1.0\n"
    "info: {title: T, version: '1', summary: s, description: d, termsOfService: 'https://e.x/t', "
    "contact: {name: "
    "n, url: 'https://e.x', email: a@b.c}, license: {name: MIT, identifier: MIT}, x-i: 1}\n"
    "jsonSchemaDialect: https://spec.openapis.org/oas/3.1/dialect/base\n"
    "servers: [{url: 'https://{h}/v1', description: d, variables: {h: {default: a, enum: [a, b], "
    "description: d}}}]\n"
    "security: [{k: []}, {o: [read]}]\n"
    "tags: [{name: t, description: d, externalDocs: {url: 'https://e.x', description: d}}]\n"
    "externalDocs: {url: 'https://e.x'}\n"
    "webhooks: {w: {post: {responses: {default: {description: d}}}}, r: {$ref: "
    "'#/components/pathItems/I'}}\n"
    "paths:\n"
    "  /a/{id}:\n"
    "    summary: s\n"
    "    description: d\n"
    "    servers: [{url: /}]\n"
    "    parameters:\n"
    "    - {name: id, in: path, required: true, style: label, explode: true, schema: {type: "
    "string}, example: 1}\n"
    "    - {$ref: '#/components/parameters/P', summary: s, description: d}\n"
    "    get:\n"
    "      tags: [t]\n"
    "      summary: s\n"
    "      externalDocs: {url: 'https://e.x'}\n"
    "      operationId: o\n"
    "      description: d\n"
    "      deprecated: true\n"
    "      security: []\n"
    "      parameters:\n"
    "      - {name: q, in: query, required: false, description: d, allowEmptyValue: true, style: "
    "deepObject, allowReserved: true, "
    "schema: true, examples: {e: {value: 1, summary: s}}}\n"
    "      - {name: h, in: header, style: simple, schema: {}, deprecated: false}\n"
    "      - {name: c, in: cookie, style: form, schema: {}}\n"
    "      - {name: j, in: query, content: {application/json: {schema: {}}}}\n"
    "      responses:\n"
    "        '200':\n"
    "          description: d\n"
    "          headers: {X-A: {schema: {}, style: simple, explode: false, example: 1}, X-B: "
    "{content: {text/plain: {}}}, X-C: {$ref: '#/components/headers/H'}}\n"
    "          content: {application/json: {schema: {}, examples: {a: {$ref: '#/x'}}}, 'text/*': "
    "{example: 1}}\n"
    "          links: {l: {operationId: o, parameters: {a: 1}, requestBody: 1, description: d, "
    "server: {url: /}}}\n"
    "        4XX: {$ref: '#/components/responses/R'}\n"
    "        default: {description: d}\n"
    "    post:\n"
    "      requestBody: {description: d, required: true, content: {multipart/form-data: {schema: "
    "{}, encoding: {f: {contentType: image/png, headers: {A: {schema: {}}}, style: form, explode: "
    "true, allowReserved: false}}}}}\n"
    "      callbacks: {cb: {'{$request.body#/u}': {post: {responses: {'200': {description: d}}}}}, "
    "r: {$ref: '#/components/callbacks/C'}}\n"
    "      servers: [{url: /}]\n"
    "components:\n"
    "  schemas: {A: {}, B: true}\n"
    "  responses: {R: {description: d}}\n"
    "  parameters: {P: {name: p, in: query, schema: {}}}\n"
    "  examples: {E: {externalValue: 'https://e.x', description: d}}\n"
    "  requestBodies: {Q: {content: {}}}\n"
    "  headers: {H: {schema: {}, description: d, required: true, deprecated: false, examples: "
    "{}}}\n"
    "  links: {L: {operationRef: '#/x'}}\n"
    "  callbacks: {C: {x: {}}}\n"
    "  pathItems: {I: {get: {}, put: {}, delete: {}, options: {}, head: {}, patch: {}, trace: "
    "{}}}\n"
    "  securitySchemes:\n"
    "    k: {type: apiKey, name: n, in: header, description: d}\n"
    "    b: {type: http, scheme: Bearer, bearerFormat: JWT}\n"
    "    s: {type: http, scheme: basic}\n"
    "    m: {type: mutualTLS}\n"
    "    o: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://e.x', refreshUrl: "
    "'https://e.x', scopes: {read: r}}, password: {tokenUrl: 'https://e.x', scopes: {}, "
    "refreshUrl: 'https://e.x'}, clientCredentials: {tokenUrl: 'https://e.x', scopes: {}}, "
    "authorizationCode: {authorizationUrl: 'https://e.x', refreshUrl: 'https://e.x', tokenUrl: "
    "'https://e.x', scopes: {}}}}\n"
    "    i: {type: openIdConnect, openIdConnectUrl: 'https://e.x'}\n"
    "x-z: 1\n";

Test(shape_whole, is_of_3_1)
{
    scratch_put("a.yaml", text);
    cr_assert(yaml_read(scratch_path("a.yaml"), &root, &diags));
    cr_expect(shape_check(root, &diags) && diags.count == 0, "%s: %s",
              diags.count ? diags.items[0].where : "", fixture_error(&diags));
}

/* Returns whether "key:" is in the text, as a word. */
static bool has_key(const char *key)
{
    char word[64];

    snprintf(word, sizeof(word), "%s:", key);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if (at == text || strchr(" {\n", at[-1]))
            return true;
    return false;
}

Test(shape_whole, has_every_field)
{
    static const char *const keys[] = {
#define OBJECT(name, extensible)
#define FIELD(key, type, when, versions, required) key,
#define COUNT(keys, min, max, versions)
#define AMONG(key, list, versions)
#include "lib/api/document/openapi.def"
#undef OBJECT
#undef FIELD
#undef COUNT
#undef AMONG
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        cr_expect(*keys[i] == '<' || has_key(keys[i]), "%s", keys[i]);
}

static size_t recheck(void)
{
    diags_fini(&diags);
    shape_check(root, &diags);
    return diags.errors;
}

/* Replaces each value in turn by a number, which none may be, except values that are numbers
 * already: those may have any type. */
static void spoil(struct json_object *map)
{
    json_object_object_foreach(map, key, value)
    {
        if (json_object_is_type(value, json_type_int))
            continue;
        json_object_get(value);
        json_object_object_add(map, key, json_object_new_int(1));
        cr_expect(recheck(), "%s: a number passes", key);
        json_object_object_add(map, key, value);
        if (json_object_is_type(value, json_type_object) && strcmp(key, "schema") != 0)
            spoil(value);
        for (size_t i = 0; i < jget_count(map, key); i++) {
            struct json_object *item = json_object_get(jget_item(map, key, i));

            json_object_array_put_idx(value, i, json_object_new_int(1));
            cr_expect(recheck(), "%s[%zu]: a number passes", key, i);
            json_object_array_put_idx(value, i, item);
            if (json_object_is_type(item, json_type_object))
                spoil(item);
        }
    }
}

Test(shape_whole, knows_every_type)
{
    scratch_put("a.yaml", text);
    cr_assert(yaml_read(scratch_path("a.yaml"), &root, &diags));
    spoil(root);
    cr_expect(recheck() == 0);
}

/* Fields that only 3.1 has are found in a document of 3.0, and nothing else. */
Test(shape_whole, differs_from_3_0)
{
    static const char *const expected[] = {
        "summary: is a field of Info only since OpenAPI 3.1",
        "identifier: is a field of License only since OpenAPI 3.1",
        "jsonSchemaDialect: is a field of OpenAPI only since OpenAPI 3.1",
        "webhooks: is a field of OpenAPI only since OpenAPI 3.1",
        "schema: must be a schema: a map",
        "responses: is missing from Operation",
        "B: must be a schema: a map",
        "pathItems: is a field of Components only since OpenAPI 3.1",
        "type: must be one of apiKey|http|oauth2|openIdConnect",
    };
    const size_t count = sizeof(expected) / sizeof(*expected);

    scratch_put("a.yaml", text);
    cr_assert(yaml_read(scratch_path("a.yaml"), &root, &diags));
    json_object_object_add(root, "openapi", json_object_new_string("3.0.3"));
    cr_expect(shape_check(root, &diags) && diags.count == count, "%zu", diags.count);
    diags_sort(&diags);
    for (size_t i = 0; i < diags.count && i < count; i++)
        cr_expect_str_eq(diags.items[i].message, expected[i]);
}

/* Required fields of each object, and fields that exclude each other. */
Test(shape_whole, is_strict)
{
    static const char strict[] =
        "openapi: 3.1.0\n"
        "info: {license: {identifier: MIT, url: 'https://e.x'}}\n"
        "tags: [{}]\n"
        "paths:\n"
        "  /a:\n"
        "    get:\n"
        "      parameters:\n"
        "      - {in: path, required: true, schema: {}}\n"
        "      - {name: a, in: cookie, content: {a/b: {}}, style: form, example: 1, examples: {}}\n"
        "      - {name: a, in: query, schema: {}, allowReserved: 1, style: 1, explode: 1}\n"
        "components:\n"
        "  headers:\n"
        "    a: {schema: {}, example: 1, examples: {}}\n"
        "    b: {content: {a/b: {}}, style: simple, explode: true, example: 1, examples: {}}\n"
        "  securitySchemes:\n"
        "    a: {type: apiKey}\n"
        "    b: {type: http}\n"
        "    c: {type: oauth2}\n"
        "    d: {type: oauth2, flows: {implicit: {}, clientCredentials: {}, authorizationCode: "
        "{}}}\n";
    static const char *const expected[] = {
        "title: is missing from Info",
        "version: is missing from Info",
        "name: is missing from License",
        "License: allows only one of identifier|url",
        "name: is missing from Tag",
        "name: is missing from Parameter, where in is path",
        "Parameter: allows only one of example|examples",
        "style: is a field of Parameter only beside schema",
        "example: is a field of Parameter only beside schema",
        "examples: is a field of Parameter only beside schema",
        "allowReserved: must be true or false",
        "style: must be one of form|spaceDelimited|pipeDelimited|deepObject",
        "explode: must be true or false",
        "Header: allows only one of example|examples",
        "Header: allows only one of example|examples",
        "style: is a field of Header only beside schema",
        "explode: is a field of Header only beside schema",
        "example: is a field of Header only beside schema",
        "examples: is a field of Header only beside schema",
        "name: is missing from SecurityScheme, where type is apiKey",
        "in: is missing from SecurityScheme, where type is apiKey",
        "scheme: is missing from SecurityScheme, where type is http",
        "flows: is missing from SecurityScheme, where type is oauth2",
        "authorizationUrl: is missing from ImplicitFlow",
        "scopes: is missing from ImplicitFlow",
        "tokenUrl: is missing from TokenFlow",
        "scopes: is missing from TokenFlow",
        "authorizationUrl: is missing from CodeFlow",
        "tokenUrl: is missing from CodeFlow",
        "scopes: is missing from CodeFlow",
    };
    const size_t count = sizeof(expected) / sizeof(*expected);

    scratch_put("a.yaml", strict);
    cr_assert(yaml_read(scratch_path("a.yaml"), &root, &diags));
    cr_expect(recheck() == count, "%zu", diags.count);
    diags_sort(&diags);
    for (size_t i = 0; i < diags.count && i < count; i++)
        cr_expect_str_eq(diags.items[i].message, expected[i], "%s", diags.items[i].where);
}
