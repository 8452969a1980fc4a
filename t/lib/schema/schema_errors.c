/* SPDX-License-Identifier: MIT */
/* schema.h: each error of a schema is reported once, with its position, and never crashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "t/lib/schema/schema_fixture.h"

/* Returns the position of `key` in a one-line text, as a mark would state it. */
static const char *mark_of_key(const char *text, const char *key)
{
    static char where[64];
    const char *at = strstr(text, key);

    cr_assert(at, "%s in %s", key, text);
    snprintf(where, sizeof(where), "schema.json:1:%zu", (size_t)(at - text) + 1);
    return where;
}

/* Compiles the schema for each use in one set, as an API does; one mistake is still one error. */
static void expect_error(const char *definitions, const char *schema, const char *key,
                         const char *words)
{
    const char *where = mark_of_key(strstr(schema, key) ? schema : definitions, key);
    struct schema_fixture f;

    schema_fixture_open(&f, definitions);
    schema_fixture_compile(&f, schema, SCHEMA_REQUEST);
    for (int use = SCHEMA_PLAIN; use <= SCHEMA_RESPONSE; use++)
        schema_compile(f.set, "", f.json[1], (enum schema_use)use);
    cr_expect(f.diags.errors == 1, "%s: %zu errors", schema, f.diags.errors);
    for (size_t i = 0; i < f.diags.count && i < 2; i++) {
        cr_expect_str_eq(f.diags.items[i].where, where, "%s: %s: %s", schema,
                         f.diags.items[i].where, f.diags.items[i].message);
        cr_expect(strstr(f.diags.items[i].message, words), "%s: %s", schema,
                  f.diags.items[i].message);
    }
    schema_fixture_close(&f);
}

struct wrong {
    const char *schema, *key, *words;
};

static void run(const struct wrong *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_error("{}", rows[i].schema, rows[i].key, rows[i].words);
}

#define RUN(rows) run(rows, sizeof(rows) / sizeof(*(rows)))

/* Every keyword, with each type that it must not have. */
Test(schema_errors, tells_keywords_of_the_wrong_type)
{
    static const struct {
        const char *types, *keywords; /* types: first letters of the JSON types */
    } rows[] = {
        {"s", "$anchor|$comment|$dynamicAnchor|$dynamicRef|$id|$ref|$schema|contentEncoding|"
              "contentMediaType|description|format|pattern|title"},
        {"o", "$defs|$vocabulary|dependentRequired|dependentSchemas|discriminator|externalDocs|"
              "patternProperties|properties|xml"},
        {"bo", "additionalProperties|contains|contentSchema|else|if|items|not|propertyNames|then|"
               "unevaluatedItems|unevaluatedProperties"},
        {"a", "allOf|anyOf|enum|examples|oneOf|prefixItems|required"},
        {"b", "deprecated|nullable|readOnly|uniqueItems|writeOnly"},
        {"i", "maxContains|maxItems|maxLength|maxProperties|maximum|minContains|minItems|minLength|"
              "minProperties|minimum|multipleOf"},
        {"bi", "exclusiveMaximum|exclusiveMinimum"},
        {"sa", "type"},
    };
    static const char letters[] = "nbisao";
    static const char *const values[] = {"null", "true", "7", "'x'", "['x']", "{'x':{}}"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice rest = slice_of(rows[i].keywords);

        while (rest.len) {
            struct slice keyword = slice_cut(&rest, '|');

            for (int k = 0; k < 6; k++) {
                char schema[128], key[64];

                if (strchr(rows[i].types, letters[k]))
                    continue;
                snprintf(key, sizeof(key), "'%.*s'", (int)keyword.len, keyword.data);
                snprintf(schema, sizeof(schema), "{'title':'t','items':{%s:%s}}", key, values[k]);
                if (strstr("'items' 'title'", key))
                    snprintf(schema, sizeof(schema), "{%s:%s}", key, values[k]);
                if (letters[k] == 'n') /* null has no mark, but its container has */
                    snprintf(key, sizeof(key), "{'%.*s'", (int)keyword.len, keyword.data);
                expect_error("{}", schema, key, "must be");
            }
        }
    }
}

Test(schema_errors, tells_values_that_cannot_be)
{
    static const struct wrong rows[] = {
        {"{'type':'text'}", "'type'", "text is not a type"},
        {"{'type':[]}", "'type'", "at least one"},
        {"{'type':['string','string']}", "'type'", "occurs twice"},
        {"{'type':['string',1]}", "'type'", "is not a type"},
        {"{'allOf':[]}", "'allOf'", "at least one"},
        {"{'anyOf':[]}", "'anyOf'", "at least one"},
        {"{'oneOf':[]}", "'oneOf'", "at least one"},
        {"{'prefixItems':[]}", "'prefixItems'", "at least one"},
        {"{'allOf':[1]}", "1]", "map or a boolean"},
        {"{'allOf':[null]}", "'allOf'", "not null"},
        {"{'properties':{'a':null}}", "'properties'", "not null"},
        {"{'properties':{'a':{'items':'x'}}}", "'items'", "must be"},
        {"{'properties':{'a':['x']}}", "['x']", "map or a boolean"},
        {"{'$defs':{'a':{'type':'text'}}}", "'type'", "is not a type"},
        {"{'dependentRequired':{'a':'b'}}", "'dependentRequired'", "list of names"},
        {"{'dependentRequired':{'a':[1]}}", "'dependentRequired'", "list of names"},
        {"{'dependentSchemas':{'a':1}}", "1}", "map or a boolean"},
        {"{'required':[1]}", "'required'", "list of names"},
        {"{'minLength':-1}", "'minLength'", "0 or more"},
        {"{'minLength':1.5}", "'minLength'", "0 or more"},
        {"{'multipleOf':0}", "'multipleOf'", "greater than 0"},
        {"{'multipleOf':-0.5}", "'multipleOf'", "greater than 0"},
        {"{'minimum':1,'exclusiveMinimum':true}", "'exclusiveMinimum'", "OpenAPI 3.0"},
        {"{'pattern':'('}", "'pattern'", "character"},
        {"{'pattern':'a{2,1}'}", "'pattern'", "character"},
        {"{'patternProperties':{'[':{}}}", "'['", "character"},
        {"{'$ref':'#/nowhere'}", "'$ref'", "does not resolve"},
        {"{'$ref':'#nowhere'}", "'$ref'", "does not resolve"},
        {"{'$ref':'other.json'}", "'$ref'", "no such document"},
        {"{'$ref':'http://example.org/x#/a'}", "'$ref'", "no such document"},
        {"{'$dynamicRef':'#nowhere'}", "'$dynamicRef'", "does not resolve"},
        {"{'anyOf':[{'type':'string'},{'$ref':'#/nowhere'}]}", "'$ref'", "does not resolve"},
        {"{'$defs':{'a':{'$anchor':'x'},'b':{'$anchor':'x'}}}", "'$anchor':'x'}}}", "twice"},
        {"{'$anchor':'x','$defs':{'b':{'$dynamicAnchor':'x'}}}", "'$dynamicAnchor'", "twice"},
        {"{'$defs':{'a':{'$id':'http://x/y'},'b':{'$id':'http://x/y'}}}", "'$id':'http://x/y'}}}",
         "twice"},
        {"{'$id':'http://x/y','$defs':{'b':{'$id':'http://x/y'}}}", "'$id':'http://x/y'}}}",
         "twice"},
    };

    RUN(rows);
}

Test(schema_errors, tells_what_no_value_can_satisfy)
{
    static const struct wrong rows[] = {
        {"{'type':'integer','minimum':5,'maximum':4}", "{'type'", "no number lies"},
        {"{'type':'number','minimum':5,'exclusiveMaximum':5}", "{'type'", "no number lies"},
        {"{'type':'number','exclusiveMinimum':5,'maximum':5}", "{'type'", "no number lies"},
        {"{'type':'string','minLength':5,'maxLength':4}", "{'type'", "minimum size exceeds"},
        {"{'type':'array','minItems':5,'maxItems':4}", "{'type'", "minimum size exceeds"},
        {"{'type':'object','minProperties':5,'maxProperties':4}", "{'type'",
         "minimum size exceeds"},
        {"{'type':'string','enum':[1,2]}", "{'type'", "no value of enum"},
        {"{'enum':[]}", "{'enum'", "no value of enum"},
        {"{'type':'string','const':1}", "{'type'", "const is not"},
        {"{'type':'string','allOf':[{'type':'integer'}]}", "{'type'", "mutually exclusive"},
        {"{'type':'string','anyOf':[{'type':'integer'},false]}", "{'type'", "mutually exclusive"},
        {"{'type':'object','properties':{'a':false},'required':['a']}", "{'type'", "accepts no"},
        {"{'type':'object','required':['a'],'additionalProperties':false}", "{'type'",
         "does not allow a required"},
    };
    static const char *const hopeful[] = {
        "{'minimum':5,'maximum':4}", /* says nothing about values that are not numbers */
        "{'type':['integer','string'],'minimum':5,'maximum':4}",
        "{'minLength':2,'maxLength':1}",
        "{'properties':{'a':false},'required':['a']}",
        "{'type':'integer','minimum':5,'maximum':5,'exclusiveMaximum':10}",
        "{'type':'integer','minimum':5,'exclusiveMinimum':0,'maximum':5}",
        "{'type':'integer','minimum':9223372036854775806,'exclusiveMaximum':9223372036854775807}",
        "{'type':'integer','exclusiveMinimum':9007199254740992,'maximum':9007199254740993}",
        "{'type':['string','null'],'minLength':2,'maxLength':1}",
        "{'type':'object','properties':{'a':false}}",
        "{'type':'array','maxItems':0}",
        "{'type':'integer','enum':['a',1]}",
        "{'type':'number','const':1}",
        "{'not':{}}",
        "false",
    };

    RUN(rows);
    for (size_t i = 0; i < sizeof(hopeful) / sizeof(*hopeful); i++) {
        struct schema_fixture f;

        schema_fixture_open(&f, "{}");
        schema_fixture_compile(&f, hopeful[i], SCHEMA_PLAIN);
        cr_expect(f.diags.count == 0, "%s: %s", hopeful[i],
                  f.diags.count ? f.diags.items[0].message : "");
        schema_fixture_close(&f);
    }
}

Test(schema_errors, tells_defaults_that_break_their_schema)
{
    static const struct wrong rows[] = {
        {"{'type':'integer','default':'1'}", "'default'", "must be integer"},
        {"{'type':'string','default':null}", "{'type'", "must be string"},
        {"{'maximum':5,'default':6}", "'default'", "at most 5"},
        {"{'properties':{'a':{'enum':['x'],'default':'y'}}}", "'default'", "must be \"x\""},
        {"{'default':{'a':1},'properties':{'a':{'type':'string'}}}", "'default'", "/a must be"},
        {"{'default':1,'allOf':[{'type':'string'}]}", "'default'", "must be string"},
        {"{'default':'x','format':'date'}", "'default'", "must be a"},
    };

    RUN(rows);
    expect_error("{'T':{'type':'integer'}}", "{'$ref':'#/T','default':'x'}", "'default'",
                 "must be integer");
    expect_error("{'T':{'type':'integer','default':true}}", "{'properties':{'a':{'$ref':'#/T'}}}",
                 "'default'", "must be integer");
}

/* A definition that leads back to itself without a step into the value. */
Test(schema_errors, tells_endless_schemas, .timeout = 60)
{
    static const char *const rows[] = {
        "{'A':{'$ref':'#/A'}}",
        "{'A':{'$ref':'#/B'},'B':{'$ref':'#/C'},'C':{'$ref':'#/A'}}",
        "{'A':{'allOf':[{'$ref':'#/A'}]}}",
        "{'A':{'allOf':[{'$ref':'#/A'},{'$ref':'#/A'}]}}",
        "{'A':{'anyOf':[{'type':'string'},{'$ref':'#/A'}]}}",
        "{'A':{'oneOf':[{'$ref':'#/B'}]},'B':{'oneOf':[{'$ref':'#/A'}]}}",
        "{'A':{'not':{'$ref':'#/A'}}}",
        "{'A':{'not':{'not':{'$ref':'#/A'}}}}",
        "{'A':{'if':{'$ref':'#/A'},'then':true}}",
        "{'A':{'if':true,'then':{'$ref':'#/A'}}}",
        "{'A':{'if':true,'else':{'$ref':'#/A'}}}",
        "{'A':{'dependentSchemas':{'x':{'$ref':'#/A'}}}}",
        "{'A':{'$dynamicRef':'#/A'}}",
        "{'A':{'$ref':'#/A/allOf/0','allOf':[{'$ref':'#/A'}]}}",
        "{'A':{'$id':'http://x/a','$ref':'a'}}",
        "{'A':{'$id':'http://x/a','$ref':'#here','$anchor':'here'}}",
        "{'A':{'$id':'http://x/a','$dynamicAnchor':'q','$dynamicRef':'#q'}}",
        /* Only from outside it is seen where the reference leads. */
        "{'A':{'$id':'http://x/a','$dynamicAnchor':'q','$ref':'b'},"
        "'B':{'$id':'http://x/b','$dynamicRef':'#q','$defs':{'q':{'$dynamicAnchor':'q'}}}}",
        "{'A':{'$id':'http://x/a','$dynamicAnchor':'q','$ref':'b'},"
        "'B':{'$id':'http://x/b','allOf':[{'$dynamicRef':'#q'},{'$dynamicRef':'#q'},"
        "{'$dynamicRef':'#q'}],'$defs':{'q':{'$dynamicAnchor':'q'}}}}",
        /* One that nothing leads to, beside a dynamic reference that is right. */
        "{'A':{'$id':'http://x/a','$dynamicRef':'#z','$defs':{'z':{'$dynamicAnchor':'z'},"
        "'q':{'$dynamicAnchor':'q','$ref':'#/$defs/q'}}}}",
        "{'A':{'$defs':{'x':{'$ref':'#/A/$defs/x'}}}}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        static const char *const values[] = {"1", "{'x':{'x':1}}", "['x']", "null"};
        uint64_t steps = 1000;
        struct schema_fixture f;
        const struct schema *s;
        struct jvalue none;

        schema_fixture_open(&f, rows[i]);
        s = schema_fixture_compile(&f, "{'$ref':'#/A'}", SCHEMA_REQUEST);
        cr_expect(f.diags.errors >= 1, "%s", rows[i]);
        for (size_t k = 0; k < f.diags.count; k++)
            cr_expect(strstr(f.diags.items[k].message, "applies itself endlessly"), "%s: %s",
                      rows[i], f.diags.items[k].message);
        for (int k = 0; k < 4; k++)
            schema_fixture_check(&f, s, values[k], NULL);
        schema_types(s);
        schema_property(s, "x");
        schema_requires(s, "x");
        schema_items(s);
        schema_default(s, &none);
        schema_is_closed(s);
        schema_is_hopeless(s, &steps);
        schema_fixture_close(&f);
    }
}

/* A worker has no diags, and must survive such input too. */
Test(schema_errors, survives_endless_schemas_without_diags, .timeout = 60)
{
    static const char schema[] =
        "{'$id':'http://x/a','$dynamicAnchor':'q','$ref':'b','$defs':{'b':{'$id':'b','allOf':["
        "{'$dynamicRef':'#q'},{'$dynamicRef':'#q'}],'$defs':{'q':{'$dynamicAnchor':'q'}}}}}";
    struct json_object *json = schema_fixture_parse(schema);
    struct arena arena = {0};
    struct schema_set *set = schema_set_new(&arena, NULL, NULL, NULL);
    struct violations v = {.arena = &arena};

    cr_expect(!schema_fixture_check_json(schema_compile(set, "", json, SCHEMA_PLAIN), NULL, &v));
    schema_set_free(&set);
    arena_fini(&arena);
    json_object_put(json);
}

/* Appends S0 → S1 → … → S(n-1), an integer; each refers by `link`, in the order of the document or
 * against it. */
static void put_chain(struct buf *out, int n, const char *link, bool is_reversed)
{
    buf_puts(out, "{'S':{");
    for (int i = 0; i < n; i++) {
        int k = is_reversed ? n - 1 - i : i;

        buf_printf(out, "%s'S%d':", i ? "," : "", k);
        if (k == n - 1)
            buf_puts(out, "{'type':'integer'}");
        else
            buf_printf(out, link, k + 1);
    }
    buf_puts(out, "}}");
}

static void run_chain(int n, const char *link, bool is_reversed, bool is_right)
{
    struct buf text = {0}, all = {0};
    uint64_t steps = 1000;
    struct schema_fixture f;
    const struct schema *s;

    put_chain(&text, n, link, is_reversed);
    schema_fixture_open(&f, buf_text(&text));
    /* All of them, in order. */
    buf_puts(&all, "{'prefixItems':[");
    for (int i = 0; i < n; i++)
        buf_printf(&all, "%s{'$ref':'#/S/S%d'}", i ? "," : "", is_reversed ? n - 1 - i : i);
    buf_puts(&all, "]}");
    schema_fixture_compile(&f, buf_text(&all), SCHEMA_REQUEST);
    s = schema_fixture_compile(&f, "{'$ref':'#/S/S0'}", SCHEMA_REQUEST);
    cr_expect((f.diags.errors == 0) == is_right, "%d of %s: %s", n, link,
              f.diags.count ? f.diags.items[0].message : "no error");
    schema_fixture_check(&f, s, "1", NULL);
    schema_types(s);
    schema_property(s, "x");
    schema_is_hopeless(s, &steps);
    schema_fixture_close(&f);
    buf_fini(&text);
    buf_fini(&all);
}

Test(schema_errors, bounds_chains_in_place)
{
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        run_chain(50, "{'$ref':'#/S/S%d'}", is_reversed, true);
        run_chain(300, "{'$ref':'#/S/S%d'}", is_reversed, false);
        run_chain(5000, "{'$ref':'#/S/S%d'}", is_reversed, false);
        run_chain(5000, "{'allOf':[{'$ref':'#/S/S%d'}]}", is_reversed, false);
        run_chain(5000, "{'not':{'$ref':'#/S/S%d'}}", is_reversed, false);
        run_chain(5000, "{'dependentSchemas':{'x':{'$ref':'#/S/S%d'}}}", is_reversed, false);
    }
}

/* Schemas of members may lead from one to the next without bound, because the value ends. */
Test(schema_errors, does_not_bound_chains_through_members)
{
    for (int is_reversed = 0; is_reversed < 2; is_reversed++) {
        run_chain(5000, "{'properties':{'x':{'$ref':'#/S/S%d'}}}", is_reversed, true);
        run_chain(5000, "{'items':{'allOf':[{'$ref':'#/S/S%d'}]}}", is_reversed, true);
        run_chain(50000, "{'additionalProperties':{'$ref':'#/S/S%d'}}", is_reversed, true);
    }
}

Test(schema_errors, bounds_values)
{
    static const char *const rows[] = {
        "{'$ref':'#/T'}",
        "{'not':{'not':{'$ref':'#/T'}}}",
        "{'anyOf':[{'$ref':'#/T'},true]}",
        "{'if':{'$ref':'#/T'},'else':true}",
        "{'oneOf':[{'$ref':'#/T'},{'type':'string'}]}",
    };
    struct buf text = {0};

    for (int i = 0; i < 300; i++)
        buf_puts(&text, "{'n':");
    buf_puts(&text, "1");
    for (int i = 0; i < 300; i++)
        buf_puts(&text, "}");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;
        struct violations v;
        const struct schema *s;

        schema_fixture_open(&f, "{'T':{'properties':{'n':{'$ref':'#/T'}}}}");
        s = schema_fixture_compile(&f, rows[i], SCHEMA_PLAIN);
        cr_expect(schema_fixture_check(&f, s, "{'n':{'n':{}}}", NULL), "%s", rows[i]);
        cr_expect(!schema_fixture_check(&f, s, buf_text(&text), &v), "%s", rows[i]);
        cr_expect(v.count && strcmp(v.items[v.count - 1].keyword, "depth") == 0, "%s", rows[i]);
        schema_fixture_close(&f);
    }
    buf_fini(&text);
}
