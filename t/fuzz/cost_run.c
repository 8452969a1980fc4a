/* SPDX-License-Identifier: MIT */
/*
 * Repeats the path of a request body in a worker: read, fill in defaults, check. Schemas are
 * compiled once, because only the body varies. PCRE2's memory for hard matches is allocated by a
 * first match at start; otherwise the first input that needs it would be charged for it.
 */
#include "t/fuzz/cost_run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/core/json/jread.h"
#include "lib/schema/schema.h"
#include "t/fixtures/allocations.h"

enum { DEPTH = 32 };

static const char definitions[] =
    "{'A':{'anyOf':[{'items':{'$ref':'#/A'},'required':['a']},{'items':{'$ref':'#/A'}},"
    "{'additionalProperties':{'$ref':'#/A'}}]},"
    "'T':{'oneOf':[{'type':'integer'},"
    "{'type':'object','properties':{'l':{'$ref':'#/T'},'r':{'$ref':'#/T'}},'required':['a']},"
    "{'type':'object','properties':{'l':{'$ref':'#/T'},'r':{'$ref':'#/T'}}}]},"
    "'D':{'$id':'http://d/','$dynamicAnchor':'n','properties':{'x':{'$dynamicRef':'#n'}},"
    "'items':{'$dynamicRef':'#n'},'unevaluatedProperties':{'type':'integer'}}}";

static const char *const texts[] = {
#define SCHEMA(text) text,
#include "t/fuzz/cost.def"
#undef SCHEMA
};

enum { SCHEMAS = sizeof(texts) / sizeof(*texts) };

static struct json_object *parse(const char *text)
{
    struct json_object *value;
    struct jread_fault fault;
    char *quoted = strdup(text);

    for (char *at = quoted; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    assert(jread_text(quoted, strlen(quoted), DEPTH, "cost.json", &value, &fault));
    free(quoted);
    return value;
}

unsigned cost_schemas(void)
{
    return SCHEMAS;
}

/* Makes a hard match, for which PCRE2 allocates memory that later matches share. */
static void warm_up(void)
{
    static const char hard[] = "{'pattern':'^(?:a|aa)*$'}";
    struct arena arena = {0};
    struct schema_set *set = schema_set_new(&arena, NULL, NULL, NULL);
    struct json_object *json = parse(hard);
    struct budget budget = budget_endless();
    struct buf text = {0};
    struct jvalue value;

    for (int i = 0; i < 100000; i++)
        buf_putc(&text, 'a');
    value = jvalue_string(buf_slice(&text));
    schema_check(schema_compile(set, "", json, SCHEMA_PLAIN), &value, "", "", &budget, NULL);
    schema_set_free(&set);
    json_object_put(json);
    arena_fini(&arena);
    buf_fini(&text);
}

/* Returns the schema, which is compiled once and lives as long as the process. */
static const struct schema *find_schema(unsigned number)
{
    static const struct schema *compiled[SCHEMAS];
    static struct arena arena;
    static struct schema_set *set;
    struct diags diags = {0};

    if (!set) {
        set = schema_set_new(&arena, &diags, NULL, NULL);
        schema_set_add(set, "", parse(definitions));
        for (unsigned i = 0; i < SCHEMAS; i++)
            compiled[i] = schema_compile(set, "", parse(texts[i]), SCHEMA_REQUEST);
        diags_print(&diags, stderr);
        assert(!diags.errors);
        warm_up();
    }
    return compiled[number % SCHEMAS];
}

static void put_unit(struct buf *out, struct slice unit, unsigned number)
{
    for (size_t i = 0; i < unit.len; i++)
        if (unit.data[i] == '#')
            buf_printf(out, "%u", number);
        else
            buf_putc(out, unit.data[i]);
}

/* Builds the body. Returns false if the input has no unit. */
static bool write_body(struct slice text, size_t size, struct buf *out)
{
    struct slice before = slice_cut(&text, '\n'), unit = slice_cut(&text, '\n');

    buf_reserve(out, size + 1);
    buf_put(out, before.data, before.len);
    for (unsigned i = 0; unit.len && out->len + unit.len + text.len + 8 < size; i++)
        put_unit(out, unit, i);
    buf_put(out, text.data, text.len);
    return unit.len > 0;
}

static uint64_t clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Processes the body as workers/layers do: reads it, adds the defaults, checks it. */
static void run(const struct schema *s, struct slice body, struct budget *budget)
{
    struct arena arena = {0};
    struct violations v = {.arena = &arena};
    struct jread_fault fault;
    struct jvalue value;

    if (budget_take(budget, body.len) && jread_value(body, DEPTH, budget, &arena, &value, &fault) &&
        schema_fill(s, &value, &arena, budget))
        schema_check(s, &value, "body", "", budget, &v);
    arena_fini(&arena);
}

struct cost cost_run(struct slice input, size_t size)
{
    static const struct budget_limits limits = {.values = 600000, .bytes = 64 << 20};
    struct cost cost = {.schema = (unsigned)((unsigned char)input.data[0] - '0') % SCHEMAS};
    const struct schema *s = find_schema(cost.schema);
    struct buf body = {0};
    struct budget budget;
    uint64_t begin;
    size_t before;

    cost.is_scalable = write_body((struct slice){input.data + 1, input.len - 1}, size, &body);
    cost.size = body.len;
    budget = budget_for(body.len, &limits);
    cost.allowed = budget.steps;
    before = allocations_bytes();
    allocations_reset_peak();
    begin = clock_ns();
    run(s, buf_slice(&body), &budget);
    cost.ns = clock_ns() - begin;
    cost.bytes = allocations_peak() - before;
    cost.steps = cost.allowed - budget.steps;
    cost.end = budget.end;
    buf_fini(&body);
    return cost;
}
