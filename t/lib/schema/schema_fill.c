/* SPDX-License-Identifier: MIT */
/* schema.h: schema_fill(), the defaults of absent members. */
#include <string.h>

#include <criterion/criterion.h>

#include "lib/schema/equal.h"
#include "t/lib/schema/schema_fixture.h"

static const char definitions[] =
    "{'D':{'properties':{'d':{'default':1}}},'T':{'type':'integer','default':7},"
    "'Node':{'properties':{'v':{'default':0},'below':{'items':{'$ref':'#/Node'}}}},"
    "'Self':{'properties':{'s':{'default':{},'$ref':'#/Self'},"
    "'t':{'default':{},'$ref':'#/Self'}}}}";

static const char *text_of(struct schema_fixture *f, const struct jvalue *value)
{
    struct budget budget = budget_endless();
    struct buf text = {0};
    const char *copy;

    jvalue_write(&text, value, &budget);
    copy = arena_strndup(&f->arena, text.data, text.len);
    buf_fini(&text);
    return copy;
}

static void run(const char *schema, const char *text, const char *want, enum schema_use use)
{
    struct schema_fixture f;
    struct json_object *json = schema_fixture_parse(text), *filled = schema_fixture_parse(want);
    struct budget budget = schema_fixture_budget();
    struct jvalue value, wanted;
    const struct schema *s;

    schema_fixture_open(&f, definitions);
    value = jvalue_of(&f.arena, json);
    wanted = jvalue_of(&f.arena, filled);
    s = schema_fixture_compile(&f, schema, use);
    cr_expect(f.diags.count == 0, "%s: %s", schema, f.diags.count ? f.diags.items[0].message : "");
    cr_expect(schema_fill(s, &value, &f.arena, &budget));
    cr_expect(equal_values(&value, &wanted, &budget), "%s for %s: %s", schema, text,
              text_of(&f, &value));
    json_object_put(json);
    json_object_put(filled);
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

/* Whatever happens to one value, the next gets the default of the document. */
Test(schema_fill, gives_each_value_a_default_of_its_own)
{
    struct schema_fixture f;
    struct budget budget = schema_fixture_budget();
    struct jvalue first = {.type = JOBJECT}, second = {.type = JOBJECT}, *member;
    const struct schema *s;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(
        &f, "{'properties':{'p':{'default':{'list':[1],'n':1.5,'t':'x','z':null}}}}", SCHEMA_PLAIN);
    schema_fill(s, &first, &f.arena, &budget);
    member = jvalue_get(&first, SLICE_LIT("p"));
    jvalue_add(&f.arena, member, SLICE_LIT("more"), (struct jvalue){0});
    jvalue_append(&f.arena, jvalue_get(member, SLICE_LIT("list")), (struct jvalue){0});
    cr_expect_str_eq(text_of(&f, &first), "{\"p\":{\"list\":[1,null],\"n\":1.5,\"t\":\"x\","
                                          "\"z\":null,\"more\":null}}");
    schema_fill(s, &second, &f.arena, &budget);
    cr_expect_str_eq(text_of(&f, &second),
                     "{\"p\":{\"list\":[1],\"n\":1.5,\"t\":\"x\",\"z\":null}}");
    schema_fixture_close(&f);
}
