/* SPDX-License-Identifier: MIT */
/* schema.h: a request's object is closed to what all schemas of its place name together. */
#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

#define PART(member) "{'properties':{'data':{'properties':{'" member "':{'type':'string'}}}}}"
#define BOTH "{'allOf':[" PART("a") "," PART("b") "]}"

/* Several schemas of one keyword may describe a member, too. */
#define OVERLAP                                                                                    \
    "{'properties':{'x1':{'properties':{'b':{}}}},"                                                \
    "'patternProperties':{'^x':{'properties':{'a':{}}}}}"
#define PATTERNS "{'patternProperties':{'^x':{'properties':{'a':{}}},'1$':{'properties':{'b':{}}}}}"

Test(schema_joint, closes_at_the_place)
{
    static const struct {
        const char *schema, *value;
        bool is_valid;
    } rows[] = {
        {BOTH, "{'data':{'a':'x','b':'y'}}", true},
        {BOTH, "{'data':{'a':'x'}}", true},
        {BOTH, "{'data':{'a':'x','c':1}}", false},
        {BOTH, "{'data':{'a':1}}", false},
        {BOTH, "{'data':{},'other':{}}", false},
        {"{'allOf':[" PART("a") "],'properties':{'data':{'properties':{'b':{}}}}}",
         "{'data':{'a':'x','b':'y'}}", true},
        {"{'allOf':[" PART("a") "],'properties':{'data':{'properties':{'b':{}}}}}",
         "{'data':{'c':'x'}}", false},
        {"{'allOf':[{'$ref':'#/A'},{'$ref':'#/B'}]}", "{'data':{'a':'x','b':'y'}}", true},
        {"{'allOf':[{'$ref':'#/A'},{'$ref':'#/B'}]}", "{'data':{'a':'x','c':'y'}}", false},
        {"{'allOf':[{'properties':{'l':{'items':{'properties':{'a':{}}}}}},{'properties':{'l':{"
         "'items':{'properties':{'b':{}}}}}}]}",
         "{'l':[{'a':1,'b':2},{'a':1}]}", true},
        {"{'allOf':[{'properties':{'l':{'items':{'properties':{'a':{}}}}}},{'properties':{'l':{"
         "'items':{'properties':{'b':{}}}}}}]}",
         "{'l':[{'a':1},{'c':1}]}", false},
        {"{'properties':{'o':" BOTH "}}", "{'o':{'data':{'a':'x','b':'y'}}}", true},
        {"{'properties':{'o':" BOTH "}}", "{'o':{'data':{'c':'x'}}}", false},
        {"{'oneOf':[{'required':['k'],'properties':{'k':{},'data':{'properties':{'a':{}}}}},"
         "{'required':['m'],'properties':{'m':{},'data':{'properties':{'b':{}}}}}]}",
         "{'k':1,'data':{'a':1}}", true},
        {"{'oneOf':[{'required':['k'],'properties':{'k':{},'data':{'properties':{'a':{}}}}},"
         "{'required':['m'],'properties':{'m':{},'data':{'properties':{'b':{}}}}}]}",
         "{'k':1,'data':{'b':1}}", false},
        {"{'allOf':[" PART("a") ",{'properties':{'data':{'additionalProperties':true}}}]}",
         "{'data':{'c':1}}", true},
        {"{'allOf':[" PART("a") ",{'properties':{'data':{'patternProperties':{'^x':{}}}}}]}",
         "{'data':{'x1':1}}", true},
        {"{'allOf':[" PART("a") ",{'properties':{'data':{'patternProperties':{'^x':{}}}}}]}",
         "{'data':{'y1':1}}", false},
        {"{'allOf':[" PART("a") ",{'properties':{'data':{'required':['c']}}}]}", "{'data':{'c':1}}",
         true},
        {"{'allOf':[" PART("a") ",{'properties':{'free':{'type':'object'}}}]}",
         "{'free':{'c':{'d':1}}}", true},
        {"{'additionalProperties':true,'allOf':[" PART("a") "]}", "{'data':{'c':1}}", false},
        {"{'allOf':[{'properties':{'d':{'properties':{'e':{'properties':{'a':{}}}}}}},"
         "{'properties':{'d':{'properties':{'e':{'properties':{'b':{}}}}}}}]}",
         "{'d':{'e':{'a':1,'b':1}}}", true},
        {"{'allOf':[{'properties':{'d':{'properties':{'e':{'properties':{'a':{}}}}}}},"
         "{'properties':{'d':{'properties':{'e':{'properties':{'b':{}}}}}}}]}",
         "{'d':{'e':{'a':1,'c':1}}}", false},
        {OVERLAP, "{'x1':{'a':1,'b':1},'x2':{'a':1}}", true},
        {OVERLAP, "{'x2':{'b':1}}", false},
        {OVERLAP, "{'x1':{'c':1}}", false},
        {PATTERNS, "{'x1':{'a':1,'b':1},'x':{'a':1},'1':{'b':1}}", true},
        {PATTERNS, "{'x':{'b':1}}", false},
        {PATTERNS, "{'y':{}}", false},
        {"{'items':{'properties':{'a':{},'b':{}}},'contains':{'properties':{'a':{'const':1}}}}",
         "[{'a':1,'b':2}]", true},
        {"{'properties':{'a':{'properties':{'b':{}}}},'propertyNames':{'pattern':'a'}}",
         "{'a':{'b':1}}", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;
        const struct schema *s;

        schema_fixture_open(&f, "{'A':" PART("a") ",'B':" PART("b") "}");
        s = schema_fixture_compile(&f, rows[i].schema, SCHEMA_REQUEST);
        cr_expect(schema_fixture_check(&f, s, rows[i].value, NULL) == rows[i].is_valid, "%s: %s",
                  rows[i].schema, rows[i].value);
        schema_fixture_close(&f);
    }
}

Test(schema_joint, says_which_member_it_is)
{
    struct schema_fixture f;
    struct violations v;
    const struct schema *s;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(&f, BOTH, SCHEMA_REQUEST);
    cr_expect(!schema_fixture_check(&f, s, "{'data':{'a':'x','c':1},'d':2}", &v));
    cr_assert_eq(v.count, 2);
    cr_expect_str_eq(v.items[0].pointer, "/d");
    cr_expect_str_eq(v.items[1].pointer, "/data/c");
    cr_expect_str_eq(v.items[1].keyword, "additionalProperties");
    schema_fixture_close(&f);
}
