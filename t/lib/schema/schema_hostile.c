/* SPDX-License-Identifier: MIT */
/* schema.h: a document may be hostile too. Small schemas that mean endless work are refused where
 * they are, and large ones are compiled in one pass. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "t/lib/schema/schema_fixture.h"

enum { LEVELS = 60, MANY = 30000 };

/* Appends {"S": {"S0": …, "S60": …}}: each level refers to the next twice or more, by `link`. */
static void put_levels(struct buf *out, const char *link, const char *last)
{
    buf_puts(out, "{'S':{");
    for (int i = 0; i < LEVELS; i++) {
        buf_printf(out, "'S%d':", i);
        for (const char *at = link; *at; at++)
            if (*at == '@')
                buf_printf(out, "{'$ref':'#/S/S%d'}", i + 1);
            else
                buf_putc(out, *at);
        buf_putc(out, ',');
    }
    buf_printf(out, "'S%d':%s}}", LEVELS, last);
}

static void open_levels(struct schema_fixture *f, const char *link, const char *last)
{
    struct buf text = {0};

    put_levels(&text, link, last);
    schema_fixture_open(f, buf_text(&text));
    buf_fini(&text);
}

static void count_name(void *arg, const char *name, const struct schema *member)
{
    (void)name, (void)member;
    ++*(size_t *)arg;
}

/* Two branches per level are 2^60 schemas that apply to one value. */
Test(schema_hostile, refuses_schemas_that_multiply, .timeout = 120)
{
    static const char *const links[] = {
        "{'allOf':[@,@]}",
        "{'anyOf':[@,@]}",
        "{'oneOf':[@,{'type':'null'},@]}",
        "{'not':@,'$ref':'#/S/S60','allOf':[@]}",
        "{'if':@,'then':@,'else':@}",
        "{'dependentSchemas':{'a':@,'b':@}}",
        "{'$dynamicRef':'#/S/S60','anyOf':[@,@]}",
        "{'anyOf':[@,@],'discriminator':{'propertyName':'p'}}",
    };

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        static const char last[] = "{'type':'object','properties':{'a':{'type':'integer'}}}";
        struct schema_fixture f;
        const struct schema *s;
        size_t names = 0;

        open_levels(&f, links[i], last);
        s = schema_fixture_compile(&f, "{'$ref':'#/S/S0'}", SCHEMA_REQUEST);
        cr_expect(f.diags.errors > 0, "%s", links[i]);
        for (size_t k = 0; k < f.diags.count; k++)
            cr_expect_str_eq(f.diags.items[k].message,
                             "more than 16384 schemas apply to the same value");
        schema_property(s, "b");
        schema_is_hidden(s, "b");
        schema_each_property(s, count_name, &names);
        cr_expect(names <= 16384);
        schema_fixture_close(&f);
    }
}

/* A tree of members may have any size, because a value takes one way through it. */
Test(schema_hostile, takes_members_that_multiply, .timeout = 120)
{
    static const char *const links[] = {
        "{'type':'object','properties':{'l':@,'r':@}}",
        "{'type':'array','items':@,'contains':@}",
        "{'additionalProperties':@,'propertyNames':@,'patternProperties':{'x':@}}",
        "{'prefixItems':[@,@],'unevaluatedItems':@}",
    };

    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        struct schema_fixture f;

        open_levels(&f, links[i], "{'type':'integer'}");
        schema_fixture_compile(&f, "{'$ref':'#/S/S0'}", SCHEMA_REQUEST);
        cr_expect(f.diags.errors == 0, "%s: %s", links[i],
                  f.diags.count ? f.diags.items[0].message : "");
        schema_fixture_close(&f);
    }
}

/* Whether a member is readOnly depends on all schemas that it consists of. */
Test(schema_hostile, asks_each_schema_once_whether_it_is_read_only, .timeout = 120)
{
    struct schema_fixture f;
    const struct schema *s;

    open_levels(&f, "{'allOf':[@,@,@,@,@,@,@,@]}", "{'type':'integer','readOnly':true}");
    s = schema_fixture_compile(&f, "{'properties':{'a':{'$ref':'#/S/S48'},'b':{}}}",
                               SCHEMA_REQUEST);
    cr_expect(schema_is_hidden(s, "a") && !schema_is_hidden(s, "b"));
    schema_fixture_close(&f);
}

/* Appends 20 levels of a value, each inspected by three of the alternatives: 3^20. */
static void put_tree(struct buf *out)
{
    for (int i = 0; i < 20; i++)
        buf_puts(out, "{'l':");
    buf_putc(out, '1');
    for (int i = 0; i < 20; i++)
        buf_putc(out, '}');
}

Test(schema_hostile, bounds_the_check_of_its_own_values, .timeout = 120)
{
    static const char tree[] =
        "{'E':{'oneOf':[{'type':'integer'},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'}},'required':['a']},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'}},'required':['b']},"
        "{'type':'object','properties':{'l':{'$ref':'#/E'}}}]}}";
    static const char *const keywords[] = {"'default':", "'const':", "'enum':["};

    for (size_t i = 0; i < 3; i++) {
        struct buf text = {0};
        struct schema_fixture f;

        buf_printf(&text, "{'$ref':'#/E',%s", keywords[i]);
        put_tree(&text);
        for (int k = 0; i == 2 && k < 100; k++) {
            buf_putc(&text, ',');
            put_tree(&text);
        }
        buf_puts(&text, i == 2 ? "]}" : "}");
        schema_fixture_open(&f, tree);
        schema_fixture_compile(&f, buf_text(&text), SCHEMA_REQUEST);
        cr_expect_eq(f.diags.errors, i == 0); /* that no value is valid cannot be reported */
        if (f.diags.count)
            cr_expect_str_eq(f.diags.items[0].message,
                             "default: checking the defaults takes too many steps");
        schema_fixture_close(&f);
        buf_fini(&text);
    }
}

/* Compiles a list or map of MANY, each made by `format` from its number. */
static const struct schema *compile_many(struct schema_fixture *f, const char *head,
                                         const char *format, const char *tail)
{
    struct buf text = {0};
    const struct schema *s;

    buf_puts(&text, head);
    for (int i = 0; i < MANY; i++) {
        buf_puts(&text, i ? "," : "");
        buf_printf(&text, format, i, i); /* NOLINT(clang-diagnostic-format-nonliteral) */
    }
    buf_puts(&text, tail);
    schema_fixture_open(f, "{}");
    s = schema_fixture_compile(f, buf_text(&text), SCHEMA_REQUEST);
    buf_fini(&text);
    return s;
}

Test(schema_hostile, finds_one_of_many)
{
    static const struct {
        const char *head, *format, *tail, *good, *bad;
    } rows[] = {
        {"{'$ref':'#a29999','$defs':{", "'d%d':{'$anchor':'a%d','const':'x'}", "}}", "'x'", "'y'"},
        {"{'$ref':'http://x/29999','$defs':{", "'d%d':{'$id':'http://x/%d','const':'x'}", "}}",
         "'x'", "'y'"},
        {"{'enum':[", "'%d'", ",'x']}", "'x'", "'y'"},
        {"{'enum':[", "[0]", ",'x']}", "'x'", "'y'"}, /* the same one, repeatedly */
        {"{'properties':{", "'p%d':{'const':1}", "}}", "{'p29999':1}", "{'p29999':2}"},
        {"{'properties':{", "'\\u0000%d':{'const':1}", "}}", "{'\\u000029999':1}",
         "{'\\u000029999':2}"},
        {"{'required':[", "'q%d','p%d'", "]}", NULL, "{'p29999':2}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct schema_fixture f;
        const struct schema *s = compile_many(&f, rows[i].head, rows[i].format, rows[i].tail);

        cr_expect(f.diags.errors == 0, "%s: %s", rows[i].head,
                  f.diags.count ? f.diags.items[0].message : "");
        cr_expect(!rows[i].good || schema_fixture_check(&f, s, rows[i].good, NULL), "%s",
                  rows[i].head);
        cr_expect(!schema_fixture_check(&f, s, rows[i].bad, NULL), "%s", rows[i].head);
        schema_fixture_close(&f);
    }
}

/* A duplicate among many is still reported. */
Test(schema_hostile, tells_what_occurs_twice_among_many)
{
    static const struct {
        const char *format, *tail, *message;
    } rows[] = {
        {"'d%d':{'$anchor':'a%d'}", ",'z':{'$anchor':'a7'}}}", "$anchor: a7 occurs twice"},
        {"'d%d':{'$id':'http://x/%d'}", ",'z':{'$id':'http://x/7'}}}",
         "$id: http://x/7 occurs twice"},
    };

    for (size_t i = 0; i < 2; i++) {
        struct schema_fixture f;

        compile_many(&f, "{'$defs':{", rows[i].format, rows[i].tail);
        cr_assert_eq(f.diags.errors, 1);
        cr_expect_str_eq(f.diags.items[0].message, rows[i].message);
        schema_fixture_close(&f);
    }
}

/* Mistakes are reported once each, but not more of them than anybody reads. */
Test(schema_hostile, tells_some_of_many_mistakes)
{
    struct schema_fixture f;

    compile_many(&f, "{'$defs':{", "'d%d':{'type':'t%d'}", "}}");
    cr_expect(f.diags.count <= DIAGS_MAX + 1 && f.diags.errors > DIAGS_MAX);
    schema_fixture_close(&f);
}
