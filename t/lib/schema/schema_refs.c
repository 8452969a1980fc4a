/* SPDX-License-Identifier: MIT */
/* schema.h: definitions, closed requests, and properties of a schema itself. */
#include "lib/schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

static bool is_valid(struct schema_fixture *f, const struct schema *s, const char *text)
{
    return schema_fixture_check(f, s, text, NULL);
}

Test(schema_refs, follows_recursive_definitions)
{
    struct schema_fixture f;
    const struct schema *s;
    char deep[8192] = "";

    schema_fixture_open(
        &f, "{\"T\":{\"properties\":{\"next\":{\"$ref\":\"#/T\"},\"v\":{\"type\":\"integer\"}}}}");
    s = schema_fixture_compile(&f, "{\"$ref\":\"#/T\"}", SCHEMA_PLAIN);
    cr_expect(f.diags.count == 0);
    cr_expect(is_valid(&f, s, "{\"next\":{\"next\":{\"v\":1}}}"));
    cr_expect(!is_valid(&f, s, "{\"next\":{\"next\":{\"v\":\"1\"}}}"));
    for (int i = 0; i < 300; i++)
        strcat(deep, "{\"next\":");
    strcat(deep, "{}");
    for (int i = 0; i < 300; i++)
        strcat(deep, "}");
    cr_expect(!is_valid(&f, s, deep), "deeper than SCHEMA_DEPTH_MAX");
    schema_fixture_close(&f);
}

/* A definition that refers only to itself, in three forms: an error, never a crash. */
Test(schema_refs, survives_endless_definitions)
{
    static const char *const rows[] = {
        "{\"A\":{\"$ref\":\"#/A\"}}",
        "{\"A\":{\"allOf\":[{\"$ref\":\"#/A\"}]}}",
        "{\"A\":{\"$ref\":\"#/B\"},\"B\":{\"$ref\":\"#/A\"}}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;
        const struct schema *s;

        schema_fixture_open(&f, rows[i]);
        s = schema_fixture_compile(&f, "{\"$ref\":\"#/A\"}", SCHEMA_PLAIN);
        cr_expect(f.diags.errors == 1);
        (void)is_valid(&f, s, "1");
        (void)schema_types(s);
        (void)schema_property(s, "x");
        (void)schema_requires(s, "x");
        (void)schema_items(s);
        schema_fixture_close(&f);
    }
}

Test(schema_refs, depth_does_not_turn_not_around)
{
    struct schema_fixture f;
    const struct schema *s;
    char deep[8192] = "";

    schema_fixture_open(&f, "{\"T\":{\"properties\":{\"n\":{\"$ref\":\"#/T\"}}}}");
    s = schema_fixture_compile(&f, "{\"not\":{\"$ref\":\"#/T\"}}", SCHEMA_PLAIN);
    cr_expect(!is_valid(&f, s, "{}"));
    for (int i = 0; i < 300; i++)
        strcat(deep, "{\"n\":");
    strcat(deep, "1");
    for (int i = 0; i < 300; i++)
        strcat(deep, "}");
    cr_expect(!is_valid(&f, s, deep), "what is too deep is not valid");
    schema_fixture_close(&f);
}

Test(schema_refs, closes_requests)
{
    static const struct {
        const char *schema, *value;
        bool is_valid;
    } rows[] = {
        {"{\"properties\":{\"a\":{}}}", "{\"a\":1}", true},
        {"{\"properties\":{\"a\":{}}}", "{\"b\":1}", false},
        {"{\"properties\":{\"a\":{}},\"additionalProperties\":true}", "{\"b\":1}", true},
        {"{\"properties\":{\"a\":{\"properties\":{\"c\":{}}}}}", "{\"a\":{\"d\":1}}", false},
        {"{\"items\":{\"properties\":{\"a\":{}}}}", "[{\"b\":1}]", false},
        {"{\"allOf\":[{\"properties\":{\"a\":{}}},{\"properties\":{\"b\":{}}}]}",
         "{\"a\":1,\"b\":1}", true},
        {"{\"type\":\"object\"}", "{\"b\":1}", true},
        {"{\"$ref\":\"#/Base\"}", "{\"a\":1}", true},
        {"{\"$ref\":\"#/Base\"}", "{\"b\":1}", false},
        {"{\"$ref\":\"#/Base\",\"properties\":{\"b\":{}}}", "{\"a\":1,\"b\":1}", true},
        {"{\"allOf\":[{\"$ref\":\"#/Base\"}],\"properties\":{\"b\":{}}}", "{\"a\":1,\"b\":1}",
         true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;

        schema_fixture_open(&f, "{\"Base\":{\"properties\":{\"a\":{}}}}");
        cr_expect(is_valid(&f, schema_fixture_compile(&f, rows[i].schema, SCHEMA_REQUEST),
                           rows[i].value) == rows[i].is_valid,
                  "%s for %s", rows[i].schema, rows[i].value);
        schema_fixture_close(&f);
    }
}

/* One set compiles requests and responses: their order must not matter. */
Test(schema_refs, closing_does_not_depend_on_order)
{
    struct schema_fixture f;
    const struct schema *response, *request, *whole;

    schema_fixture_open(&f,
                        "{\"A\":{\"properties\":{\"a\":{}}},\"B\":{\"properties\":{\"b\":{}}}}");
    response = schema_fixture_compile(&f, "{\"$ref\":\"#/A\"}", SCHEMA_PLAIN);
    request = schema_fixture_compile(&f, "{\"$ref\":\"#/A\"}", SCHEMA_REQUEST);
    cr_expect(is_valid(&f, response, "{\"x\":1}"));
    cr_expect(!is_valid(&f, request, "{\"x\":1}"), "a response compiled before opened the request");
    request = schema_fixture_compile(&f, "{\"$ref\":\"#/B\"}", SCHEMA_REQUEST);
    whole = schema_fixture_compile(
        &f, "{\"allOf\":[{\"$ref\":\"#/B\"},{\"properties\":{\"c\":{}}}]}", SCHEMA_REQUEST);
    cr_expect(!is_valid(&f, request, "{\"x\":1}"));
    cr_expect(is_valid(&f, whole, "{\"b\":1,\"c\":1}"),
              "a request compiled before closed the branch");
    schema_fixture_close(&f);
}

static void count(void *arg, const char *name, const struct schema *member)
{
    cr_expect(name && (member || strcmp(name, "z") == 0), "%s", name);
    *(int *)arg += member != NULL;
}

Test(schema_refs, describes_itself)
{
    struct schema_fixture f;
    const struct schema *s;
    int members = 0;

    schema_fixture_open(&f,
                        "{\"B\":{\"type\":\"object\",\"properties\":{\"b\":{\"type\":\"number\"}},"
                        "\"required\":[\"b\"]}}");
    s = schema_fixture_compile(
        &f,
        "{\"allOf\":[{\"$ref\":\"#/B\"},{\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}},"
        "\"required\":[\"z\"]}]}",
        SCHEMA_PLAIN);
    cr_expect(schema_types(s) == SCHEMA_OBJECT);
    cr_expect(schema_types(schema_property(s, "a")) == (SCHEMA_STRING | SCHEMA_NULL));
    cr_expect(schema_types(schema_property(s, "b")) == (SCHEMA_NUMBER | SCHEMA_INTEGER));
    cr_expect(!schema_property(s, "c"));
    cr_expect(schema_requires(s, "b") && schema_requires(s, "z") && !schema_requires(s, "a"));
    cr_expect(!schema_items(s));
    cr_expect_str_eq(schema_type_names(&f.arena, SCHEMA_STRING | SCHEMA_NULL), "string or null");
    cr_expect_str_eq(schema_type_names(&f.arena, SCHEMA_NUMBER | SCHEMA_INTEGER), "number");
    cr_expect(schema_types(schema_fixture_compile(&f, "{\"enum\":[\"a\",null]}", SCHEMA_PLAIN)) ==
              (SCHEMA_STRING | SCHEMA_NULL));
    cr_expect(schema_types(schema_fixture_compile(&f, "{\"const\":3}", SCHEMA_PLAIN)) ==
              (SCHEMA_NUMBER | SCHEMA_INTEGER));
    cr_expect(schema_types(schema_fixture_compile(
                  &f, "{\"type\":[\"integer\",\"string\"],\"enum\":[\"a\",true]}", SCHEMA_PLAIN)) ==
              SCHEMA_STRING);
    schema_each_property(s, count, &members);
    cr_expect(members == 2, "%d", members);
    schema_fixture_close(&f);
}
