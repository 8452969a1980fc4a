/* SPDX-License-Identifier: MIT */
#include "lib/api/document/shape.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/conf/yaml.h"
#include "lib/core/json/jget.h"
#include "lib/schema/format.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(shape, .init = scratch_make, .fini = tear_down);

/* Reads and checks a file; resets `diags`. */
static void check_file(const char *path)
{
    struct json_object *root = NULL;

    diags_fini(&diags);
    if (yaml_read(path, &root, &diags))
        shape_check(root, &diags);
    json_object_put(root);
}

static void check_text(const char *text)
{
    scratch_put("a.yaml", text);
    check_file(scratch_path("a.yaml"));
}

/* Returns all findings as lines, without the folder of the file. */
static const char *findings(void)
{
    static char out[4096];
    size_t len = 0;

    diags_sort(&diags);
    *out = '\0';
    for (size_t i = 0; i < diags.count; i++) {
        const char *where = strstr(diags.items[i].where, "a.yaml:");

        len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s: %s", i ? "\n" : "",
                                where ? where + strlen("a.yaml:") : diags.items[i].where,
                                diags.items[i].message);
    }
    return out;
}

struct finding {
    const char *text, *expected; /* all findings; "" for none */
};

static void check_rows(const char *head, const struct finding *rows, size_t count)
{
    char text[2048];

    for (size_t i = 0; i < count; i++) {
        snprintf(text, sizeof(text), "%s%s\n", head, rows[i].text);
        check_text(text);
        cr_expect_str_eq(findings(), rows[i].expected, "%s\n%s\n", rows[i].text, findings());
    }
}

#define CHECK_ROWS(head, rows) check_rows(head, rows, sizeof(rows) / sizeof(*(rows)))
#define INFO "info: {title: T, version: '1'}\n"
#define HEAD "openapi: 3.1.0\n" INFO
#define HEAD_3_0 "openapi: 3.0.3\n" INFO

Test(shape, of_the_root)
{
    static const struct finding rows[] = {
        {"openapi: 3.1.0\n" INFO "paths: {}", ""},
        {"openapi: 3.1.12-rc1\n" INFO "components: {}\nx-own: 1", ""},
        {"openapi: 3.1.x\n" INFO, "1:1: openapi: must be a 3.1.x or 3.0.x version, such as 3.1.0"},
        {"openapi: 3.1\n" INFO, "1:1: openapi: must be a 3.1.x or 3.0.x version, such as 3.1.0"},
        {"swagger: '2.0'", "1:1: openapi: must be a 3.1.x or 3.0.x version, such as 3.1.0"},
        {"[]", "1:1: openapi: must be a 3.1.x or 3.0.x version, such as 3.1.0"},
        {"openapi: 3.1.0", "1:1: info: is missing from OpenAPI\n"
                           "1:1: OpenAPI: needs one of paths|components|webhooks"},
        {"openapi: 3.1.0\ninfo: {title: T, version: 1.0, licence: {}}\npaths: {}\ntags: {}",
         "2:18: version: must be a string; put it in quotes\n"
         "2:32: licence: is not a field of Info; extensions begin with x-\n"
         "4:1: tags: must be a list"},
        {"openapi: 3.1.0\ninfo: null\npaths: 1",
         "1:1: Info: must be a map\n3:8: Paths: must be a map"},
    };

    CHECK_ROWS("", rows);
}

static const struct finding findings_of_3_1[] = {
    {"paths: {a: {}}", "3:9: a: must be a path that begins with / and has no ? or #"},
    {"paths: {x-own: 1}", ""},
    {"paths: {/a: {fetch: {}}}",
     "3:14: fetch: is not a field of PathItem; extensions begin with x-"},
    {"paths: {/a: {get: {x-own: 1, responses: {}}}}", "3:30: responses: must not be empty"},
    {"paths: {/a: {get: {responses: {200: {description: d}, 2XX: {description: d}, 600: "
     "{description: d}, 20: {}}}}}",
     "3:78: 600: must be a status (200), a status class (2XX) or default\n"
     "3:101: 20: must be a status (200), a status class (2XX) or default"},
    {"paths: {/a: {get: {responses: {default: {content: {json: {}}}}}}}",
     "3:41: description: is missing from Response\n"
     "3:52: json: must be a media type or range, such as text/plain or image/*"},
    {"paths: {/a: {get: {responses: {default: {description: d, content: {'text/*; q=\"\\\"\"': "
     "{}, '*/*': {}, '*/a': {}}}}}}}",
     "3:101: */a: must be a media type or range, such as text/plain or image/*"},
    {"paths: {/a: {get: {tags: [1, a]}}}", "3:27: tags[0]: must be a string; put it in quotes"},
    {"paths: {/a: {$ref: '#/b', summary: s, get: {}}}", ""},
    {"paths: {'/a?b': {}}", "3:9: /a?b: must be a path that begins with / and has no ? or #"},
    {"paths: {'/a#b': {}}", "3:9: /a#b: must be a path that begins with / and has no ? or #"},
    {"paths: {/a: {get: {parameters: [{$ref: '#/b', name: 1, x-b: 2, other: {}}]}}}", ""},
    {"paths: {/a: {get: {parameters: {}}}}", "3:20: parameters: must be a list"},
    {"paths: {/a: {get: {parameters: [{in: query, schema: {}}]}}}",
     "3:33: name: is missing from Parameter"},
    {"paths: {/a: {get: {parameters: [{name: a, schema: {}, style: form}]}}}",
     "3:33: in: is missing from Parameter"},
    {"paths: {/a: {get: {parameters: [{name: a, in: body, schema: {}}]}}}",
     "3:43: in: must be one of query|header|path|cookie"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query}]}}}",
     "3:33: Parameter: needs one of schema|content"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query, schema: {}, content: {a/b: {}}}]}}}",
     "3:33: Parameter: allows only one of schema|content"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query, content: {a/b: {}, a/c: {}}}]}}}",
     "3:54: content: must have exactly one member"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query, content: {a/b: {}}, explode: "
     "true}]}}}",
     "3:74: explode: is a field of Parameter only beside schema"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query, schema: {}, example: 1, examples: "
     "{}}]}}}",
     "3:33: Parameter: allows only one of example|examples"},
    {"paths: {/a: {get: {parameters: [{name: a, in: query, schema: 1}]}}}",
     "3:54: schema: must be a schema: a map, true or false"},
    {"paths: {/a: {get: {parameters: [{name: a, in: path, schema: {}}]}}}",
     "3:33: required: is missing from Parameter, where in is path"},
    {"paths: {/a: {get: {parameters: [{name: a, in: path, required: false, schema: {}}]}}}",
     "3:53: required: must be true"},
    {"paths: {/a: {get: {parameters: [{name: a/, in: path, required: true, schema: {}}]}}}",
     "3:34: name: must be a name that does not end in '/', '#' or '?'"},
    {"paths: {/a: {get: {parameters: [{name: a, in: path, required: true, schema: {}, style: "
     "form}]}}}",
     "3:81: style: must be one of matrix|label|simple"},
    {"paths: {/a: {get: {parameters: [{name: a, in: cookie, schema: {}, style: simple}]}}}",
     "3:67: style: must be form"},
    {"paths: {/a: {get: {parameters: [{name: a, in: header, schema: {}, allowEmptyValue: "
     "true}]}}}",
     "3:67: allowEmptyValue: is a field of Parameter only where in is query"},
    {"paths: {/a: {get: {parameters: [{name: a, in: cookie, schema: {}, allowReserved: "
     "true}]}}}",
     "3:67: allowReserved: is a field of Parameter only where in is query"},
    {"paths: {/a: {get: {requestBody: {description: d}}}}",
     "3:33: content: is missing from RequestBody"},
    {"paths: {/a: {get: {requestBody: {content: {a/b: {schema: {}, example: 1, examples: "
     "{}}}}}}}",
     "3:49: MediaType: allows only one of example|examples"},
    {"paths: {/a: {get: {requestBody: {content: {a/b: {encoding: {p: {contentType: 'a/b, c', "
     "style: simple}}}}}}}}",
     "3:65: contentType: must be media types or ranges, such as image/png, image/*\n"
     "3:88: style: must be one of form|spaceDelimited|pipeDelimited|deepObject"},
    {"paths: {/a: {get: {deprecated: 'no', callbacks: {c: {'{$url}': {post: 1}, x-own: 1}}}}}",
     "3:20: deprecated: must be true or false\n"
     "3:71: Operation: must be a map"},
    {"servers: [{}, {url: 'a b'}, {url: 'https://{h}:{p}/{b}'}, {url: '{}'}]\npaths: {}",
     "3:11: url: is missing from Server\n"
     "3:16: url: must be an absolute or relative URL, with optional {variables}\n"
     "3:60: url: must be an absolute or relative URL, with optional {variables}"},
    {"servers: [{url: /, variables: {a: {enum: []}, b: {default: 1}}}]\npaths: {}",
     "3:35: default: is missing from ServerVariable\n"
     "3:36: enum: must not be empty\n"
     "3:51: default: must be a string; put it in quotes"},
    {"security: [{a: [], b: read}, []]\npaths: {}", "3:20: b: must be a list\n"
                                                    "3:30: security[1]: must be a map"},
    {"externalDocs: {description: d}\npaths: {}",
     "3:15: url: is missing from ExternalDocumentation"},
    {"webhooks: {w: {$ref: '#/w'}, x-w: 1}", "3:35: PathItem: must be a map"},
    {"components: {schema: {}, schemas: {'a b': {}, c: []}, x-own: 1}",
     "3:14: schema: is not a field of Components; extensions begin with x-\n"
     "3:36: a b: must be a name of letters, digits, '.', '_' and '-'\n"
     "3:47: c: must be a schema: a map, true or false"},
    {"components: {examples: {e: {value: 1, externalValue: 'https://e.x'}}}",
     "3:28: Example: allows only one of value|externalValue"},
    {"components: {links: {l: {}, m: {operationRef: a, operationId: b}, n: {operationId: a, "
     "server: {}, parameters: {a: 1}}}}",
     "3:25: Link: needs one of operationRef|operationId\n"
     "3:32: Link: allows only one of operationRef|operationId\n"
     "3:95: url: is missing from Server"},
    {"components: {headers: {h: {name: h, schema: {}, style: form}, i: {}}}",
     "3:28: name: is not a field of Header; extensions begin with x-\n"
     "3:49: style: must be simple\n"
     "3:66: Header: needs one of schema|content"},
    {"components: {securitySchemes: {a: {}, b: {type: basic}, c: {type: apiKey, in: path}}}",
     "3:35: type: is missing from SecurityScheme\n"
     "3:43: type: must be one of apiKey|http|mutualTLS|oauth2|openIdConnect\n"
     "3:60: name: is missing from SecurityScheme, where type is apiKey\n"
     "3:75: in: must be one of query|header|cookie"},
    {"components: {securitySchemes: {a: {type: http, scheme: basic, bearerFormat: JWT}, b: "
     "{type: http, scheme: BEARER, bearerFormat: JWT}, c: {type: mutualTLS, scheme: b}}}",
     "3:63: bearerFormat: is a field of SecurityScheme only where scheme is bearer\n"
     "3:156: scheme: is a field of SecurityScheme only where type is http"},
    {"components: {securitySchemes: {a: {type: oauth2, flows: {implicit: {tokenUrl: "
     "'https://e.x'}, device: {}}}, b: {type: openIdConnect}}}",
     "3:68: authorizationUrl: is missing from ImplicitFlow\n"
     "3:68: scopes: is missing from ImplicitFlow\n"
     "3:69: tokenUrl: is not a field of ImplicitFlow; extensions begin with x-\n"
     "3:95: device: is not a field of OAuthFlows; extensions begin with x-\n"
     "3:112: openIdConnectUrl: is missing from SecurityScheme, where type is openIdConnect"},
    {"components: {securitySchemes: {a: {type: oauth2, flows: {password: {tokenUrl: "
     "'https://e.x', scopes: {a: 1}}}}}}",
     "3:103: a: must be a string; put it in quotes"},
    {"components: {responses: {a: {$ref: 1}, b: null}}",
     "3:25: Response: must be a map\n"
     "3:30: $ref: must be a string; put it in quotes"},
};

Test(shape, of_3_1)
{
    CHECK_ROWS(HEAD, findings_of_3_1);
}

Test(shape, of_3_0)
{
    static const struct finding rows[] = {
        {"paths: {}", ""},
        {"components: {}", "1:1: paths: is missing from OpenAPI"},
        {"paths: {/a: {get: {}}}", "3:19: responses: is missing from Operation"},
        {"paths: {}\nwebhooks: {}\njsonSchemaDialect: 'https://e.x'",
         "4:1: webhooks: is a field of OpenAPI only since OpenAPI 3.1\n"
         "5:1: jsonSchemaDialect: is a field of OpenAPI only since OpenAPI 3.1"},
        {"paths: {}\ncomponents: {pathItems: {}, schemas: {a: true}}",
         "4:14: pathItems: is a field of Components only since OpenAPI 3.1\n"
         "4:39: a: must be a schema: a map"},
        {"paths: {}\ncomponents: {securitySchemes: {a: {type: mutualTLS}}}",
         "4:36: type: must be one of apiKey|http|oauth2|openIdConnect"},
        {"paths: {}\ncomponents: {responses: {a: {$ref: '#/b', description: d, more: 1}}}", ""},
        {"paths: {}\nservers: [{url: '/{a}', variables: {a: {enum: [], default: b}}}]", ""},
        {"paths: {}\nexternalDocs: {url: docs}", ""},
    };

    CHECK_ROWS(HEAD_3_0, rows);
}

/* The words come from lib/schema/format.h. */
Test(shape, asserts_formats)
{
    static const struct {
        const char *text, *where, *format; /* NULL: valid */
    } rows[] = {
        {"openapi: 3.1.0\n" INFO "paths: {/a: {$ref: 'a b{c}%.yaml'}}", NULL, NULL},
        {"openapi: 3.1.0\n" INFO "paths: {/a: {$ref: 'a#/b'}}", NULL, NULL},
        {"openapi: 3.1.0\n" INFO "paths: {}\nexternalDocs: {url: docs}", NULL, NULL},
        {"openapi: 3.1.0\n" INFO "paths: {}\nexternalDocs: {url: a b}", "4:16: url",
         "uri-reference"},
        {"openapi: 3.1.0\ninfo: {title: T, version: '1', termsOfService: /terms, contact: {url: "
         "/about}, license: {name: x, url: LICENSE}}\npaths: {}",
         NULL, NULL},
        {"openapi: 3.1.0\n" INFO
         "components: {securitySchemes: {o: {type: oauth2, flows: {password: "
         "{scopes: {}, tokenUrl: token, refreshUrl: ../r}, implicit: {scopes: {}, "
         "authorizationUrl: b?a}}}, i: {type: openIdConnect, openIdConnectUrl: /.well-known/c}}}",
         NULL, NULL},
        {"openapi: 3.0.3\n" INFO "paths: {}\nexternalDocs: {url: docs}", NULL, NULL},
        {"openapi: 3.0.3\n" INFO "paths: {}\nexternalDocs: {url: a b}", "4:16: url",
         "uri-reference"},
        {"openapi: 3.1.0\n" INFO "paths: {}\njsonSchemaDialect: /d", "4:1: jsonSchemaDialect",
         "uri"},
        {"openapi: 3.1.0\ninfo: {title: T, version: '1', contact: {email: me}}\npaths: {}",
         "2:42: email", "email"},
    };
    char expected[256] = "";

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        check_text(rows[i].text);
        *expected = '\0';
        if (rows[i].where)
            snprintf(expected, sizeof(expected), "%s: must be %s", rows[i].where,
                     format_find(rows[i].format)->words);
        cr_expect_str_eq(findings(), expected, "%s\n%s\n", rows[i].text, findings());
    }
}

/* For a part that a reference leads to, only findings that are new are added. */
Test(shape, of_a_part)
{
    struct json_object *root = NULL, *part;

    scratch_put("a.yaml", "openapi: 3.1.0\n" INFO "components: {parameters: {a: {name: 1}}}\n");
    cr_assert(yaml_read(scratch_path("a.yaml"), &root, &diags));
    cr_expect(shape_check(root, &diags) && diags.errors == 3, "%s", findings());
    part = jget(jget(jget(root, "components"), "parameters"), "a");
    shape_check_part(root, part, "Parameter", &diags);
    cr_expect(diags.errors == 3, "%s", findings());
    shape_check_part(root, part, "RequestBody", &diags);
    cr_expect(diags.errors == 5, "%s", findings());
    shape_check_part(root, NULL, "PathItem", &diags);
    cr_expect(diags.errors == 6, "%s", findings());
    json_object_put(root);
}

/* Nested objects, more than a file can hold. */
Test(shape, is_bounded)
{
    struct json_object *root = json_tokener_parse(
        "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"T\", \"version\": \"1\"}}");
    struct json_object *inner = json_object_new_object(), *outer;

    for (int i = 0; i < 500; i++) {
        outer = json_object_new_object();
        json_object_object_add(outer, "x", inner); /* an expression of a callback: a path item */
        inner = json_object_new_object();
        json_object_object_add(inner, "c", outer);
        outer = json_object_new_object();
        json_object_object_add(outer, "callbacks", inner);
        inner = json_object_new_object();
        json_object_object_add(inner, "get", outer);
    }
    outer = json_object_new_object();
    json_object_object_add(outer, "/", inner);
    json_object_object_add(root, "paths", outer);
    cr_expect(shape_check(root, &diags) && diags.errors == 1);
    cr_expect_str_eq(fixture_error(&diags), "nested too deeply");
    json_object_put(root);
}

/* Expects the verdict for all files of `folder`. */
static void check_folder(const char *folder, bool is_good)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[512];
    int count = 0;

    cr_assert(dir, "%s", folder);
    while ((entry = readdir(dir))) {
        if (!strstr(entry->d_name, ".yaml"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        check_file(path);
        cr_expect((diags.count == 0) == is_good, "%s: %s", path, findings());
        count++;
    }
    cr_expect(count, "%s: no file", folder);
    closedir(dir);
}

Test(shape, agrees_with_the_suite)
{
    static const struct {
        const char *folder;
        bool is_good;
    } rows[] = {
        {"schema-2022-10-07/tests/pass", true},
        {"schema-2022-10-07/tests/fail", false},
        {"documents", true},
    };
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char path[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (suites)
            snprintf(path, sizeof(path), "%s/openapi-3.1/%s", suites, rows[i].folder);
        else
            snprintf(path, sizeof(path), "%s/../shared/suites/openapi-3.1/%s",
                     source ? source : ".", rows[i].folder);
        if (access(path, R_OK) < 0)
            cr_skip_test("no suites");
        check_folder(path, rows[i].is_good);
    }
}

Test(shape, of_the_example)
{
    const char *source = getenv("LEAT_SRC");
    char path[512];

    snprintf(path, sizeof(path), "%s/conf/todo", source ? source : ".");
    check_folder(path, true);
}
