/* SPDX-License-Identifier: MIT */
#include "lib/schema/compat.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "t/lib/schema/schema_fixture.h"

/* Schemas are written with ' for ". Findings are lines: '!' a break, '-' another change; then
 * pointer, keyword, message. */
struct row {
    const char *old, *new, *request, *response;
};

static const char definitions[] =
    "{'Id': {'type': 'integer', 'minimum': 1}, 'Text': {'type': 'string'},"
    " 'Tree': {'type': 'object', 'properties': {'v': {'type': 'integer'},"
    "   'kids': {'type': 'array', 'items': {'$ref': '#/Tree'}}}},"
    " 'Tree2': {'type': 'object', 'properties': {'v': {'type': 'string'},"
    "   'kids': {'type': 'array', 'items': {'$ref': '#/Tree2'}}}},"
    " 'Cat': {'type': 'object', 'required': ['kind'], 'properties':"
    "   {'kind': {'type': 'string'}, 'lives': {'type': 'integer'}}},"
    " 'Cat2': {'type': 'object', 'required': ['kind'], 'properties':"
    "   {'kind': {'type': 'string'}, 'lives': {'type': 'string'}}},"
    " 'Dog': {'type': 'object', 'required': ['kind'], 'properties':"
    "   {'kind': {'type': 'string'}, 'size': {'type': 'integer'}}}}";

/* JSON of text with ' for "; static, one of four. */
static const char *quoted(const char *text)
{
    static char out[4][4096];
    static int next;
    char *at = out[next++ % 4];

    cr_assert(strlen(text) < sizeof(out[0]));
    strcpy(at, text);
    for (char *c = at; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return at;
}

static void on_change(void *arg, bool is_break, const char *pointer, const char *keyword,
                      const char *message)
{
    struct buf *out = arg;

    buf_printf(out, "%s%c %s%s%s: %s", out->len ? "\n" : "", is_break ? '!' : '-', pointer,
               *pointer ? " " : "", keyword, message);
}

static void expect(const char *old, const char *new, enum compat_use use, const char *want)
{
    enum schema_use as = use == COMPAT_REQUEST ? SCHEMA_REQUEST : SCHEMA_RESPONSE;
    struct schema_fixture f;
    const struct schema *a, *b;
    struct buf got = {0};

    schema_fixture_open(&f, quoted(definitions));
    a = schema_fixture_compile(&f, quoted(old), as);
    b = schema_fixture_compile(&f, quoted(new), as);
    cr_assert(!f.diags.count, "%s -> %s: %s", old, new, f.diags.items[0].message);
    schema_compare(a, b, use, on_change, &got);
    cr_expect(strcmp(buf_text(&got), want) == 0, "%s of %s -> %s:\n%s\nbut expected:\n%s",
              as == SCHEMA_REQUEST ? "request" : "response", old, new, buf_text(&got), want);
    buf_fini(&got);
    schema_fixture_close(&f);
}

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect(rows[i].old, rows[i].new, COMPAT_REQUEST, rows[i].request);
        expect(rows[i].old, rows[i].new, COMPAT_RESPONSE, rows[i].response);
    }
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))

/* Each pair in both directions: what narrows one way widens the other. */
static void run_same(const char *const (*rows)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int way = 0; way < 2; way++) {
            expect(rows[i][way], rows[i][!way], COMPAT_REQUEST, "");
            expect(rows[i][way], rows[i][!way], COMPAT_RESPONSE, "");
        }
}

Test(schema_compat, sees_through_how_it_is_written)
{
    static const char *const rows[][2] = {
        {"{}", "true"},
        {"{'$ref': '#/Id'}", "{'type': 'integer', 'minimum': 1}"},
        {"{'allOf': [{'$ref': '#/Id'}]}", "{'type': 'integer', 'minimum': 1}"},
        {"{'type': 'integer', 'exclusiveMinimum': 0}", "{'$ref': '#/Id'}"},
        {"{'type': 'integer', 'minimum': 0.5}", "{'$ref': '#/Id'}"},
        {"{'type': 'integer', 'format': 'int64'}", "{'type': 'integer'}"},
        {"{'type': 'integer', 'multipleOf': 1}", "{'type': 'integer'}"},
        {"{'type': 'number', 'format': 'double'}", "{'type': 'number'}"},
        {"{'type': 'string', 'format': 'colour'}", "{'type': 'string'}"},
        {"{'type': ['string', 'null']}", "{'anyOf': [{'$ref': '#/Text'}, {'type': 'null'}]}"},
        {"{'type': ['string', 'null']}", "{'oneOf': [{'type': 'null'}, {'$ref': '#/Text'}]}"},
        {"{'anyOf': [{'$ref': '#/Id'}, {'$ref': '#/Text'}]}",
         "{'type': ['integer', 'string'], 'minimum': 1}"},
        {"{'enum': ['a', 'b']}", "{'oneOf': [{'const': 'b'}, {'const': 'a'}]}"},
        {"{'enum': [1, 2]}", "{'type': 'integer', 'enum': [2, 1.0]}"},
        {"{'type': 'boolean'}", "{'enum': [true, false]}"},
        {"{'oneOf': [{'$ref': '#/Text'}, {'$ref': '#/Id'}]}",
         "{'anyOf': [{'$ref': '#/Id'}, {'$ref': '#/Text'}]}"},
        {"{'oneOf': [{'$ref': '#/Cat'}, {'$ref': '#/Dog'}]}",
         "{'oneOf': [{'$ref': '#/Dog'}, {'$ref': '#/Cat'}]}"},
        {"{'type': 'object', 'required': ['a', 'b'], 'properties':"
         " {'a': {'$ref': '#/Id'}, 'b': {'type': 'string', 'maxLength': 5}}}",
         "{'allOf': [{'type': 'object', 'required': ['a'], 'properties': {'a': {'$ref': '#/Id'}}},"
         " {'required': ['b'], 'properties': {'b': {'maxLength': 5, 'allOf': [{'$ref': '#/Text'}]}"
         "}}]}"},
        {"{'type': 'object', 'properties': {'a': {'$ref': '#/Id'}}, 'additionalProperties': false}",
         "{'allOf': [{'type': 'object', 'properties': {'a': {'$ref': '#/Id'}}}],"
         " 'unevaluatedProperties': false}"},
        {"{'type': 'object', 'properties': {'a': {'maxLength': 9, 'minLength': 1}}}",
         "{'type': 'object', 'properties': {'a': {'maxLength': 9}},"
         " 'allOf': [{'properties': {'a': {'minLength': 1}}}]}"},
        {"{'type': 'array', 'items': {'type': 'integer'}, 'maxItems': 3}",
         "{'allOf': [{'type': 'array', 'maxItems': 3}], 'items': {'type': 'integer'}}"},
        {"{'type': 'array', 'items': {'type': 'integer'}}",
         "{'type': 'array', 'prefixItems': [{'type': 'integer'}], 'items': {'type': 'integer'}}"},
        {"{'$ref': '#/Tree'}", "{'type': 'object', 'properties': {'v': {'type': 'integer'},"
                               " 'kids': {'type': 'array', 'items': {'$ref': '#/Tree'}}}}"},
        {"{'if': {'type': 'string'}, 'then': {'minLength': 1}, 'else': {'type': 'null'}}",
         "{'allOf': [{'if': {'$ref': '#/Text'}, 'then': {'minLength': 1},"
         " 'else': {'type': 'null'}}]}"},
        {"{'not': {'type': 'string'}}", "{'not': {'$ref': '#/Text'}}"},
    };

    run_same(rows, sizeof(rows) / sizeof(*rows));
}

Test(schema_compat, compares_types)
{
    static const struct row rows[] = {
        {"{'type': 'string'}", "{'type': 'integer'}", "! type: was string, is now integer",
         "! type: was string, is now integer"},
        {"{'type': 'integer'}", "{'type': 'number'}", "- type: was integer, is now number",
         "! type: was integer, is now number"},
        {"{'enum': [1e300]}", "{'type': 'integer'}",
         "! type: was number, is now integer\n! enum: 1e+300 is no longer a value\n"
         "- enum: was one of [1e+300], is now open",
         "- type: was number, is now integer\n- enum: 1e+300 is no longer a value\n"
         "! enum: was one of [1e+300], is now open"},
        {"{'type': 'number'}", "{'type': 'integer'}", "! type: was number, is now integer",
         "- type: was number, is now integer"},
        {"{'type': 'string'}", "{'type': ['string', 'null']}",
         "- type: was string, is now string or null", "! type: was string, is now string or null"},
        {"{}", "{'type': 'string'}", "! type: was any value, is now string",
         "- type: was any value, is now string"},
        {"{'type': 'string'}", "false", "! type: was string, is now nothing",
         "- type: was string, is now nothing"},
        {"{'type': 'array', 'items': {'$ref': '#/Id'}}",
         "{'type': 'array', 'items': {'$ref': '#/Text'}}", "! /0 type: was integer, is now string",
         "! /0 type: was integer, is now string"},
        {"{'$ref': '#/Tree'}", "{'$ref': '#/Tree2'}", "! /v type: was integer, is now string",
         "! /v type: was integer, is now string"},
    };

    RUN_ROWS(rows);
}

Test(schema_compat, compares_values)
{
    static const struct row rows[] = {
        {"{'enum': ['a', 'b']}", "{'enum': ['b', 'c']}",
         "! enum: \"a\" is no longer a value\n- enum: \"c\" is a new value",
         "- enum: \"a\" is no longer a value\n! enum: \"c\" is a new value"},
        {"{'type': 'string'}", "{'type': 'string', 'enum': ['a']}",
         "! enum: was open, is now one of [\"a\"]", "- enum: was open, is now one of [\"a\"]"},
        {"{'const': 'a'}", "{'type': 'string'}", "- enum: was one of [\"a\"], is now open",
         "! enum: was one of [\"a\"], is now open"},
        {"{'type': 'boolean'}", "{'const': true}", "! enum: false is no longer a value",
         "- enum: false is no longer a value"},
        {"{'enum': ['a', 'b']}", "{'oneOf': [{'const': 'a'}, {'const': 'b'}, {'const': 'c'}]}",
         "- anyOf: an alternative (string) is new", "! anyOf: an alternative (string) is new"},
        {"{'enum': ['a', 'bb']}", "{'enum': ['a', 'bb'], 'maxLength': 1}",
         "! enum: \"bb\" is no longer a value", "- enum: \"bb\" is no longer a value"},
        {"{'type': 'string', 'default': 'a'}", "{'type': 'string', 'default': 'b'}",
         "- default: was \"a\", is now \"b\"", ""},
        {"{'type': 'string', 'default': 'a'}", "{'type': 'string'}",
         "- default: was \"a\", is now none", ""},
    };

    RUN_ROWS(rows);
}

Test(schema_compat, compares_bounds)
{
    static const struct row rows[] = {
        {"{'type': 'integer', 'minimum': 1}", "{'type': 'integer', 'minimum': 2}",
         "! minimum: was 1, is now 2", "- minimum: was 1, is now 2"},
        {"{'type': 'integer', 'minimum': 1}", "{'type': 'integer'}",
         "- minimum: was 1, is now none", "! minimum: was 1, is now none"},
        {"{'type': 'number', 'maximum': 5}", "{'type': 'number', 'exclusiveMaximum': 5}",
         "! maximum: was 5, is now less than 5", "- maximum: was 5, is now less than 5"},
        {"{'type': 'integer', 'maximum': 9007199254740993}",
         "{'type': 'integer', 'maximum': 9007199254740992}",
         "! maximum: was 9007199254740993, is now 9007199254740992",
         "- maximum: was 9007199254740993, is now 9007199254740992"},
        {"{'type': 'number', 'multipleOf': 0.01}", "{'type': 'number', 'multipleOf': 0.1}",
         "! multipleOf: was 0.01, is now 0.1", "- multipleOf: was 0.01, is now 0.1"},
        {"{'type': 'integer', 'multipleOf': 2}", "{'type': 'integer', 'multipleOf': 3}",
         "! multipleOf: was 2, is now 3", "! multipleOf: was 2, is now 3"},
        {"{'type': 'integer'}", "{'type': 'integer', 'multipleOf': 3}",
         "! multipleOf: was none, is now 3", "- multipleOf: was none, is now 3"},
        {"{'type': 'string', 'maxLength': 9}", "{'type': 'string', 'minLength': 1}",
         "! minLength: was 0, is now 1\n- maxLength: was 9, is now unlimited",
         "- minLength: was 0, is now 1\n! maxLength: was 9, is now unlimited"},
        {"{'type': 'array', 'maxItems': 3}", "{'type': 'array', 'uniqueItems': true}",
         "- maxItems: was 3, is now unlimited\n! uniqueItems: items must now be unique",
         "! maxItems: was 3, is now unlimited\n- uniqueItems: items must now be unique"},
        {"{'type': 'object'}", "{'type': 'object', 'minProperties': 1, 'maxProperties': 2}",
         "! minProperties: was 0, is now 1\n! maxProperties: was unlimited, is now 2",
         "- minProperties: was 0, is now 1\n- maxProperties: was unlimited, is now 2"},
        {"{'type': 'string'}", "{'type': 'string', 'pattern': '^a'}",
         "! pattern: was none, is now ^a", "- pattern: was none, is now ^a"},
        {"{'type': 'string', 'pattern': '^a'}", "{'type': 'string', 'pattern': '^b'}",
         "! pattern: was ^a, is now ^b", "! pattern: was ^a, is now ^b"},
        {"{'type': 'string', 'format': 'date'}", "{'type': 'string'}",
         "- format: was date, is now none", "! format: was date, is now none"},
        {"{'type': 'string', 'format': 'uri-reference'}", "{'type': 'string', 'format': 'uri'}",
         "! format: was uri-reference, is now uri", "- format: was uri-reference, is now uri"},
        {"{'type': 'integer', 'format': 'int32'}", "{'type': 'integer', 'format': 'int64'}",
         "- format: was int32, is now int64", "! format: was int32, is now int64"},
        {"{'type': 'array', 'contains': {'type': 'null'}}", "{'type': 'array'}",
         "- contains: is gone", "! contains: is gone"},
        {"{'type': 'array', 'contains': {'type': 'null'}}",
         "{'type': 'array', 'contains': {'type': 'null'}, 'minContains': 2}",
         "! minContains: was 1, is now 2", "- minContains: was 1, is now 2"},
        {"{'type': 'array', 'prefixItems': [{'type': 'string'}, {'type': 'integer'}]}",
         "{'type': 'array', 'prefixItems': [{'type': 'string'}], 'items': false}",
         "! /1 type: was integer, is now nothing\n! /2 type: was any value, is now nothing",
         "- /1 type: was integer, is now nothing\n- /2 type: was any value, is now nothing"},
    };

    RUN_ROWS(rows);
}

#define OBJECT(more) "{'type': 'object', 'properties': {'a': {'type': 'string'}" more "}}"

Test(schema_compat, compares_properties)
{
    static const struct row rows[] = {
        {OBJECT(""), OBJECT(", 'b': {'type': 'string'}"), "- /b properties: the property is new",
         "- /b properties: the property is new"},
        {OBJECT(", 'b': {'type': 'string'}"), OBJECT(""),
         "! /b properties: the property is no longer accepted",
         "! /b properties: the property has been removed"},
        {OBJECT(", 'b': {'type': 'string'}"),
         "{'type': 'object', 'properties': {'a': {'type': 'string'}},"
         " 'additionalProperties': true}",
         "- /b properties: the property is removed, but still accepted\n"
         "- additionalProperties: additional properties are now accepted",
         "! /b properties: the property has been removed"},
        {OBJECT(""),
         "{'type': 'object', 'properties': {'a': {'type': 'string'}}, 'required': ['a']}",
         "! /a required: is now required", "- /a required: is now required"},
        {"{'type': 'object', 'properties': {'a': {'type': 'string'}}, 'required': ['a']}",
         OBJECT(""), "- /a required: is no longer required",
         "! /a required: is no longer required"},
        {OBJECT(""),
         "{'type': 'object', 'properties': {'a': {'type': 'string'}, 'b': {}}, 'required': ['b']}",
         "! /b required: the property is new and required",
         "- /b required: the property is new and required"},
        {"{'type': 'object', 'additionalProperties': false, 'properties': {'a': {}}}",
         "{'type': 'object', 'additionalProperties': false, 'properties': {'a': {}, 'b': {}}}",
         "- /b properties: the property is new",
         "! /b properties: the property is new, and undeclared properties were ruled out before"},
        {"{'type': 'object', 'additionalProperties': true}",
         "{'type': 'object', 'additionalProperties': {'type': 'string'}}",
         "! /* type: was any value, is now string", "- /* type: was any value, is now string"},
        {"{'type': 'object', 'additionalProperties': {'type': 'string'}}",
         "{'type': 'object', 'additionalProperties': {'type': 'string'},"
         " 'properties': {'a': {'type': 'integer'}, 'b': {'type': 'string', 'maxLength': 9}}}",
         "- /a properties: the property is new\n! /a type: was string, is now integer\n"
         "- /b properties: the property is new\n! /b maxLength: was unlimited, is now 9",
         "- /a properties: the property is new\n! /a type: was string, is now integer\n"
         "- /b properties: the property is new"},
        {OBJECT(", 'b': {'type': 'string'}"), OBJECT(", 'b': {'type': 'string', 'readOnly': true}"),
         "! /b properties: the property is no longer accepted", ""},
        {OBJECT(", 'b': {'type': 'string'}"),
         OBJECT(", 'b': {'type': 'string', 'writeOnly': true}"), "",
         "! /b properties: the property has been removed"},
        {"{'type': 'object', 'patternProperties': {'^x/': {'type': 'string'}}}",
         "{'type': 'object', 'patternProperties': {'^x/': {'type': 'integer'}}}",
         "! /(^x~1) type: was string, is now integer",
         "! /(^x~1) type: was string, is now integer"},
        {"{'type': 'object', 'propertyNames': {'maxLength': 9}}",
         "{'type': 'object', 'propertyNames': {'maxLength': 8}}", "! propertyNames: is another",
         "- propertyNames: is another"},
        {"{'type': 'object', 'dependentRequired': {'a': ['b']}}",
         "{'type': 'object', 'dependentRequired': {'a': ['b', 'c']}}",
         "! dependentSchemas: the requirements when a is present are now stricter",
         "- dependentSchemas: the requirements when a is present are now stricter"},
        {"{'type': 'object', 'dependentSchemas': {'a': {'required': ['b']}}}", "{'type': 'object'}",
         "- dependentSchemas: the requirements when a is present are now looser",
         "! dependentSchemas: the requirements when a is present are now looser"},
    };

    RUN_ROWS(rows);
}

#define PETS(mapping, ...)                                                                         \
    "{'oneOf': [" __VA_ARGS__ "], 'discriminator': {'propertyName': 'kind', 'mapping': {" mapping  \
    "}}}"
#define CAT "{'$ref': '#/Cat'}"
#define DOG "{'$ref': '#/Dog'}"

Test(schema_compat, compares_alternatives)
{
    static const struct row rows[] = {
        {"{'oneOf': [" CAT "]}", "{'oneOf': [" CAT ", " DOG "]}",
         "- anyOf: an alternative (object) is new\n"
         "! oneOf: alternatives 1 and 2 now accept the same values, and so none of them",
         "! anyOf: an alternative (object) is new"},
        {"{'anyOf': [" CAT ", " DOG "]}", "{'anyOf': [" DOG "]}",
         "! anyOf: an alternative (object) is gone", "- anyOf: an alternative (object) is gone"},
        {"{'anyOf': [" CAT ", {'type': 'null'}]}",
         "{'anyOf': [{'type': 'null'}, " CAT ", {'type': 'string'}]}",
         "- type: was object or null, is now object or string or null",
         "! type: was object or null, is now object or string or null"},
        {"{'oneOf': [" CAT ", " DOG "]}", "{'oneOf': [" DOG ", {'$ref': '#/Cat2'}]}",
         "! /lives type: was integer, is now string", "! /lives type: was integer, is now string"},
        {PETS("", CAT ", " DOG), PETS("", DOG ", " CAT), "", ""},
        {PETS("", CAT), PETS("", DOG ", " CAT), "- anyOf: the alternative \"Dog\" is new",
         "! anyOf: the alternative \"Dog\" is new"},
        {PETS("", CAT ", " DOG), PETS("'Cat': '#/Cat2'", CAT ", " DOG),
         "! /lives type: was integer, is now string", "! /lives type: was integer, is now string"},
        {"{'type': 'string', 'not': {'maxLength': 1}}",
         "{'type': 'string', 'not': {'maxLength': 2}}", "! not: is another", "- not: is another"},
        {"{'type': 'string'}", "{'type': 'string', 'not': {'const': 'a'}}", "! not: is new",
         "- not: is new"},
        {"{'if': {'maxLength': 1}, 'then': {'type': 'string'}}",
         "{'if': {'maxLength': 2}, 'then': {'type': 'string'}}", "! if: is another",
         "! if: is another"},
        {"{'if': {'maxLength': 1}, 'then': {'minLength': 1}}",
         "{'if': {'maxLength': 1}, 'then': {'minLength': 0}}", "- then: is another",
         "! then: is another"},
    };

    RUN_ROWS(rows);
}

/* Past the limit the alternatives are compared one after the other. */
Test(schema_compat, bounds_its_work)
{
    static const char thirds[] = "{'anyOf': [{'required': ['a']}, {'required': ['b']},"
                                 " {'required': ['c']}]}";
    char old[2048] = "{'type': 'object', 'allOf': [", new[2048];

    for (int i = 0; i < 8; i++)
        strcat(strcat(old, i ? "," : ""), thirds);
    strcpy(new, old);
    strcat(strcat(new, ","), "{'anyOf': [{'required': ['d']}, {'required': ['e']}]}");
    strcat(old, "]}");
    strcat(new, "]}");
    expect(old, old, COMPAT_REQUEST, "");
    expect(old, new, COMPAT_REQUEST,
           "! anyOf: the alternatives differ and are too many to compare");
}
