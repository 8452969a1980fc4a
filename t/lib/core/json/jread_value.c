/* SPDX-License-Identifier: MIT */
/* jread.h: jread_value() must agree with jread_text() on every text. */
#include "lib/core/json/jread.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "lib/core/system/file.h"
#include "lib/core/json/jwrite.h"
#include "t/fixtures/allocations.h"

enum { DEPTH = 64 };

static const struct budget_limits limits = {.values = 1 << 22, .bytes = SIZE_MAX};

/* Expects from both readers the same verdict, value and fault. */
static bool expect_same(struct slice text)
{
    struct budget budget = budget_endless();
    struct arena arena = {0};
    struct jvalue value;
    struct json_object *json;
    struct jread_fault fault = {0}, want = {0};
    bool ok = jread_value(text, DEPTH, &budget, &arena, &value, &fault);
    struct buf got = {0}, other = {0};

    cr_expect(ok == jread_text(text.data, text.len, DEPTH, NULL, &json, &want), "%.60s", text.data);
    if (ok) {
        jvalue_write(&got, &value, &budget);
        jwrite_value(&other, json);
        cr_expect_str_eq(buf_text(&got), buf_text(&other));
    } else {
        cr_expect_str_eq(fault.message, want.message);
        cr_expect(fault.offset == want.offset && fault.line == want.line && fault.col == want.col,
                  "%.60s: %zu, not %zu", text.data, fault.offset, want.offset);
    }
    json_object_put(json);
    arena_fini(&arena);
    buf_fini(&got);
    buf_fini(&other);
    return ok;
}

Test(jread_value, sees_what_jread_text_sees)
{
    static const struct {
        const char *text;
        bool is_json;
    } rows[] = {
        {" {\"a\": [1, -2.5, 1e300, true, false, null, \"x\", {}, []]} ", true},
        {"\"\\u0000\\ud834\\udd1e\\n\"", true},
        {"{\"\\u0000\":1,\"\\u0000a\":2,\"\":3}", true},
        {"[9223372036854775807,9223372036854775808,-9223372036854775808]", true},
        {"[[],[[]],{\"a\":{\"b\":[]}}]", true},
        {"{\"a\":1,\"a\":2}", false},
        {"{\"a\":1,\"\\u0061\":2}", false},
        {"[1,\n {\"b\": 1,\n  \"b\": 2}]", false},
        {"[1,]", false},
        {"{\"a\":}", false},
        {"[1", false},
        {"1 2", false},
        {"", false},
        {"1e400", false},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]"
         "]]]]"
         "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(expect_same(slice_of(rows[i].text)) == rows[i].is_json, "%s", rows[i].text);
}

/* At every size an object may have, for every pair of members. */
Test(jread_value, refuses_a_name_that_occurs_twice)
{
    for (int n = 2; n < 40; n++)
        for (int twin = 0; twin < n; twin++) {
            struct buf text = {0};

            buf_putc(&text, '{');
            for (int i = 0; i < n; i++)
                buf_printf(&text, "\"m%d\":%d,", i, i);
            cr_expect(!expect_same((struct slice){text.data, text.len - 1}));
            buf_printf(&text, "\"%sm%d\":0}", twin % 2 ? "" : "\\u0000", twin);
            cr_expect(expect_same(buf_slice(&text)) == (twin % 2 == 0), "%d of %d", twin, n);
            text.len = 0;
            buf_printf(&text, "{\"m\":1,");
            for (int i = 0; i < n; i++)
                buf_printf(&text, "\"m%d\":{\"m%d\":%d}%c", i, i, i, i == n - 1 ? '}' : ',');
            cr_expect(expect_same(buf_slice(&text)));
            buf_fini(&text);
        }
}

static void put_many(struct buf *out, const char *unit, size_t count, bool is_object)
{
    buf_putc(out, is_object ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        buf_puts(out, i ? "," : "");
        if (is_object)
            buf_printf(out, "\"%zx\":", i);
        buf_puts(out, unit);
    }
    buf_putc(out, is_object ? '}' : ']');
}

/* Large containers are not copied to the arena, but given to it, wherever they are. */
Test(jread_value, reads_large_containers_in_all_places)
{
    static const char *const around[][2] = {
        {"", ""},
        {"[", "]"},
        {"{\"a\":", ",\"b\":[1,2]}"},
        {"[[1,2,{\"x\":[3,", "],\"y\":{}}],4]"},
        {"[{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":1,"
         "\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1,\"s\":",
         ",\"t\":[[]],\"u\":0}]"},
    };

    for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++)
        for (int kind = 0; kind < 8; kind++) {
            struct buf text = {0};

            buf_puts(&text, around[i][0]);
            put_many(&text, kind & 2 ? "[1]" : "\"\\n\"", kind & 4 ? 30000 : 3000, kind & 1);
            buf_putc(&text, ',');
            if (i == 2)
                buf_puts(&text, "\"z\":");
            put_many(&text, "{}", 20000, !(kind & 1));
            buf_puts(&text, around[i][1]);
            cr_expect(expect_same(buf_slice(&text)) == (i == 1 || i == 2 || i == 3), "%zu %d", i,
                      kind);
            buf_fini(&text);
        }
}

/* Shapes that need much memory for their text: a value takes 16 bytes and a member 32. */
static const struct shape {
    const char *unit;
    bool is_object;
} shapes[] = {
    {"1", false},
    {"{}", false},
    {"[]", false},
    {"[1]", false},
    {"\"\"", false},
    {"\"\\n\"", false},
    {"{\"\":1}", false},
    {"[[[[[[1]]]]]]", false},
    {"[[],[]]", false},
    {"1", true},
    {"[]", true},
    {"\"\\n\\n\\n\\n\"", true},
    {"1e5", false},
    {"\"\\u0001\"", false},
    {"{\"\\n\":\"\\n\"}", false},
    {"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,"
     "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1}",
     false},
    {"{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,\"k\":1,"
     "\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"A\":1,\"B\":1,\"C\":1,\"D\":1,\"E\":1,"
     "\"F\":1,\"G\":1,\"H\":1,\"I\":1,\"J\":1,\"K\":1,\"L\":1,\"M\":1,\"N\":1,\"O\":1,\"P\":1}",
     false},
};

static void put_shape(struct buf *out, const struct shape *shape, size_t size)
{
    size_t count = size / (strlen(shape->unit) + (shape->is_object ? 9 : 1));

    put_many(out, shape->unit, count, shape->is_object);
}

/* Memory from malloc() at the peak, including the text: at most 20 bytes per byte. */
Test(jread_value, takes_a_small_multiple_of_the_text)
{
    static const size_t sizes[] = {64 << 10, 300 << 10, 700 << 10, 1 << 20};

    if (!allocations_are_counted())
        cr_skip_test("a sanitizer has the allocator");
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
        for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
            struct arena arena = {0};
            struct buf text = {0};
            struct jread_fault fault;
            struct jvalue value;
            struct budget budget;
            size_t before, peak;

            put_shape(&text, &shapes[i], sizes[k]);
            budget = budget_for(text.len, &limits);
            before = allocations_bytes();
            allocations_reset_peak();
            cr_expect(jread_value(buf_slice(&text), DEPTH, &budget, &arena, &value, &fault),
                      "%.40s: %s", text.data, fault.message);
            peak = allocations_peak() - before + text.len;
            cr_expect(peak <= 20 * text.len, "%.40s of %zu bytes: %zu bytes, %.1f times", text.data,
                      text.len, peak, (double)peak / (double)text.len);
            cr_expect(arena_size(&arena) <= allocations_bytes() - before);
            arena_fini(&arena);
            cr_expect(allocations_bytes() == before, "%.40s", text.data);
            buf_fini(&text);
        }
}

static enum budget_end end_of(struct slice text, struct budget budget)
{
    struct arena arena = {0};
    struct jread_fault fault;
    struct jvalue value;
    bool ok = jread_value(text, DEPTH, &budget, &arena, &value, &fault);

    cr_expect(ok == (budget.end == BUDGET_ENOUGH));
    arena_fini(&arena);
    return budget.end;
}

Test(jread_value, counts_every_value)
{
    static const struct {
        const char *text;
        size_t values;
    } rows[] = {{"1", 1},
                {"[]", 1},
                {"[1,2,3]", 4},
                {"{\"a\":1}", 2},
                {"[[],[{}],\"\"]", 5},
                {"{\"a\":{\"b\":null}}", 3}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t n = 0; n < 8; n++) {
            struct budget budget = budget_for(100, &(struct budget_limits){n, SIZE_MAX});

            cr_expect(end_of(slice_of(rows[i].text), budget) ==
                          (n < rows[i].values ? BUDGET_VALUES : BUDGET_ENOUGH),
                      "%s with %zu", rows[i].text, n);
        }
}

/* Only the budget may end, however small it is, and nothing else may go wrong. */
Test(jread_value, stops_wherever_the_budget_ends)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct buf text = {0};
        struct budget all;

        put_shape(&text, &shapes[i], 100 << 10);
        for (size_t part = 0; part < 40; part++) {
            all = budget_for(text.len, &limits);
            all.bytes = all.bytes / 40 * part;
            end_of(buf_slice(&text), all);
            all = budget_for(text.len, &limits);
            all.steps = text.len / 40 * part;
            end_of(buf_slice(&text), all);
        }
        all = budget_for(text.len, &limits);
        all.bytes = text.len / 4;
        cr_expect(end_of(buf_slice(&text), all) == BUDGET_BYTES, "%.40s", text.data);
        all = budget_for(text.len, &limits);
        all.steps = text.len / 100;
        cr_expect(end_of(buf_slice(&text), all) == BUDGET_STEPS, "%.40s", text.data);
        buf_fini(&text);
    }
}

/* Numbers that take strtod() long cost more steps. */
Test(jread_value, charges_hard_numbers)
{
    static const char *const units[] = {"1.5", "4e-320", "1e300", "1.7976931348623157e308"};
    uint64_t steps[4];

    for (size_t i = 0; i < 4; i++) {
        struct budget budget = budget_endless();
        struct arena arena = {0};
        struct buf text = {0};
        struct jread_fault fault;
        struct jvalue value;

        put_many(&text, units[i], 1000, false);
        cr_expect(jread_value(buf_slice(&text), DEPTH, &budget, &arena, &value, &fault));
        steps[i] = UINT64_MAX - budget.steps;
        cr_expect(i == 0 || steps[i] > 5 * steps[0], "%s: %llu", units[i],
                  (unsigned long long)steps[i]);
        arena_fini(&arena);
        buf_fini(&text);
    }
}

static void run_case(const char *folder, const char *name)
{
    char path[1024];
    struct buf text = {0};

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cr_assert(file_read(path, 1 << 20, &text), "%s", path);
    expect_same((struct slice){text.len ? text.data : "", text.len});
    buf_fini(&text);
}

Test(jread_value, agrees_with_jread_text_on_the_json_suite)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char folder[512];
    struct dirent **entries;
    int n;

    snprintf(folder, sizeof(folder), "%s%s/json-parsing/test_parsing",
             suites   ? suites
             : source ? source
                      : ".",
             suites ? "" : "/../shared/suites");
    n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        cr_skip_test("the JSON suite is not at %s", folder);
    for (int i = 0; i < n; i++) {
        if (strstr(entries[i]->d_name, ".json"))
            run_case(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}
