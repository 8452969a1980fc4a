/* SPDX-License-Identifier: MIT */
/* schema.h: a valid value costs no allocation, and no value costs more than its size allows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "t/fixtures/allocations.h"
#include "t/lib/schema/schema_fixture.h"

enum { ROUNDS = 100 };

static const char definitions[] =
    "{'Money':{'type':'number','minimum':0,'multipleOf':0.01},"
    "'Address':{'type':'object','required':['street','zip'],'properties':{'street':{'minLength':1},"
    "'zip':{'type':'string','pattern':'^[0-9]{5}$'}}},"
    "'Owned':{'properties':{'id':{'format':'uuid'},'created':{'format':'date-time'}}},"
    "'Card':{'properties':{'by':{'const':'card'},'number':{'type':'string',"
    "'pattern':'^([0-9]{4} ?){4}$'}},'required':['by','number']},"
    "'Bill':{'properties':{'by':{'enum':['bill','invoice']},'to':{'$ref':'#/Address'}},"
    "'required':['by','to']},"
    "'Line':{'type':'object','properties':{'sku':{'type':'string','pattern':'^[A-Z]+-[0-9]+$'},"
    "'n':{'type':'integer','minimum':1},'price':{'$ref':'#/Money'},'tags':{'type':'array',"
    "'uniqueItems':true,'items':{'type':'string'},'maxItems':8}},'required':['sku','n']}}";

static const char order[] =
    "{'allOf':[{'$ref':'#/Owned'},{'properties':{'email':{'format':'email'},"
    "'site':{'format':'uri'},'day':{'format':'date'},'ip':{'anyOf':[{'format':'ipv4'},"
    "{'format':'ipv6'}]},'status':{'type':'string','enum':['new','paid','sent']}}}],"
    "'oneOf':[{'$ref':'#/Card'},{'$ref':'#/Bill'}],"
    "'properties':{'lines':{'type':'array','minItems':1,'items':{'$ref':'#/Line'},"
    "'contains':{'properties':{'n':{'minimum':2}}}},'note':{'type':['string','null']}},"
    "'patternProperties':{'^x-':{'type':'string'}},"
    "'if':{'properties':{'status':{'const':'sent'}},'required':['status']},"
    "'then':{'properties':{'track':{'type':'string'}},'required':['track']},"
    "'dependentRequired':{'site':['email']},'not':{'required':['forbidden']},"
    "'unevaluatedProperties':false}";

static const char value[] =
    "{'id':'6ba7b810-9dad-11d1-80b4-00c04fd430c8','created':'2026-01-31T10:00:00.5+01:00',"
    "'email':'a@example.org','site':'https://example.org/a?b=c#d','day':'2026-01-31','ip':'::1',"
    "'status':'sent','track':'T1','x-source':'shop','note':null,'by':'invoice',"
    "'to':{'street':'Main St 1','zip':'12345'},'lines':["
    "{'sku':'AB-1','n':1,'price':19.99,'tags':['a','b','c']},{'sku':'AB-2','n':2,'price':5}]}";

/* Counts the allocations of ROUNDS checks of the valid `text`. */
static size_t count(const char *schema, const char *text, enum schema_use use)
{
    struct schema_fixture f;
    struct json_object *json = schema_fixture_parse(text);
    const struct schema *s;
    struct violations v;
    struct jvalue parsed;
    size_t before;

    schema_fixture_open(&f, definitions);
    s = schema_fixture_compile(&f, schema, use);
    cr_expect(f.diags.count == 0, "%s: %s", schema, f.diags.count ? f.diags.items[0].message : "");
    cr_expect(schema_fixture_check(&f, s, text, NULL), "%s: %s", schema, text);
    v = (struct violations){.arena = &f.arena};
    parsed = jvalue_of(&f.arena, json);
    before = allocations_count();
    for (int i = 0; i < ROUNDS; i++) {
        struct budget budget = schema_fixture_budget();

        schema_check(s, &parsed, "body", "", &budget, &v);
    }
    before = allocations_count() - before;
    json_object_put(json);
    schema_fixture_close(&f);
    return before;
}

Test(schema_cost, a_valid_value_costs_no_allocation)
{
    static const enum schema_use uses[] = {SCHEMA_PLAIN, SCHEMA_REQUEST, SCHEMA_RESPONSE};
    size_t before = allocations_count();

    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    free(strdup(value));
    cr_assert(allocations_count() > before, "nothing is counted");
    for (int i = 0; i < 3; i++) {
        size_t n = count(order, value, uses[i]);

        cr_expect(n == 0, "%zu allocations in %d checks", n, ROUNDS);
    }
}

Test(schema_cost, a_format_costs_no_allocation)
{
    static const struct {
        const char *schema, *value;
    } rows[] = {
        {"{'format':'date-time'}", "'2026-01-31T10:00:00Z'"},
        {"{'format':'date'}", "'2026-01-31'"},
        {"{'format':'time'}", "'10:00:00Z'"},
        {"{'format':'duration'}", "'P1DT2H'"},
        {"{'format':'email'}", "'a.b+c@example.org'"},
        {"{'format':'hostname'}", "'www.example.org'"},
        {"{'format':'ipv4'}", "'127.0.0.1'"},
        {"{'format':'ipv6'}", "'fe80::1'"},
        {"{'format':'uri'}", "'https://a@example.org:1/%20?b#c'"},
        {"{'format':'uri-reference'}", "'../a?b#c'"},
        {"{'format':'iri'}", "'https://example.org/\xc3\xa4'"},
        {"{'format':'iri-reference'}", "'\xc3\xa4'"},
        {"{'format':'uri-template'}", "'/a/{b}{?c*}'"},
        {"{'format':'uuid'}", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"},
        {"{'format':'json-pointer'}", "'/a~1b'"},
        {"{'format':'relative-json-pointer'}", "'1/a'"},
        {"{'format':'byte'}", "'YWJj'"},
        {"{'format':'int32'}", "1"},
        {"{'format':'int64'}", "1"},
        {"{'format':'float'}", "1.5"},
        {"{'multipleOf':0.01}", "19.99"},
        {"{'pattern':'^(a|b)*c$'}", "'abababababababababababababababababc'"},
        {"{'pattern':'\\\\p{Lu}'}", "'\xc3\x84'"},
        {"{'enum':['a',1,{'b':2}]}", "{'b':2}"},
        {"{'uniqueItems':true}", "[1,2,3,'a',{'b':[1]},{'b':[2]},null,true]"},
    };

    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t n = count(rows[i].schema, rows[i].value, SCHEMA_PLAIN);

        cr_expect(n == 0, "%s: %zu allocations in %d checks", rows[i].schema, n, ROUNDS);
    }
}

/* Returns a left-nested text, so that each alternative is tried all the way down before `op`
 * decides. */
static char *nested(const char *open, const char *leaf, const char *close, int depth)
{
    size_t size = (strlen(open) + strlen(close)) * (size_t)depth + strlen(leaf) + 1;
    char *out = malloc(size);

    cr_assert(out);
    *out = '\0';
    for (int i = 0; i < depth; i++)
        strcat(out, open);
    strcat(out, leaf);
    for (int i = 0; i < depth; i++)
        strcat(out, close);
    return out;
}

static void check_nested(const char *definition, const char *open, const char *leaf,
                         const char *close, int depth, bool is_valid)
{
    struct schema_fixture f;
    struct violations v;
    const struct schema *s;
    char *text = nested(open, leaf, close, depth);

    schema_fixture_open(&f, definition);
    s = schema_fixture_compile(&f, "{'$ref':'#/E'}", SCHEMA_PLAIN);
    cr_expect(f.diags.count == 0, "%s: %s", definition,
              f.diags.count ? f.diags.items[0].message : "");
    cr_expect(schema_fixture_check(&f, s, text, &v) == is_valid, "%s, %d deep", definition, depth);
    if (!is_valid)
        cr_expect(v.count && strcmp(v.items[v.count - 1].keyword, "steps") == 0, "%s, %d deep: %zu",
                  definition, depth, v.count);
    schema_fixture_close(&f);
    free(text);
}

/* Each level of the value would multiply the work by the number of alternatives that inspect it. */
Test(schema_cost, alternatives_that_recur_are_given_up, .timeout = 120)
{
    static const char expression[] =
        "{'E':{'oneOf':[{'type':'integer'},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'},'op':{'const':'+'}},'required':['op']},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'},'op':{'const':'-'}},'required':['op']},"
        "{'type':'object','properties':{'l':{'$ref':'#/"
        "E'},'op':{'const':'*'}},'required':['op']}]}}";
    static const char rest[] =
        "{'E':{'anyOf':[{'type':'object','properties':{'l':{'$ref':'#/"
        "E'}},'unevaluatedProperties':false},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'},'op':{}}},{'$ref':'#/E2'}],"
        "'unevaluatedProperties':false},'E2':{'additionalProperties':{'$ref':'#/E'}}}";

    check_nested(expression, "{'l':", "1", ",'op':'*'}", 6, true);
    check_nested(expression, "{'l':", "1", ",'op':'*'}", 60, false);
    check_nested(rest, "{'l':", "{}", "}", 4, true);
    check_nested(rest, "{'l':", "{}", "}", 60, false);
}

/* Changes `before`, repeated 40 times around 1, with a schema whose two branches of `both`
 * recur. */
static bool change_nested(const char *both, const char *before, bool is_fill)
{
    struct schema_fixture f;
    struct budget budget = schema_fixture_budget();
    struct json_object *json;
    struct jvalue parsed;
    const struct schema *s;
    char text[2048] = "", schema[512];
    bool ok;

    for (int i = 0; i < 40; i++)
        strcat(text, before);
    strcat(text, "1");
    for (int i = 0; i < 40; i++)
        strcat(text, "}");
    json = schema_fixture_parse(text);
    snprintf(schema, sizeof(schema),
             "{'E':{'%s':[{'$ref':'#/M'},{'$ref':'#/M'}]},'M':{'properties':{'l':{'$ref':'#/E'},"
             "'d':{'default':1},'s':{'writeOnly':true}}}}",
             both);
    schema_fixture_open(&f, schema);
    s = schema_fixture_compile(&f, "{'$ref':'#/E'}", is_fill ? SCHEMA_REQUEST : SCHEMA_RESPONSE);
    cr_expect(f.diags.count == 0);
    parsed = jvalue_of(&f.arena, json);
    if (is_fill)
        ok = schema_fill(s, &parsed, &f.arena, &budget);
    else
        ok = schema_strip(s, &parsed, &budget);
    cr_expect(ok == (budget.end == BUDGET_ENOUGH) && (ok || budget.end == BUDGET_STEPS));
    json_object_put(json);
    schema_fixture_close(&f);
    return ok;
}

Test(schema_cost, defaults_that_recur_are_given_up, .timeout = 120)
{
    cr_expect(!change_nested("allOf", "{'l':", true));
}

/* Hidden members may be left in; that is reported. */
Test(schema_cost, hidden_members_that_recur_are_given_up, .timeout = 120)
{
    cr_expect(!change_nested("anyOf", "{'s':1,'l':", false));
}

Test(schema_cost, a_large_value_may_take_its_steps)
{
    struct schema_fixture f;
    struct violations v;
    struct budget budget = schema_fixture_budget();
    struct jvalue list = {.type = JARRAY};
    const struct schema *s;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(&f,
                               "{'items':{'allOf':[{'anyOf':[{'type':'string'},{'minimum':1}]},"
                               "{'oneOf':[{'type':'integer'},{'type':'string'}]}]}}",
                               SCHEMA_PLAIN);
    for (int i = 1; i <= 160000; i++) /* a mebibyte of text */
        jvalue_append(&f.arena, &list, (struct jvalue){.type = JINTEGER, .integer = i});
    v = (struct violations){.arena = &f.arena};
    cr_expect(schema_check(s, &list, "body", "", &budget, &v), "%s", v.items[0].message);
    schema_fixture_close(&f);
}

/* A pattern that is given up decides nothing: neither in `not`, nor as a name that does not
 * match. */
Test(schema_cost, a_pattern_that_is_given_up_lets_nothing_through)
{
    static const char *const rows[] = {
        "{'pattern':'^(a+)+$'}",
        "{'not':{'pattern':'^(a+)+$'}}",
        "{'if':{'pattern':'^(a+)+$'},'else':true}",
        "{'anyOf':[{'pattern':'^(a+)+$'},true]}",
        "{'type':['string','object'],'patternProperties':{'^(a+)+$':false}}",
    };
    char *text = nested("a", "!", "", 4000), *string = malloc(6000), *object = malloc(6000);

    cr_assert(string && object);
    snprintf(string, 6000, "'%s'", text);
    snprintf(object, 6000, "{'%s':1}", text);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool is_name = strstr(rows[i], "patternProperties") != NULL;
        struct schema_fixture f;
        const struct schema *s;

        schema_fixture_open(&f, "{}");
        s = schema_fixture_compile(&f, rows[i], SCHEMA_PLAIN);
        cr_expect(!schema_fixture_check(&f, s, is_name ? object : string, NULL), "%s", rows[i]);
        schema_fixture_close(&f);
    }
    free(text);
    free(string);
    free(object);
}

/* Violations that nobody will read are counted, not stored. */
Test(schema_cost, violations_past_the_bound_cost_no_memory)
{
    struct schema_fixture f;
    struct violations v;
    struct budget budget = schema_fixture_budget();
    struct jvalue list = {.type = JARRAY};
    const struct schema *s;
    size_t before;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(&f, "{'items':{'type':['string','null'],'enum':['a']}}",
                               SCHEMA_PLAIN);
    for (int i = 0; i < 5000; i++)
        jvalue_append(&f.arena, &list, (struct jvalue){.type = JINTEGER, .integer = i});
    v = (struct violations){.arena = &f.arena};
    before = allocations_count();
    cr_expect(!schema_check(s, &list, "body", "", &budget, &v));
    cr_expect(v.count == 5000, "%zu", v.count);
    cr_expect(allocations_count() - before < 1000, "%zu", allocations_count() - before);
    schema_fixture_close(&f);
}
