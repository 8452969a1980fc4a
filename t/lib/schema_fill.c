/* SPDX-License-Identifier: MIT */
/* schema.h: schema_fill(), the defaults of absent members. */
#include <string.h>

#include <criterion/criterion.h>

#include "lib/schema/equal.h"
#include "t/lib/schema_fixture.h"

static const char definitions[] =
    "{'D':{'properties':{'d':{'default':1}}},'T':{'type':'integer','default':7},"
    "'Node':{'properties':{'v':{'default':0},'below':{'items':{'$ref':'#/Node'}}}},"
    "'Self':{'properties':{'s':{'default':{},'$ref':'#/Self'},"
    "'t':{'default':{},'$ref':'#/Self'}}}}";

static void run(const char *schema, const char *text, const char *want, enum schema_use use)
{
    struct schema_fixture f;
    struct json_object *value = schema_fixture_parse(text), *json = schema_fixture_parse(want);
    const struct schema *s;

    schema_fixture_open(&f, definitions);
    s = schema_fixture_compile(&f, schema, use);
    cr_expect(f.diags.count == 0, "%s: %s", schema, f.diags.count ? f.diags.items[0].message : "");
    schema_fill(s, value);
    cr_expect(equal_values(value, json), "%s for %s: %s", schema, text,
              json_object_to_json_string(value));
    json_object_put(value);
    json_object_put(json);
    schema_fixture_close(&f);
}

Test(schema_fill, adds_what_is_absent_where_the_schema_applies_for_certain)
{
    static const struct {
        const char *schema, *value, *want;
    } rows[] = {
        {"{'$ref':'#/D'}", "{}", "{'d':1}"},
        {"{'$ref':'#/D'}", "{'d':2}", "{'d':2}"},
        {"{'$ref':'#/D'}", "{'d':null}", "{'d':null}"},
        {"{'$ref':'#/D'}", "[]", "[]"},
        {"{'$ref':'#/D'}", "null", "null"},
        {"{'properties':{'a':{'default':null}}}", "{}", "{'a':null}"},
        {"{'properties':{'a':{'default':false},'b':{'default':''},'c':{'default':[]}}}", "{}",
         "{'a':false,'b':'','c':[]}"},
        {"{'properties':{'a':{'$ref':'#/T'}}}", "{}", "{'a':7}"},
        {"{'properties':{'a':{'$ref':'#/T','default':8}}}", "{}", "{'a':8}"},
        {"{'properties':{'a':{'allOf':[{'$ref':'#/T'}]}}}", "{}", "{'a':7}"},
        {"{'allOf':[{'$ref':'#/D'},{'properties':{'e':{'default':2}}}]}", "{}", "{'d':1,'e':2}"},
        {"{'allOf':[{'$ref':'#/D'},{'properties':{'d':{'default':2}}}]}", "{}", "{'d':1}"},
        {"{'items':{'$ref':'#/D'}}", "[{},1,{'d':2}]", "[{'d':1},1,{'d':2}]"},
        {"{'prefixItems':[{'$ref':'#/D'}],'items':{'properties':{'e':{'default':2}}}}", "[{},{}]",
         "[{'d':1},{'e':2}]"},
        {"{'prefixItems':[{'$ref':'#/D'}]}", "[{},{}]", "[{'d':1},{}]"},
        {"{'properties':{'p':{'$ref':'#/D'}}}", "{'p':{}}", "{'p':{'d':1}}"},
        {"{'properties':{'p':{'$ref':'#/D'}}}", "{}", "{}"},
        {"{'additionalProperties':{'$ref':'#/D'}}", "{'x':{},'y':{}}", "{'x':{'d':1},'y':{'d':1}}"},
        {"{'properties':{'x':{}},'additionalProperties':{'$ref':'#/D'}}", "{'x':{},'y':{}}",
         "{'x':{},'y':{'d':1}}"},
        {"{'$ref':'#/Node'}", "{'below':[{'below':[{}]}]}",
         "{'v':0,'below':[{'v':0,'below':[{'v':0}]}]}"},
        /* A default is what it says. */
        {"{'properties':{'p':{'default':{},'$ref':'#/D'}}}", "{}", "{'p':{}}"},
        {"{'$ref':'#/Self'}", "{}", "{'s':{},'t':{}}"},
        /* Whether these apply depends on the value. */
        {"{'anyOf':[{'$ref':'#/D'}]}", "{}", "{}"},
        {"{'oneOf':[{'$ref':'#/D'}]}", "{}", "{}"},
        {"{'not':{'required':['x'],'$ref':'#/D'}}", "{}", "{}"},
        {"{'if':{'$ref':'#/D'},'then':{'$ref':'#/D'}}", "{}", "{}"},
        {"{'default':{'x':1}}", "{}", "{}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        run(rows[i].schema, rows[i].value, rows[i].want, SCHEMA_PLAIN);
}

Test(schema_fill, adds_nothing_that_must_not_be_sent)
{
    static const char schema[] = "{'properties':{'id':{'readOnly':true,'default':1},"
                                 "'s':{'writeOnly':true,'default':2}}}";

    run(schema, "{}", "{'s':2}", SCHEMA_REQUEST);
    run(schema, "{}", "{'id':1}", SCHEMA_RESPONSE);
    run(schema, "{}", "{'id':1,'s':2}", SCHEMA_PLAIN);
}

/* Whatever becomes of one value, the next one gets what the document says. */
Test(schema_fill, gives_each_value_a_default_of_its_own)
{
    struct schema_fixture f;
    struct json_object *first = json_object_new_object(), *second = json_object_new_object();
    struct json_object *member;
    const struct schema *s;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(
        &f, "{'properties':{'p':{'default':{'list':[1],'n':1.5,'t':'x','z':null}}}}", SCHEMA_PLAIN);
    schema_fill(s, first);
    json_object_object_get_ex(first, "p", &member);
    json_object_object_del(member, "n");
    json_object_object_get_ex(member, "list", &member);
    json_object_array_add(member, json_object_new_int(2));
    schema_fill(s, second);
    cr_expect_str_eq(json_object_to_json_string_ext(second, JSON_C_TO_STRING_PLAIN),
                     "{\"p\":{\"list\":[1],\"n\":1.5,\"t\":\"x\",\"z\":null}}");
    json_object_put(first);
    json_object_put(second);
    schema_fixture_close(&f);
}
