/* SPDX-License-Identifier: MIT */
/* schema.h: the dialects of OpenAPI 3.0 and 3.1. */
#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

struct row {
    const char *schema, *value;
    bool is_valid;
};

#define PETS                                                                                       \
    "'Cat':{'type':'object','properties':{'kind':{},'lives':{'type':'integer'}},"                  \
    "'required':['kind','lives']},"                                                                \
    "'Dog':{'type':'object','properties':{'kind':{},'breed':{'type':'string'}}},"                  \
    "'Dog.v2':{'type':'object','properties':{'kind':{},'size':{'type':'number'}}}"

#define REST                                                                                       \
    "'Id':{'type':'string','readOnly':true},'Name':{'type':'string'},"                             \
    "'A':{'properties':{'a':{'type':'integer'}}}"

static const char openapi_3_1[] =
    "{'openapi':'3.1.0','components':{'schemas':{" PETS "," REST "}}}";
static const char openapi_3_0[] =
    "{'openapi':'3.0.3','components':{'schemas':{" PETS "," REST "}}}";

#define SCHEMA(name) "{'$ref':'#/components/schemas/" name "'}"
#define BOTH "'oneOf':[" SCHEMA("Cat") "," SCHEMA("Dog") "]"

static void run(const char *document, enum schema_use use, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct schema_fixture f;
        const struct schema *s;

        schema_fixture_open(&f, document);
        s = schema_fixture_compile(&f, rows[i].schema, use);
        cr_expect(f.diags.errors == 0, "%s: %s", rows[i].schema,
                  f.diags.count ? f.diags.items[0].message : "");
        cr_expect(schema_fixture_check(&f, s, rows[i].value, NULL) == rows[i].is_valid, "%s: %s",
                  rows[i].schema, rows[i].value);
        schema_fixture_close(&f);
    }
}

#define RUN(document, use, rows) run(document, use, rows, sizeof(rows) / sizeof(*(rows)))

Test(schema_openapi, discriminates_by_implicit_names)
{
    static const char schema[] = "{" BOTH ",'discriminator':{'propertyName':'kind'}}";
    static const struct row rows[] = {
        {schema, "{'kind':'Cat','lives':9}", true},
        {schema, "{'kind':'Cat','lives':'9'}", false},
        {schema, "{'kind':'Cat','breed':'x'}", false},
        {schema, "{'kind':'Dog','breed':'x'}", true},
        {schema, "{'kind':'Dog','lives':9}", true}, /* also a Cat, had it not said Dog */
        {schema, "{'kind':'Cow'}", false},
        {schema, "{'kind':'cat','lives':9}", false},
        {schema, "{'lives':9}", false},
        {schema, "{'kind':1,'lives':9}", false},
        {schema, "{'kind':null,'lives':9}", false},
        {schema, "{'kind':'Cat\\u0000','lives':9}", false},
        {schema, "{}", false},
        {schema, "1", false}, /* nothing to discriminate: oneOf speaks */
    };

    RUN(openapi_3_1, SCHEMA_PLAIN, rows);
    RUN(openapi_3_0, SCHEMA_PLAIN, rows);
}

Test(schema_openapi, discriminates_by_mapping)
{
    static const char schema[] =
        "{" BOTH ",'discriminator':{'propertyName':'kind','mapping':{'feline':'Cat',"
        "'canine':'#/components/schemas/Dog','Dog':'Cat','second':'Dog.v2'}}}";
    static const char any[] =
        "{'anyOf':[" SCHEMA("Cat") "," SCHEMA("Dog") "],'discriminator':{'propertyName':'kind',"
                                                     "'mapping':{'feline':'Cat'}}}";
    static const struct row rows[] = {
        {schema, "{'kind':'feline','lives':9}", true},
        {schema, "{'kind':'feline','breed':'x'}", false},
        {schema, "{'kind':'canine','breed':'x'}", true},
        {schema, "{'kind':'canine','breed':1}", false},
        {schema, "{'kind':'Cat','lives':9}", true},    /* the implicit name stays */
        {schema, "{'kind':'Dog','breed':'x'}", false}, /* unless the mapping takes it */
        {schema, "{'kind':'Dog','lives':9}", true},
        {schema, "{'kind':'second','size':1}", true}, /* names may have dots */
        {schema, "{'kind':'second','size':'1'}", false},
        {schema, "{'kind':'other'}", false},
        {any, "{'kind':'feline','lives':9}", true},
        {any, "{'kind':'feline'}", false},
        {any, "{'kind':'Dog'}", true},
        {any, "{'kind':'other'}", false},
    };

    RUN(openapi_3_1, SCHEMA_PLAIN, rows);
    RUN(openapi_3_0, SCHEMA_PLAIN, rows);
}

Test(schema_openapi, a_discriminator_speaks_for_its_alternatives_only)
{
    static const char both[] = "{" BOTH ",'anyOf':[{'required':['id']}],'discriminator':"
                               "{'propertyName':'kind'}}";
    static const char alone[] = "{'type':'object','discriminator':{'propertyName':'kind'}}";
    static const struct row plain[] = {
        {both, "{'kind':'Dog','id':1}", true},
        {both, "{'kind':'Dog'}", false},
        {alone, "{'kind':'anything'}", true},
        {alone, "{}", true},
    };
    static const char closed[] = "{" BOTH ",'discriminator':{'propertyName':'kind'},"
                                 "'properties':{'note':{}}}";
    static const struct row request[] = {
        {closed, "{'kind':'Cat','lives':9,'note':1}", true},
        {closed, "{'kind':'Cat','lives':9,'breed':'x'}", false},
        {closed, "{'kind':'Dog','breed':'x','lives':9}", false},
    };

    RUN(openapi_3_1, SCHEMA_PLAIN, plain);
    RUN(openapi_3_1, SCHEMA_REQUEST, request);
}

Test(schema_openapi, refuses_what_a_discriminator_cannot_mean)
{
    static const char *const rows[] = {
        "{" BOTH ",'discriminator':{}}",
        "{" BOTH ",'discriminator':{'propertyName':1}}",
        "{" BOTH ",'discriminator':'kind'}",
        "{" BOTH ",'discriminator':{'propertyName':'kind','mapping':{'x':1}}}",
        "{" BOTH ",'discriminator':{'propertyName':'kind','mapping':{'x':'Cow'}}}",
        "{" BOTH ",'discriminator':{'propertyName':'kind','mapping':{'x':'#/Cat'}}}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;

        schema_fixture_open(&f, openapi_3_1);
        schema_fixture_compile(&f, rows[i], SCHEMA_REQUEST);
        cr_expect(f.diags.errors == 1, "%s: %zu errors", rows[i], f.diags.errors);
        schema_fixture_close(&f);
    }
}

Test(schema_openapi, checks_the_objects_of_openapi)
{
    static const struct {
        const char *schema;
        size_t errors, errors_3_0;
    } rows[] = {
        {"{'xml':{'name':'a','wrapped':true,'attribute':false,'prefix':'p','namespace':'u:v'}}", 0,
         0},
        {"{'xml':{'wrapped':'yes','x-a':1}}", 1, 1},
        {"{'xml':{'nam':'a'}}", 1, 1},
        {"{'xml':{'namespace':null}}", 1, 1},
        {"{'externalDocs':{'url':'docs/','description':'d','x-a':{}}}", 0, 0},
        {"{'externalDocs':{}}", 1, 1},
        {"{'externalDocs':{'url':1}}", 1, 1},
        {"{'externalDocs':{'url':'a b'}}", 1, 1},
        {"{'externalDocs':{'url':'a','title':'b'}}", 1, 1},
        {"{'discriminator':{'propertyName':'kind','mapping':{'x':1}}}", 1, 1},
        {"{'discriminator':{'propertyName':'kind','mapping':[]}}", 1, 1},
        {"{'discriminator':{'propertyName':'kind','x-a':1}}", 0, 0},
        {"{'discriminator':{'propertyName':'kind','property':1}}", 1, 0},
        {"{'properties':{'xml':{'type':'string'},'externalDocs':{}}}", 0, 0},
        {"{'enum':[{'xml':{'nam':1}}]}", 0, 0},
    };

    for (size_t i = 0; i < 2 * (sizeof(rows) / sizeof(*rows)); i++) {
        bool is_3_0 = i % 2;
        struct schema_fixture f;

        schema_fixture_open(&f, is_3_0 ? "{'openapi':'3.0.3'}" : openapi_3_1);
        schema_fixture_compile(&f, rows[i / 2].schema, SCHEMA_PLAIN);
        cr_expect(f.diags.errors == (is_3_0 ? rows[i / 2].errors_3_0 : rows[i / 2].errors),
                  "%s: %zu errors", rows[i / 2].schema, f.diags.errors);
        schema_fixture_close(&f);
    }
}

Test(schema_openapi, reads_3_0)
{
    static const struct row rows[] = {
        {"{'type':'string','nullable':true}", "null", true},
        {"{'nullable':true,'type':'string'}", "null", true},
        {"{'nullable':true,'type':'string'}", "1", false},
        {"{'type':'string','nullable':false}", "null", false},
        {"{'type':'string','nullable':true,'enum':['a']}", "null", false},
        {"{'type':'string','nullable':true,'enum':['a',null]}", "null", true},
        {"{'minimum':1,'exclusiveMinimum':true}", "1", false},
        {"{'exclusiveMinimum':true,'minimum':1}", "1", false},
        {"{'minimum':1,'exclusiveMinimum':true}", "1.5", true},
        {"{'minimum':1,'exclusiveMinimum':false}", "1", true},
        {"{'minimum':1,'exclusiveMinimum':false}", "0", false},
        {"{'maximum':1,'exclusiveMaximum':true}", "1", false},
        {"{'maximum':1,'exclusiveMaximum':true}", "0", true},
        {"{'exclusiveMaximum':true}", "1", true},
        {"{'type':'integer','minimum':1,'maximum':1,'exclusiveMaximum':false}", "1", true},
        /* What stands beside a reference is ignored (OpenAPI 3.0.3, 4.7.23.2). */
        {"{'$ref':'#/components/schemas/Name','maxLength':1}", "'long'", true},
        {"{'maxLength':1,'$ref':'#/components/schemas/Name'}", "'long'", true},
        {"{'$ref':'#/components/schemas/Name','nullable':true}", "null", false},
        {"{'$ref':'#/components/schemas/Name','type':'nonsense'}", "'x'", true},
    };
    static const struct row request[] = {
        {"{'$ref':'#/components/schemas/A','nullable':true}", "{'a':1}", true},
        {"{'$ref':'#/components/schemas/A','nullable':true}", "{'x':1}", false},
        {"{'$ref':'#/components/schemas/A','properties':{'x':{}}}", "{'x':1}", false},
        {"{'$ref':'#/components/schemas/A','additionalProperties':true}", "{'x':1}", false},
        {"{'properties':{'p':{'$ref':'#/components/schemas/A','nullable':true}}}", "{'p':{'x':1}}",
         false},
        {"{'properties':{'p':{'$ref':'#/components/schemas/Name','readOnly':true}}}", "{'p':''}",
         true},
        {"{'properties':{'p':{'$ref':'#/components/schemas/Id'}}}", "{'p':''}", false},
    };

    RUN(openapi_3_0, SCHEMA_PLAIN, rows);
    RUN(openapi_3_0, SCHEMA_REQUEST, request);
}

Test(schema_openapi, reads_3_1)
{
    static const struct row rows[] = {
        {"{'type':['string','null']}", "null", true},
        {"{'nullable':true,'type':'string'}", "null", true},
        {"{'exclusiveMinimum':1}", "1", false},
        {"{'exclusiveMinimum':1,'minimum':5}", "4", false},
        {"{'minimum':5,'maximum':5,'exclusiveMaximum':10,'type':'integer'}", "5", true},
        {"{'$ref':'#/components/schemas/Name','maxLength':1}", "'long'", false},
        {"{'maxLength':1,'$ref':'#/components/schemas/Name'}", "'x'", true},
    };

    RUN(openapi_3_1, SCHEMA_PLAIN, rows);
}

/* A boolean exclusiveMinimum and $ref siblings mean in each document what its version says. */
Test(schema_openapi, takes_each_document_by_its_version)
{
    static const char schema[] = "{'$ref':'#/components/schemas/Name','maxLength':1}";
    struct json_object *documents[2], *schemas[2];
    struct arena arena = {0};
    struct diags diags = {0};
    struct schema_set *set = schema_set_new(&arena, &diags, NULL, NULL);

    documents[0] = schema_fixture_parse(openapi_3_0);
    documents[1] = schema_fixture_parse(openapi_3_1);
    schema_set_add(set, "old.yaml", documents[0]);
    schema_set_add(set, "new.yaml", documents[1]);
    for (int i = 0; i < 2; i++) {
        struct violations v = {.arena = &arena};
        struct json_object *value = json_object_new_string("long");
        const struct schema *s;

        schemas[i] = schema_fixture_parse(schema);
        s = schema_compile(set, i ? "new.yaml" : "old.yaml", schemas[i], SCHEMA_PLAIN);
        cr_expect(schema_fixture_check_json(s, value, &v) == (i == 0), "%d", i);
        json_object_put(value);
    }
    cr_expect(diags.count == 0);
    schema_set_free(&set);
    arena_fini(&arena);
    diags_fini(&diags);
    for (int i = 0; i < 2; i++) {
        json_object_put(documents[i]);
        json_object_put(schemas[i]);
    }
}

Test(schema_openapi, asserts_formats)
{
    static const struct row rows[] = {
        {"{'type':'string','format':'date'}", "'2026-02-28'", true},
        {"{'type':'string','format':'date'}", "'2026-02-29'", false},
        {"{'format':'date-time'}", "'2026-01-01T00:00:00Z'", true},
        {"{'format':'date-time'}", "'yesterday'", false},
        {"{'format':'date-time'}", "1", true},
        {"{'format':'int32'}", "2147483648", false},
        {"{'format':'int32'}", "'2147483648'", true},
        {"{'format':'int64','type':'integer'}", "9223372036854775807", true},
        {"{'format':'uuid'}", "'x'", false},
        {"{'format':'no-such-format'}", "'x'", true},
        {"{'anyOf':[{'format':'ipv4'},{'format':'ipv6'}]}", "'::1'", true},
        {"{'anyOf':[{'format':'ipv4'},{'format':'ipv6'}]}", "'::x'", false},
    };

    RUN(openapi_3_0, SCHEMA_PLAIN, rows);
    RUN(openapi_3_1, SCHEMA_PLAIN, rows);
}
