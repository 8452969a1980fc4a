/* SPDX-License-Identifier: MIT */
/* schema.h: the total cost of checking one value is bounded, in steps and bytes, and ordinary
 * bodies of a mebibyte stay below the bound. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jread.h"
#include "t/fixtures/allocations.h"
#include "t/lib/schema/schema_fixture.h"

enum { SIZE = 1 << 20, DEPTH = 32 };

/* One body, as a worker reads it, fills in defaults, checks it and passes it on. */
struct run {
    struct schema_fixture fixture;
    struct arena arena;
    struct budget budget;
    struct violations violations;
    struct jvalue value;
    bool is_valid;
    uint64_t steps; /* steps taken */
};

/* JSON text with ' for ". */
static void put_quoted(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_putc(out, *text == '\'' ? '"' : *text);
}

static void run_text(struct run *r, const char *schema, struct slice text)
{
    struct jread_fault fault;
    struct buf written = {0};
    const struct schema *s;
    uint64_t steps;

    *r = (struct run){.violations = {.arena = &r->arena}};
    schema_fixture_open(&r->fixture, "{'E':{'anyOf':[{'items':{'$ref':'#/E'}},{'items':{'$ref':"
                                     "'#/E'}}]}}");
    s = schema_fixture_compile(&r->fixture, schema, SCHEMA_REQUEST);
    r->budget = budget_for(text.len, &(struct budget_limits){600000, 64 << 20});
    steps = r->budget.steps;
    r->is_valid = budget_take(&r->budget, text.len) &&
                  jread_value(text, DEPTH, &r->budget, &r->arena, &r->value, &fault) &&
                  (!schema_set_has_defaults(r->fixture.set) ||
                   schema_fill(s, &r->value, &r->arena, &r->budget)) &&
                  schema_check(s, &r->value, "body", "", &r->budget, &r->violations) &&
                  jvalue_write(&written, &r->value, &r->budget);
    r->steps = steps - r->budget.steps;
    buf_fini(&written);
}

static void end_run(struct run *r)
{
    arena_fini(&r->arena);
    schema_fixture_close(&r->fixture);
}

/* Returns a list of as many `unit` as fill `size`; '#' in it is a number that differs in each. */
static struct buf list_of(const char *unit, size_t size)
{
    struct buf out = {0};

    for (unsigned i = 0; out.len < size; i++) {
        buf_putc(&out, i ? ',' : '[');
        for (const char *at = unit; *at; at++)
            if (*at == '#')
                buf_printf(&out, "%u", i);
            else
                buf_putc(&out, *at == '\'' ? '"' : *at);
    }
    buf_putc(&out, ']');
    return out;
}

static void run_list(struct run *r, const char *schema, const char *unit, size_t size)
{
    struct buf text = list_of(unit, size);
    struct slice copy;

    *r = (struct run){0};
    copy = (struct slice){text.data, text.len};
    run_text(r, schema, copy);
    arena_adopt(&r->arena, text.data, text.cap); /* the value lies in it */
}

/* --- What is refused. --- */

static const char country_codes[] =
    "{'items':{'enum':['AD','AE','AF','AG','AI','AL','AM','AO','AQ','AR','AS','AT','AU','AW','AX',"
    "'AZ','BA','BB','BD','BE','BF','BG','BH','BI','BJ','BL','BM','BN','BO','BQ','BR','BS','BT']}}";

struct row {
    const char *schema, *unit;
    enum budget_end end;
};

/* Each is cheap for one value, but the sum is not. */
static const struct row hostile[] = {
    {"{'items':{'pattern':'^(a+)+$'}}", "'aaaaaaaaa!'", BUDGET_STEPS},
    {"{'items':{'pattern':'^([a-z0-9]+-?)*$'}}", "'aaaaaaaa1!'", BUDGET_STEPS},
    {"{'items':{'not':{'pattern':'^(a|aa)+$'}}}", "'aaaaaaaaa!'", BUDGET_STEPS},
    {"{'items':{'pattern':'^(a+)+$'}}", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'", BUDGET_PATTERN},
    {"{'items':{'patternProperties':{'^(a+)+$':{},'^(a|aa)+$':{}}}}", "{'aaaaaaaaa!':1}",
     BUDGET_STEPS},
    {"{'items':{'propertyNames':{'pattern':'^(a+)+$'}}}", "{'aaaaaaaaa!':1}", BUDGET_STEPS},
    {"{'items':{'format':'regex'}}", "'(?<a>::|::|::)'", BUDGET_STEPS},
    {"{'items':{'multipleOf':0.01}}", "1e-200", BUDGET_STEPS},
    {"{'items':{'multipleOf':0.3}}", "12", BUDGET_STEPS},
    {"{'items':{'anyOf':[{'minimum':2},{'minimum':3},{'minimum':4},{'minimum':5},{'minimum':6},"
     "{'minimum':7},{'minimum':8},{'minimum':9}]}}",
     "1", BUDGET_STEPS},
    {"{'anyOf':[{'contains':{'const':2}},{'contains':{'const':3}},{'contains':{'const':4}}],"
     "'unevaluatedItems':false}",
     "1", BUDGET_STEPS},
    {"{'items':{'uniqueItems':true}}", "[[1],[2],[3],[4],[5],[6],[7],[8]]", BUDGET_STEPS},
    {"{'anyOf':[{'contains':{'const':[1,2,3,4,5,6,7,8]}},{'contains':{'const':[1,2,3,4,5,6,7,9]}},"
     "{'contains':{'const':[1,2,3,4,5,6,7,7]}},{'contains':{'const':[1,2,3,4,5,6,7,6]}},"
     "{'contains':{'const':[1,2,3,4,5,6,7,4]}},{'contains':{'const':[1,2,3,4,5,6,7,3]}}]}",
     "[1,2,3,4,5,6,7,5]", BUDGET_STEPS},
    {"{'items':{'properties':{'a':{'default':1}}}}", "{}", BUDGET_BYTES},
    {"{'items':{'required':['a','b','c','d','e','f','g','h','i','j','k','l','m','n','o','p']}}",
     "{}", BUDGET_STEPS},
    {"{}", "4e-320", BUDGET_STEPS},
    {"{'$ref':'#/E'}", "[[[[[[[[[[[[[[1]]]]]]]]]]]]]]", BUDGET_STEPS},
};

Test(schema_budget, bounds_the_sum_of_what_is_cheap_each, .timeout = 120)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        struct run r;

        run_list(&r, hostile[i].schema, hostile[i].unit, SIZE - 64);
        cr_expect(r.fixture.diags.count == 0, "%s", hostile[i].schema);
        cr_expect(!r.is_valid && r.budget.end == hostile[i].end, "%s of %s: %d, %llu steps",
                  hostile[i].schema, hostile[i].unit, r.budget.end, (unsigned long long)r.steps);
        end_run(&r);
    }
}

/* The same value takes the same steps, whatever the machine is doing. */
Test(schema_budget, counts_the_same_each_time, .timeout = 120)
{
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
        struct run first, second;

        run_list(&first, hostile[i].schema, hostile[i].unit, 3000);
        run_list(&second, hostile[i].schema, hostile[i].unit, 3000);
        cr_expect(first.steps == second.steps && first.budget.bytes == second.budget.bytes, "%s",
                  hostile[i].schema);
        end_run(&first);
        end_run(&second);
    }
}

/* Later parts are not checked any more, and nothing is reported about them. */
Test(schema_budget, stops_at_once_when_it_has_ended)
{
    static const struct {
        const char *schema, *value;
    } rows[] = {
        {"{'items':{'pattern':'^(a+)+$','type':'string'}}",
         "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',1,2,3,4]"},
        {"{'patternProperties':{'^(a+)+$':{},'!$':{'type':'string'},'^b':{'type':'string'}}}",
         "{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!':1,'b':1,'b2':2}"},
        {"{'propertyNames':{'pattern':'^(a+)+$'},'additionalProperties':{'type':'string'},"
         "'required':['x'],'dependentRequired':{'b':['y']}}",
         "{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!':'','b':1}"},
        {"{'items':{'pattern':'^(a+)+$'},'contains':{'const':9},'uniqueItems':true,'allOf':[false],"
         "'anyOf':[false],'oneOf':[false],'not':{},'if':{},'then':false}",
         "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',1,1]"},
        {"{'prefixItems':[{'pattern':'^(a+)+$'}],'unevaluatedItems':false}",
         "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',1,1]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf text = {0};
        struct run r;

        put_quoted(&text, rows[i].value);
        run_text(&r, rows[i].schema, buf_slice(&text));
        cr_expect(r.budget.end == BUDGET_PATTERN, "%s", rows[i].schema);
        cr_expect(r.violations.count == 1, "%s: %zu", rows[i].schema, r.violations.count);
        cr_expect_str_eq(r.violations.items[0].keyword, "steps");
        end_run(&r);
        buf_fini(&text);
    }
}

/* However many violations there are, the last one reported says why there is no verdict. */
Test(schema_budget, says_why_it_ended_behind_what_it_found)
{
    struct run r;

    run_list(&r, "{'items':{'type':'string','anyOf':[{},{'pattern':'^(a+)+$'}]}}", "1", 2000);
    cr_expect(r.violations.count > VIOLATIONS_MAX && r.budget.end == BUDGET_ENOUGH);
    end_run(&r);
    run_list(
        &r, "{'prefixItems':[{'type':'string'}],'items':{'type':'string','pattern':'^(a+)+$'}}",
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,"
        "34,35,'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'",
        100);
    cr_expect(r.violations.count == VIOLATIONS_MAX, "%zu", r.violations.count);
    cr_expect_str_eq(r.violations.items[VIOLATIONS_MAX - 1].keyword, "steps");
    end_run(&r);
}

/* --- What is ordinary. --- */

static const struct row ordinary[] = {
    /* rows of a hundred bytes with eight members */
    {"{'items':{'type':'object','required':['id','name'],'properties':{'id':{'type':'integer',"
     "'minimum':0},'name':{'type':'string','minLength':1,'maxLength':100},'mail':{'type':'string',"
     "'format':'email'},'age':{'type':'integer','maximum':150},'ok':{'type':'boolean'},'x':{'type':"
     "['string','null']},'tag':{'type':'string','pattern':'^[a-z]+(-[a-z]+)*$'},'n':{'type':"
     "'number','multipleOf':0.01,'default':0}}}}",
     "{'id':#,'name':'Ann Example','mail':'ann@example.org','age':42,'ok':true,'x':null,"
     "'tag':'ab-c','n':1.25}",
     BUDGET_ENOUGH},
    /* GeoJSON whose type comes last */
    {"{'items':{'oneOf':[{'properties':{'coordinates':{'type':'array','items':{'type':'number'}},"
     "'type':{'const':'Point'}},'required':['type']},{'properties':{'coordinates':{'type':'array',"
     "'items':{'type':'array','items':{'type':'number'}}},'type':{'const':'MultiPoint'}},'required'"
     ":['type']},{'properties':{'coordinates':{'type':'array','items':{'type':'array','items':"
     "{'type':'number'}}},'type':{'const':'LineString'}},'required':['type']}]}}",
     "{'coordinates':[[16.37208,48.20849],[16.3721,48.2085],[16.37,48.2]],'type':'LineString'}",
     BUDGET_ENOUGH},
    {"{'items':{'type':'array','maxItems':3072,'items':{'type':'number'}}}",
     "[-0.006929283495992422,0.0253891,-0.5,0.12345678901234567]", BUDGET_ENOUGH},
    {"{'items':{'type':'integer','minimum':0,'maximum':255}}", "7", BUDGET_ENOUGH},
    {"{'items':{'type':'string','pattern':'^[A-Z]{3}-[0-9]{4}$'}}", "'ABC-1234'", BUDGET_ENOUGH},
    {"{'items':{'type':'string','pattern':'^[a-z0-9]+(?:-[a-z0-9]+)*$'}}",
     "'read-the-tour-and-write-down-what-is-odd'", BUDGET_ENOUGH},
    {"{'items':{'type':'string','format':'date-time'}}", "'2026-12-24T18:00:00Z'", BUDGET_ENOUGH},
    {"{'items':{'type':'string','format':'uuid'},'uniqueItems':true}",
     "'0194f8a0-7c5e-7d3b-8a21-#'", BUDGET_ENOUGH},
    {"{'items':{'type':'string','maxLength':20}}", "'a'", BUDGET_ENOUGH},
    {"{'uniqueItems':true,'items':{'type':'integer'}}", "#", BUDGET_ENOUGH},
    {country_codes, "'BT'", BUDGET_ENOUGH},
    {"{}", "{}", BUDGET_ENOUGH},
    {"{}", "0.1", BUDGET_ENOUGH},
};

Test(schema_budget, lets_ordinary_bodies_pass, .timeout = 120)
{
    for (size_t i = 0; i < sizeof(ordinary) / sizeof(*ordinary); i++) {
        struct run r;

        run_list(&r, ordinary[i].schema, ordinary[i].unit, SIZE - 256);
        cr_expect(r.budget.end == BUDGET_ENOUGH, "%s of %s: %s", ordinary[i].schema,
                  ordinary[i].unit, budget_text(&r.budget, &r.arena));
        cr_expect(r.is_valid || strstr(ordinary[i].unit, "-#"), "%s: %s", ordinary[i].schema,
                  r.violations.count ? r.violations.items[0].message : "");
        end_run(&r);
    }
}

/* An item costs no more with a large enum than with a small one. */
Test(schema_budget, finds_a_value_in_a_large_enum_by_its_hash)
{
    struct buf large = {0};
    struct run few, many;

    buf_puts(&large, "{'items':{'enum':['BT'");
    for (int i = 0; i < 2000; i++)
        buf_printf(&large, ",'%d',[%d],{'a':%d}", i, i, i);
    buf_puts(&large, "]}}");
    run_list(&few, country_codes, "'BT'", 10000);
    run_list(&many, buf_text(&large), "'BT'", 10000);
    cr_expect(few.is_valid && many.is_valid);
    cr_expect(many.steps < 2 * few.steps, "%llu, %llu", (unsigned long long)many.steps,
              (unsigned long long)few.steps);
    end_run(&few);
    end_run(&many);
    run_list(&many, buf_text(&large), "[1999],{'a':7.0},'17',[2e0]", 10000);
    cr_expect(many.is_valid);
    end_run(&many);
    run_list(&many, buf_text(&large), "[2000]", 100);
    cr_expect(!many.is_valid && many.budget.end == BUDGET_ENOUGH);
    end_run(&many);
    buf_fini(&large);
}

/* Whichever value it is, and whatever the process's key is: the same body must not pass now and
 * then. */
Test(schema_budget, finds_each_value_of_a_large_enum_at_the_same_cost)
{
    struct buf large = {0};
    unsigned long long cost = 0;
    struct run r;
    char unit[8];

    buf_puts(&large, "{'items':{'enum':['v100'");
    for (int i = 101; i < 600; i++)
        buf_printf(&large, ",'v%d'", i);
    buf_puts(&large, "]}}");
    for (int i = 100; i < 600; i++) {
        snprintf(unit, sizeof(unit), "'v%d'", i);
        run_list(&r, buf_text(&large), unit, 700);
        cr_expect(r.is_valid && (!cost || r.steps == cost), "%s: %llu, %llu", unit,
                  (unsigned long long)r.steps, cost);
        cost = r.steps;
        end_run(&r);
    }
    buf_fini(&large);
}

/* --- Memory. --- */

/* Measures all memory from malloc() at the peak, including the body. */
Test(schema_budget, takes_a_small_multiple_of_the_body, .timeout = 120)
{
    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
        for (size_t size = 256 << 10; size <= SIZE; size *= 2) {
            size_t before = allocations_bytes(), peak;
            struct run r;

            allocations_reset_peak();
            run_list(&r, hostile[i].schema, hostile[i].unit, size - 64);
            peak = allocations_peak() - before;
            /* The buffer of the text is at most twice the body, which is more than a worker has. */
            cr_expect(peak <= 20 * size + (1 << 20) + size, "%s of %zu: %zu bytes, %.1f times",
                      hostile[i].schema, size, peak, (double)peak / (double)size);
            end_run(&r);
        }
}

/* The tree of a regular expression is larger than its text. */
Test(schema_budget, takes_a_small_multiple_of_a_long_text)
{
    static const char *const units[] = {"a", ".", "a|", "(?=a)", "[a]", "a*", "\\\\p{L}"};

    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        for (size_t size = 1 << 10; size <= 64 << 10; size *= 2) {
            size_t before = allocations_bytes(), peak;
            struct buf text = {0};
            struct run r;

            buf_puts(&text, "\"");
            while (text.len < size)
                buf_puts(&text, units[i]);
            buf_puts(&text, "\"");
            allocations_reset_peak();
            run_text(&r, "{'format':'regex'}", buf_slice(&text));
            peak = allocations_peak() - before;
            cr_expect(peak <= 20 * size + (512 << 10), "%s, %zu: %zu bytes", units[i], size, peak);
            cr_expect(r.is_valid || r.budget.end != BUDGET_ENOUGH, "%s", units[i]);
            end_run(&r);
            buf_fini(&text);
        }
}

/* Names as long as a body would otherwise be in the pointer of each violation below them. */
Test(schema_budget, keeps_pointers_short)
{
    struct buf text = {0};
    struct run r;

    buf_puts(&text, "{\"");
    for (int i = 0; i < 100000; i++)
        buf_puts(&text, "ab");
    buf_puts(&text, "\":{\"x\":[1");
    for (int i = 0; i < 40; i++)
        buf_puts(&text, ",1");
    buf_puts(&text, "]}}");
    run_text(&r, "{'additionalProperties':{'properties':{'x':{'items':{'type':'string'}}}}}",
             buf_slice(&text));
    cr_expect(r.violations.count == 41);
    for (size_t i = 0; i < VIOLATIONS_MAX; i++)
        cr_expect(strlen(r.violations.items[i].pointer) <= 1024);
    cr_expect_str_eq(r.violations.items[0].pointer, "");
    end_run(&r);
    text.len = 0;
    put_quoted(&text, "{'a':{'x':['ok',1]}}");
    run_text(&r, "{'additionalProperties':{'properties':{'x':{'items':{'type':'string'}}}}}",
             buf_slice(&text));
    cr_expect_str_eq(r.violations.items[0].pointer, "/a/x/1");
    end_run(&r);
    buf_fini(&text);
}
