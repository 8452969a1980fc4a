/* SPDX-License-Identifier: MIT */
#include "lib/api/compare/compare.h"

#include <criterion/criterion.h>

#include "t/lib/api/compare/compare_rows.h"

Test(compare, compares_operations)
{
    static const struct row rows[] = {
        {GET(""), GET(""), ""},
        {GET(""), "  /b: {get: {" FINE "}}",
         "! getA: the operation is gone (GET /v1/a)\n"
         "- GET /v1/b: the operation is new (GET /v1/b)"},
        {GET(""), "  /a: {post: {operationId: getA, " FINE "}}",
         "! getA: the operation is gone (GET /v1/a)\n- getA: the operation is new (POST /v1/a)"},
        {GET(""), "  /a: {get: {operationId: fetchA, " FINE "}}",
         "- getA: the operationId is now fetchA"},
        {GET(""), GET(", deprecated: true, x-sunset: '2027-01-31'"),
         "- getA: is now deprecated\n- getA: will be removed at Sun, 31 Jan 2027 00:00:00 GMT"},
        {"  /a/{x}/b/{y}: {get: {operationId: x, parameters: [{in: path, name: x, required: true,"
         " schema: {type: integer}}, {in: path, name: y, required: true, schema: {}}], " FINE "}}",
         "  /a/{y}/b/{x}: {get: {operationId: x, parameters: [{in: path, name: x, required: true,"
         " schema: {}}, {in: path, name: y, required: true, schema: {type: string}}], " FINE "}}",
         "- x path x: is now named y\n- x path x: type: was integer, is now string\n"
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
         " schema: {type: integer}}], " FINE "}}",
         "  /a/{x}: {get: {operationId: a, parameters: [{in: path, name: x, required: true,"
         " style: label, schema: {type: integer}}], " FINE "}}",
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

#define POST(more) "  /a: {post: {operationId: a, " FINE more "}}"
#define BODY(more, media) POST(", requestBody: {" more "content: {" media "}}")

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

#define QUERY(schema) PARAMETERS("{in: query, name: q, schema: {" schema "}}")
#define FORM(type, schema) BODY("", type ": {schema: {properties: {a: {" schema "}}}}")
#define URLENCODED "application/x-www-form-urlencoded"

/* Numbers and booleans are text where they are sent. */
Test(compare, compares_what_is_sent_as_text)
{
    static const struct row rows[] = {
        {QUERY("type: integer"), QUERY("type: string"),
         "- getA query q: type: was integer, is now string"},
        {QUERY("type: number"), QUERY("type: string, minLength: 1"),
         "- getA query q: type: was number, is now string"},
        {QUERY("type: boolean"), QUERY("enum: ['true', 'false', all]"),
         "- getA query q: type: was boolean, is now string"},
        {QUERY("enum: [1, 2]"), QUERY("enum: ['1', '2']"),
         "- getA query q: type: was integer, is now string"},
        {QUERY("enum: [1, 2]"), QUERY("enum: ['1', '3']"),
         "! getA query q: type: was integer, is now string"},
        {QUERY("type: array, items: {type: integer}"), QUERY("type: array, items: {type: string}"),
         "- getA query q /0: type: was integer, is now string"},
        {QUERY("type: integer"), QUERY("type: string, maxLength: 3"),
         "! getA query q: type: was integer, is now string"},
        {QUERY("type: integer"), QUERY("type: string, format: uuid"),
         "! getA query q: type: was integer, is now string"},
        {FORM("application/json", "type: string, contentEncoding: base64"),
         FORM("application/json", "type: string"),
         "! a body /a: contentEncoding: was encoded, is now plain"},
        {FORM("application/json", "type: string, format: byte"),
         FORM("application/json", "type: string, contentEncoding: base64"), ""},
        {QUERY("type: string"), QUERY("type: integer"),
         "! getA query q: type: was string, is now integer"},
        {FORM(URLENCODED, "type: integer"), FORM(URLENCODED, "type: string"),
         "- a body /a: type: was integer, is now string"},
        {FORM("application/json", "type: integer"), FORM("application/json", "type: string"),
         "! a body /a: type: was integer, is now string"},
        {FORM("multipart/form-data", "type: string, format: binary"),
         FORM("multipart/form-data", "type: string"), "! a body /a: was a file, is now text"},
        {FORM("multipart/form-data", "type: string"),
         FORM("multipart/form-data", "contentMediaType: image/png"),
         "- a body /a: type: was string, is now any value\n! a body /a: was text, is now a file"},
        {FORM("multipart/form-data", "type: array, items: {type: string, format: binary}"),
         FORM("multipart/form-data", "type: array, items: {type: string}"),
         "! a body /a: was a file, is now text"},
    };

    RUN_ROWS(rows);
}

#define PART(key, more) "{type: object, required: [k], properties: {k: {" key "}, " more "}}"
#define PICK(mapping)                                                                              \
    BODY("", JSON("{oneOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/B'}], " \
                  "discriminator: {propertyName: k, mapping: {" mapping "}}}"))                    \
    "\ncomponents: {schemas: {A: " PART("type: string", "x: {}") ", B: " PART("type: string",      \
                                                                              "y: {}") "}}"
#define BASE(mapping)                                                                              \
    BODY("", JSON("{$ref: '#/components/schemas/Base'}"))                                          \
    "\ncomponents: {schemas: {A: {type: object}, Base: {type: object, properties: {k: {}}, "       \
    "discriminator: {propertyName: k, mapping: {" mapping "}}}}}"
#define ONE_OF(list) BODY("", JSON("{oneOf: [" list "]}"))
#define OVERLAP(i, k)                                                                              \
    "! a body: alternatives " i " and " k " now accept the same values, and so none of them"

Test(compare, compares_alternatives)
{
    static const struct row rows[] = {
        {PICK("a: A, b: B"), PICK("a: A, b: B"), ""},
        {PICK("a: A, b: B"), PICK("aa: A, b: B"),
         "! a body: the alternative \"a\" is gone\n- a body: the alternative \"aa\" is new"},
        {PICK("a: A, b: B"), PICK("a: B, b: A"),
         "! a body /x: the property is no longer accepted\n- a body /y: the property is new\n"
         "! a body /y: the property is no longer accepted\n- a body /x: the property is new"},
        {BASE("a: A"), BASE("b: A"),
         "! a body: discriminator: \"a\" is no longer a value\n"
         "- a body: discriminator: \"b\" is a new value"},
        {PICK("a: A, b: B"), PICK("a: A, b: B, c: B"), "- a body: the alternative \"c\" is new"},
        {ONE_OF("{type: string}, {type: integer}"),
         ONE_OF("{type: string}, {type: integer}, {type: number}"),
         "- a body: type: was string or integer, is now string or number\n"
         "- a body: an alternative (number) is new\n" OVERLAP("2", "3")},
        {ONE_OF("{maxLength: 5, type: string}, {type: integer}"),
         ONE_OF("{maxLength: 5, type: string}, {type: integer}, {const: abc}"), OVERLAP("1", "3")},
        {ONE_OF(PART("const: a", "x: {}") ", " PART("const: b", "y: {}")),
         ONE_OF(PART("const: a", "x: {}") ", " PART("const: b", "y: {}") ", " PART("const: c",
                                                                                   "z: {}")),
         "- a body: an alternative (object) is new"},
        {ONE_OF(PART("const: a", "x: {}") ", " PART("const: b", "x: {}")),
         ONE_OF(PART("enum: [a, b]", "x: {}") ", " PART("const: b", "x: {}")),
         "- a body /k: enum: \"b\" is a new value\n" OVERLAP("1", "2")},
        {BODY("", JSON("{anyOf: [{minLength: 1, type: string}, {maxLength: 3, type: string}]}")),
         ONE_OF("{minLength: 1, type: string}, {maxLength: 3, type: string}"), OVERLAP("1", "2")},
    };

    RUN_ROWS(rows);
}

#define WITH(schemes) "\ncomponents: {securitySchemes: {" schemes "}}"
#define ASKS(name, scheme) GET(", security: [{" name ": []}]") WITH(name ": {" scheme "}")

/* Schemes are compared by what they ask for. */
Test(compare, compares_schemes)
{
    static const struct row rows[] = {
        {ASKS("b", "type: http, scheme: bearer"), ASKS("token", "type: http, scheme: Bearer"), ""},
        {ASKS("b", "type: http, scheme: bearer"),
         ASKS("o", "type: openIdConnect, openIdConnectUrl: /o"), ""},
        {ASKS("k", "type: apiKey, in: header, name: X-Key"),
         ASKS("key", "type: apiKey, in: header, name: x-key"), ""},
        {ASKS("k", "type: apiKey, in: header, name: X-Key"),
         ASKS("k", "type: apiKey, in: header, name: X-Token"),
         "! getA: k[header x-key] is no longer sufficient\n"
         "- getA: k[header x-token] is now sufficient"},
        {ASKS("k", "type: apiKey, in: cookie, name: s"), ASKS("k", "type: http, scheme: basic"),
         "! getA: k[cookie s] is no longer sufficient\n- getA: k[http basic] is now sufficient"},
    };

    RUN_ROWS(rows);
}
