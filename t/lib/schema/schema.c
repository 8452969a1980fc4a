/* SPDX-License-Identifier: MIT */
#include "lib/schema/schema.h"

#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

struct fixture {
    struct schema_fixture base;
    const struct schema *schema;
};

static void set_up(struct fixture *f, const char *definitions, const char *schema, bool is_request)
{
    schema_fixture_open(&f->base, definitions);
    f->schema =
        schema_fixture_compile(&f->base, schema, is_request ? SCHEMA_REQUEST : SCHEMA_PLAIN);
}

static void tear_down(struct fixture *f)
{
    schema_fixture_close(&f->base);
}

static bool is_valid(struct fixture *f, const char *text, struct violations *out)
{
    return schema_fixture_check(&f->base, f->schema, text, out);
}

struct row {
    const char *schema, *value;
    bool is_valid;
};

static void run_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;
        struct violations v;

        set_up(&f, "{}", rows[i].schema, false);
        cr_expect(f.base.diags.errors == 0, "%s: %s", rows[i].schema,
                  f.base.diags.count ? f.base.diags.items[0].message : "");
        cr_expect(is_valid(&f, rows[i].value, &v) == rows[i].is_valid, "%s for %s", rows[i].schema,
                  rows[i].value);
        tear_down(&f);
    }
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(*(rows)))

Test(schema, checks_types)
{
    static const struct row rows[] = {
        {"true", "1", true},
        {"false", "null", false},
        {"{}", "null", true},
        {"{\"type\":\"integer\"}", "1.0", true},
        {"{\"type\":\"integer\"}", "1.5", false},
        {"{\"type\":\"number\"}", "1", true},
        {"{\"type\":\"number\"}", "\"1\"", false},
        {"{\"type\":\"boolean\"}", "0", false},
        {"{\"type\":[\"string\",\"null\"]}", "null", true},
        {"{\"type\":[\"string\",\"null\"]}", "[]", false},
        {"{\"type\":\"string\",\"nullable\":true}", "null", true},
        {"{\"type\":\"string\",\"nullable\":false}", "null", false},
        {"{\"type\":\"object\"}", "[]", false},
        {"{\"type\":\"null\"}", "false", false},
    };

    RUN_ROWS(rows);
}

Test(schema, compares_values_as_json)
{
    static const struct row rows[] = {
        {"{\"const\":1}", "1.0", true},
        {"{\"const\":0}", "false", false},
        {"{\"const\":null}", "null", true},
        {"{\"const\":null}", "0", false},
        {"{\"enum\":[null,\"a\"]}", "null", true},
        {"{\"enum\":[\"a\"]}", "\"b\"", false},
        {"{\"enum\":[[1,2]]}", "[1.0,2]", true},
        {"{\"enum\":[{\"a\":1}]}", "{\"a\":1.0}", true},
        {"{\"enum\":[{\"a\":1,\"b\":2}]}", "{\"b\":2,\"a\":1}", true},
        {"{\"const\":9007199254740993}", "9007199254740992", false},
        {"{\"const\":9223372036854775808}", "9223372036854775807", false},
        {"{\"const\":1,\"enum\":[1,2]}", "2", false},
        {"{\"const\":1,\"enum\":[1]}", "1", true},
        {"{\"enum\":[\"a\\u0000b\"]}", "\"a\"", false},
        {"{\"uniqueItems\":true}", "[1,1.0]", false},
        {"{\"uniqueItems\":true}", "[1,true,\"1\",[1],null,0,false]", true},
        {"{\"uniqueItems\":true}", "[{\"a\":[1]},{\"a\":[1.0]}]", false},
        {"{\"uniqueItems\":false}", "[1,1]", true},
    };

    RUN_ROWS(rows);
}

Test(schema, bounds_numbers)
{
    static const struct row rows[] = {
        {"{\"minimum\":1}", "1", true},
        {"{\"minimum\":1}", "0.999", false},
        {"{\"maximum\":1.5}", "1.5", true},
        {"{\"maximum\":1.5}", "2", false},
        {"{\"exclusiveMinimum\":1}", "1", false},
        {"{\"exclusiveMaximum\":1}", "1", false},
        {"{\"exclusiveMaximum\":1}", "0", true},
        {"{\"minimum\":5}", "\"1\"", true},
        {"{\"maximum\":9007199254740992}", "9007199254740993", false},
        {"{\"maximum\":9223372036854775806}", "9223372036854775807", false},
        {"{\"multipleOf\":2}", "7", false},
        {"{\"multipleOf\":0.01}", "19.99", true},
        {"{\"multipleOf\":0.01}", "0.005", false},
        {"{\"multipleOf\":0.1}", "0.3", true},
        {"{\"multipleOf\":2}", "10000000001", false},
        {"{\"multipleOf\":2}", "9007199254740993", false},
        {"{\"multipleOf\":10}", "123456789012", false},
    };

    RUN_ROWS(rows);
}

Test(schema, bounds_sizes)
{
    static const struct row rows[] = {
        {"{\"minLength\":2}", "\"\xc3\xa4\"", false},
        {"{\"maxLength\":1}", "\"\xf0\x9f\x92\xa9\"", true},
        {"{\"maxLength\":2}", "\"a\\u0000b\"", false},
        {"{\"minLength\":2.0}", "\"a\"", false},
        {"{\"maxLength\":0}", "\"\"", true},
        {"{\"minItems\":1}", "[]", false},
        {"{\"maxItems\":1}", "[1,2]", false},
        {"{\"maxItems\":1}", "\"abc\"", true},
        {"{\"items\":{\"type\":\"string\"}}", "[\"a\",1]", false},
        {"{\"items\":false}", "[]", true},
        {"{\"items\":false}", "[1]", false},
    };

    RUN_ROWS(rows);
}

Test(schema, checks_objects_and_logic)
{
    static const struct row rows[] = {
        {"{\"required\":[\"a\"]}", "{}", false},
        {"{\"required\":[\"a\"]}", "{\"a\":null}", true},
        {"{\"properties\":{\"a\":false}}", "{}", true},
        {"{\"properties\":{\"a\":false}}", "{\"a\":1}", false},
        {"{\"additionalProperties\":false,\"properties\":{\"a\":true}}", "{\"b\":1}", false},
        {"{\"additionalProperties\":{\"type\":\"string\"}}", "{\"b\":1}", false},
        {"{\"required\":[\"a\"],\"additionalProperties\":{\"type\":\"string\"}}", "{\"a\":1}",
         false},
        {"{\"required\":[\"a\"],\"properties\":{\"a\":{}},\"additionalProperties\":false}",
         "{\"a\":1,\"b\":1}", false},
        {"{\"allOf\":[{\"minimum\":1},{\"maximum\":2}]}", "3", false},
        {"{\"anyOf\":[{\"minimum\":5},{\"maximum\":2}]}", "3", false},
        {"{\"anyOf\":[{\"minimum\":5},{\"maximum\":4}]}", "3", true},
        {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":4}]}", "3", false},
        {"{\"oneOf\":[{\"minimum\":1},{\"maximum\":0}]}", "3", true},
        {"{\"not\":{\"type\":\"integer\"}}", "1", false},
        {"{\"not\":{}}", "1", false},
        {"{\"not\":false}", "1", true},
        {"{\"properties\":{\"a~/b\":{\"type\":\"string\"}}}", "{\"a~/b\":1}", false},
    };

    RUN_ROWS(rows);
}

Test(schema, reports_every_violation_where_it_stands)
{
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"t\",\"u/v\"],\"properties\":{\"t\":{\"minLength\":1},"
        "\"n\":{\"items\":{\"type\":\"integer\"}}},\"additionalProperties\":false}";
    static const char *const want[] = {"/u~1v required", "/t minLength", "/n/1 type",
                                       "/x additionalProperties"};
    struct fixture f;
    struct violations v;

    set_up(&f, "{}", schema, false);
    cr_assert(!is_valid(&f, "{\"t\":\"\",\"n\":[1,\"a\"],\"x\":1}", &v));
    cr_assert(v.count == 4, "%zu", v.count);
    for (size_t i = 0; i < 4; i++) {
        bool found = false;

        for (size_t k = 0; k < 4; k++)
            found |= strncmp(want[i], v.items[k].pointer, strlen(v.items[k].pointer)) == 0 &&
                     strcmp(want[i] + strlen(v.items[k].pointer) + 1, v.items[k].keyword) == 0 &&
                     strcmp(v.items[k].in, "body") == 0 && *v.items[k].message;
        cr_expect(found, "%s", want[i]);
    }
    tear_down(&f);
}

Test(schema, counts_violations_past_the_bound)
{
    struct fixture f;
    struct violations v;
    char text[256] = "[";

    for (int i = 0; i < 100; i++)
        strcat(text, i ? ",1" : "1");
    strcat(text, "]");
    set_up(&f, "{}", "{\"items\":{\"type\":\"string\"}}", false);
    cr_expect(!is_valid(&f, text, &v));
    cr_expect(v.count == 100, "%zu", v.count);
    tear_down(&f);
}

Test(schema, refuses_bad_schemas)
{
    static const char *const rows[] = {"1",
                                       "\"x\"",
                                       "{\"type\":\"text\"}",
                                       "{\"type\":1}",
                                       "{\"minimum\":\"1\"}",
                                       "{\"minLength\":-1}",
                                       "{\"minLength\":\"2\"}",
                                       "{\"minLength\":1.5}",
                                       "{\"multipleOf\":0}",
                                       "{\"enum\":1}",
                                       "{\"properties\":[]}",
                                       "{\"required\":\"a\"}",
                                       "{\"allOf\":[]}",
                                       "{\"anyOf\":{}}",
                                       "{\"$ref\":\"#/Nothing\"}",
                                       "{\"items\":[{}]}",
                                       "{\"required\":[1]}",
                                       "{\"properties\":{\"a\":{\"type\":\"x\"}}}"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f;

        set_up(&f, "{}", rows[i], false);
        cr_expect(f.base.diags.errors > 0, "%s", rows[i]);
        tear_down(&f);
    }
}
