/* SPDX-License-Identifier: MIT */
/* schema.h: which members a request may have, and which are excluded from requests or responses. */
#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

struct row {
    const char *schema, *good, *bad; /* NULL: there is no such value */
};

/* The definitions that "#/…" in the rows refers to. */
static const char definitions[] =
    "{'A':{'type':'object','properties':{'a':{}}},"
    "'B':{'type':'object','properties':{'b':{}}},"
    "'Open':{'properties':{'a':{}},'additionalProperties':true},"
    "'Shut':{'properties':{'a':{}},'additionalProperties':false},"
    "'Rest':{'properties':{'a':{}},'unevaluatedProperties':{'type':'integer'}},"
    "'Any':{'type':'object'},"
    "'Deep':{'allOf':[{'allOf':[{'$ref':'#/A'}]}]},"
    "'Node':{'properties':{'name':{},'below':{'items':{'allOf':[{'$ref':'#/Node'}]}}}},"
    "'Late':{'allOf':[{'properties':{'below':{'items':{'allOf':[{'$ref':'#/Late'}]}}}},"
    "{'properties':{'name':{}}}]},"
    "'Id':{'type':'string','readOnly':true},'IdAgain':{'allOf':[{'$ref':'#/Id'}]},"
    "'Secret':{'type':'string','writeOnly':true},"
    "'Base':{'properties':{'id':{'$ref':'#/Id'},'secret':{'$ref':'#/Secret'},'a':{}},"
    "'required':['id','a']}}";

static void run(const struct row *rows, size_t count, enum schema_use use)
{
    for (size_t i = 0; i < count; i++) {
        struct schema_fixture f;
        const struct schema *s;

        schema_fixture_open(&f, definitions);
        s = schema_fixture_compile(&f, rows[i].schema, use);
        cr_expect(f.diags.count == 0, "%s: %s", rows[i].schema,
                  f.diags.count ? f.diags.items[0].message : "");
        if (rows[i].good)
            cr_expect(schema_fixture_check(&f, s, rows[i].good, NULL), "%s: %s", rows[i].schema,
                      rows[i].good);
        if (rows[i].bad)
            cr_expect(!schema_fixture_check(&f, s, rows[i].bad, NULL), "%s: not %s", rows[i].schema,
                      rows[i].bad);
        schema_fixture_close(&f);
    }
}

#define RUN(rows, use) run(rows, sizeof(rows) / sizeof(*(rows)), use)

Test(schema_request, is_closed_wherever_members_are_named)
{
    static const struct row rows[] = {
        {"{'properties':{'a':{}}}", "{'a':1}", "{'a':1,'x':1}"},
        {"{'properties':{}}", "{}", "{'x':1}"},
        {"{'patternProperties':{'^a':{}}}", "{'ab':1}", "{'x':1}"},
        {"{'properties':{'a':{}},'patternProperties':{'^b':{}}}", "{'a':1,'b1':1}", "{'x':1}"},
        {"{'type':'object'}", "{'x':1}", NULL},
        {"{'required':['a']}", "{'a':1,'x':1}", "{}"},
        {"{'minProperties':1}", "{'x':1}", "{}"},
        {"true", "{'x':1}", NULL},
        {"{'properties':{'a':{'properties':{'b':{'properties':{'c':{}}}}}}}", "{'a':{'b':{'c':1}}}",
         "{'a':{'b':{'c':1,'x':1}}}"},
        {"{'items':{'properties':{'a':{}}}}", "[{'a':1}]", "[{'x':1}]"},
        {"{'prefixItems':[{'properties':{'a':{}}}]}", "[{'a':1},{'x':1}]", "[{'x':1}]"},
        {"{'unevaluatedItems':{'properties':{'a':{}}}}", "[{'a':1}]", "[{'x':1}]"},
        {"{'additionalProperties':{'properties':{'a':{}}}}", "{'k':{'a':1}}", "{'k':{'x':1}}"},
        {"{'patternProperties':{'^k':{'properties':{'a':{}}}}}", "{'k':{'a':1}}", "{'k':{'x':1}}"},
        {"{'properties':{'a':{}},'type':['object','null']}", "null", "{'x':1}"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

Test(schema_request, is_closed_as_a_whole_of_its_parts)
{
    static const struct row rows[] = {
        {"{'$ref':'#/A'}", "{'a':1}", "{'x':1}"},
        {"{'$ref':'#/A','description':'d','x-k':1}", "{'a':1}", "{'x':1}"},
        {"{'$ref':'#/Deep'}", "{'a':1}", "{'x':1}"},
        {"{'$ref':'#/A','properties':{'b':{}}}", "{'a':1,'b':1}", "{'x':1}"},
        {"{'$ref':'#/A','type':'object'}", "{'a':1}", "{'x':1}"},
        {"{'allOf':[{'$ref':'#/A'},{'$ref':'#/B'}]}", "{'a':1,'b':1}", "{'a':1,'x':1}"},
        {"{'allOf':[{'$ref':'#/Any'}]}", "{'x':1}", NULL},
        {"{'anyOf':[{'$ref':'#/A'},{'$ref':'#/B'}]}", "{'a':1,'b':1}", "{'x':1}"},
        {"{'oneOf':[{'$ref':'#/A','required':['a']},{'$ref':'#/B','required':['b']}]}", "{'a':1}",
         "{'a':1,'x':1}"},
        {"{'oneOf':[{'required':['a'],'$ref':'#/A'},{'$ref':'#/B','required':['b']}],"
         "'properties':{'c':{}}}",
         "{'b':1,'c':1}", "{'b':1,'x':1}"},
        {"{'if':{'required':['a']},'then':{'$ref':'#/A'},'else':{'$ref':'#/B'}}", "{'b':1}",
         "{'a':1,'b':1}"},
        {"{'if':{'required':['a']},'then':{'properties':{'a':{},'b':{}}},'else':{'$ref':'#/B'}}",
         "{'a':1,'b':1}", "{'x':1}"},
        {"{'dependentSchemas':{'a':{'$ref':'#/B'}},'properties':{'a':{}}}", "{'a':1,'b':1}",
         "{'b':1}"},
        {"{'properties':{'p':{'allOf':[{'$ref':'#/A'},{'$ref':'#/B'}]}}}", "{'p':{'a':1,'b':1}}",
         "{'p':{'x':1}}"},
        {"{'allOf':[{'properties':{'p':{'$ref':'#/A'}}}]}", "{'p':{'a':1}}", "{'p':{'x':1}}"},
        {"{'not':{'properties':{'a':{'const':1}},'required':['a']},'properties':{'a':{}}}",
         "{'a':2}", "{'a':1}"},
        {"{'not':{'properties':{'a':{}},'required':['a']}}", "{'x':1}", "{'a':1,'x':1}"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

Test(schema_request, is_open_where_it_says_so)
{
    static const struct row rows[] = {
        {"{'$ref':'#/Open'}", "{'x':1}", NULL},
        {"{'allOf':[{'$ref':'#/Open'},{'$ref':'#/B'}]}", "{'a':1,'b':1,'x':1}", NULL},
        {"{'anyOf':[{'$ref':'#/Open'},{'$ref':'#/B'}]}", "{'x':1}", NULL},
        {"{'$ref':'#/A','additionalProperties':true}", "{'a':1,'x':1}", NULL},
        {"{'$ref':'#/A','unevaluatedProperties':true}", "{'a':1,'x':1}", NULL},
        {"{'$ref':'#/A','unevaluatedProperties':false}", "{'a':1}", "{'x':1}"},
        {"{'$ref':'#/A','unevaluatedProperties':{'type':'integer'}}", "{'x':1}", "{'x':'1'}"},
        {"{'$ref':'#/Rest'}", "{'a':'1','x':1}", "{'x':'1'}"},
        {"{'allOf':[{'$ref':'#/Rest'}],'properties':{'b':{}}}", "{'b':1,'x':1}", "{'x':'1'}"},
        {"{'properties':{'a':{}},'additionalProperties':{'type':'integer'}}", "{'x':1}",
         "{'x':'1'}"},
        {"{'allOf':[{'$ref':'#/Shut'}]}", "{'a':1}", "{'x':1}"},
        {"{'allOf':[{'$ref':'#/Shut'}],'properties':{'b':{}}}", "{'a':1}", "{'a':1,'b':1}"},
        {"{'allOf':[{'$ref':'#/Shut'}],'additionalProperties':true}", "{'a':1}", "{'x':1}"},
        {"{'properties':{'p':{'$ref':'#/Open'}}}", "{'p':{'x':1}}", "{'x':1}"},
        {"{'additionalProperties':true,'properties':{'p':{'$ref':'#/A'}}}", "{'x':1,'p':{'a':1}}",
         "{'p':{'x':1}}"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

/* In either order: the definition, or the part of it that refers back. */
Test(schema_request, is_closed_in_recursion)
{
    static const struct row rows[] = {
        {"{'$ref':'#/Node'}", "{'below':[{'name':1}]}", "{'below':[{'x':1}]}"},
        {"{'$ref':'#/Node'}", "{'below':[{'below':[{}]}]}", "{'below':[{'below':[{'x':1}]}]}"},
        {"{'allOf':[{'$ref':'#/Node'}]}", "{'below':[{'name':1}]}", "{'below':[{'x':1}]}"},
        {"{'allOf':[{'$ref':'#/Node'}],'properties':{'c':{}}}", "{'c':1,'below':[{'name':1}]}",
         "{'below':[{'c':1}]}"},
        {"{'allOf':[{'$ref':'#/Late'}]}", "{'below':[{'name':1}]}", "{'below':[{'x':1}]}"},
        {"{'oneOf':[{'$ref':'#/Late'},false]}", "{'below':[{'name':1}]}", "{'below':[{'x':1}]}"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

Test(schema_request, has_no_read_only_members)
{
    static const struct row rows[] = {
        {"{'properties':{'id':{'readOnly':true},'a':{}},'required':['id']}", "{'a':1}", "{'id':1}"},
        {"{'properties':{'id':{'readOnly':false}},'required':['id']}", "{'id':1}", "{}"},
        {"{'properties':{'id':{'$ref':'#/IdAgain'}}}", "{}", "{'id':'1'}"},
        {"{'properties':{'id':{'$ref':'#/Secret','readOnly':true}}}", "{}", "{'id':'1'}"},
        {"{'properties':{'id':{'allOf':[{'$ref':'#/Id'}]}}}", "{}", "{'id':'1'}"},
        {"{'properties':{'s':{'$ref':'#/Secret'}},'required':['s']}", "{'s':'1'}", "{}"},
        {"{'$ref':'#/Base'}", "{'a':1,'secret':'s'}", "{'a':1,'id':'1'}"},
        {"{'$ref':'#/Base'}", "{'a':1}", "{}"},
        {"{'allOf':[{'$ref':'#/Base'},{'$ref':'#/B'}]}", "{'a':1,'b':1}", "{'a':1,'id':'1'}"},
        {"{'properties':{'p':{'$ref':'#/Base'}}}", "{'p':{'a':1}}", "{'p':{'a':1,'id':'1'}}"},
        {"{'items':{'$ref':'#/Base'}}", "[{'a':1}]", "[{'a':1,'id':'1'}]"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

/* One part requires a member that another excludes from this direction. */
Test(schema_request, does_not_require_what_another_part_hides)
{
    static const struct row rows[] = {
        {"{'allOf':[{'$ref':'#/Base'}],'required':['id','a']}", "{'a':1}", "{}"},
        {"{'$ref':'#/Base','required':['id','b'],'properties':{'b':{}}}", "{'a':1,'b':1}",
         "{'a':1}"},
        {"{'allOf':[{'required':['id','b']},{'$ref':'#/Base'},{'$ref':'#/B'}]}", "{'a':1,'b':1}",
         "{'a':1}"},
        {"{'allOf':[{'$ref':'#/Base'}],'dependentRequired':{'a':['id','secret']}}",
         "{'a':1,'secret':'s'}", "{'a':1}"},
        {"{'allOf':[{'$ref':'#/Base'}],'oneOf':[{'required':['id']},{'required':['b'],"
         "'properties':{'b':{}}}]}",
         "{'a':1}", "{'a':1,'b':1}"},
        {"{'properties':{'p':{'allOf':[{'$ref':'#/Base'}],'required':['id']}},'required':['p']}",
         "{'p':{'a':1}}", "{'p':{}}"},
        {"{'$ref':'#/Base','properties':{'p':{'required':['id']}}}", "{'a':1}",
         "{'a':1,'p':{}}"}, /* another object, which may have one */
        {"{'$ref':'#/Base','if':{'required':['id']},'then':false}", "{'a':1}", "{}"},
    };

    RUN(rows, SCHEMA_REQUEST);
}

Test(schema_request, responses_have_no_write_only_members)
{
    static const struct row rows[] = {
        {"{'$ref':'#/Base'}", "{'a':1,'id':'1','x':1}", "{'a':1,'id':'1','secret':'s'}"},
        {"{'$ref':'#/Base'}", "{'a':1,'id':'1'}", "{'a':1}"},
        {"{'allOf':[{'$ref':'#/Base'}],'required':['secret']}", "{'a':1,'id':'1'}", "{'a':1}"},
        {"{'properties':{'s':{'writeOnly':true}},'required':['s']}", "{}", "{'s':1}"},
        {"{'items':{'properties':{'s':{'allOf':[{'$ref':'#/Secret'}]}}}}", "[{}]", "[{'s':'1'}]"},
        {"{'anyOf':[{'$ref':'#/Base'},{'type':'null'}]}", "null", "{'a':1,'id':'','secret':''}"},
    };

    RUN(rows, SCHEMA_RESPONSE);
}

Test(schema_request, plain_schemas_neither_close_nor_hide)
{
    static const struct row rows[] = {
        {"{'$ref':'#/A'}", "{'x':1}", NULL},
        {"{'$ref':'#/Base'}", "{'a':1,'id':'1','secret':'s','x':1}", "{'a':1}"},
    };

    RUN(rows, SCHEMA_PLAIN);
}

static void expect_only(const struct violations *v, const char *pointer, const char *keyword)
{
    cr_expect(v->count == 1, "%zu, the last %s %s", v->count,
              v->count ? v->items[v->count - 1].pointer : "",
              v->count ? v->items[v->count - 1].keyword : "");
    if (v->count) {
        cr_expect_str_eq(v->items[0].pointer, pointer);
        cr_expect_str_eq(v->items[0].keyword, keyword);
    }
}

/* Reports the error, but nothing that follows from it. */
Test(schema_request, tells_what_is_meant)
{
    static const struct {
        const char *schema, *value, *pointer, *keyword;
    } rows[] = {
        {"{'$ref':'#/A'}", "{'x/y':1}", "/x~1y", "additionalProperties"},
        {"{'allOf':[{'$ref':'#/A'}]}", "{'a':1,'x':1}", "/x", "additionalProperties"},
        {"{'$ref':'#/Base'}", "{'a':1,'id':'1'}", "/id", "readOnly"},
        {"{'$ref':'#/Base'}", "{}", "/a", "required"},
        {"{'allOf':[{'properties':{'a':{'type':'string'}}},{'$ref':'#/B'}]}", "{'a':1,'b':1}", "/a",
         "type"},
        {"{'anyOf':[{'properties':{'a':{'type':'string'}},'required':['a']},"
         "{'properties':{'b':{}},'required':['b']}]}",
         "{'a':1}", "", "anyOf"},
        {"{'oneOf':[{'properties':{'a':{'type':'string'}},'required':['a']},"
         "{'properties':{'b':{}},'required':['b']}]}",
         "{'a':1}", "", "oneOf"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;
        struct violations v;
        const struct schema *s;

        schema_fixture_open(&f, definitions);
        s = schema_fixture_compile(&f, rows[i].schema, SCHEMA_REQUEST);
        cr_expect(!schema_fixture_check(&f, s, rows[i].value, &v), "%s", rows[i].schema);
        expect_only(&v, rows[i].pointer, rows[i].keyword);
        schema_fixture_close(&f);
    }
}
