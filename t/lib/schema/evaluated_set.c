/* SPDX-License-Identifier: MIT */
/* evaluated_set.h, and its use for objects and arrays of more than 256 parts. */
#include "lib/schema/evaluated_set.h"

#include <criterion/criterion.h>

#include "t/lib/schema/schema_fixture.h"

static const size_t counts[] = {0, 1, 63, 64, 65, 255, 256, 257, 320, 1000};

enum { COUNTS = sizeof(counts) / sizeof(*counts) };

Test(evaluated, remembers_each_index)
{
    for (int i = 0; i < COUNTS; i++) {
        struct budget budget = budget_for(0, &(struct budget_limits){1, SIZE_MAX});
        size_t bytes = budget.bytes;
        struct evaluated a, b;

        cr_assert(evaluated_init(&a, counts[i], &budget));
        cr_assert(evaluated_init(&b, counts[i], &budget));
        cr_expect((budget.bytes < bytes) == (counts[i] > 256), "%zu", counts[i]);
        for (size_t k = 0; k < counts[i]; k++) {
            cr_expect(!evaluated_has(&a, k));
            evaluated_add(k % 3 ? &a : &b, k);
        }
        for (size_t k = 0; k < counts[i]; k++)
            cr_expect(evaluated_has(&a, k) == (k % 3 != 0), "%zu of %zu", k, counts[i]);
        evaluated_merge(&a, &b);
        for (size_t k = 0; k < counts[i]; k++)
            cr_expect(evaluated_has(&a, k), "%zu of %zu", k, counts[i]);
        for (size_t k = 0; k < counts[i]; k++)
            cr_expect(evaluated_has(&b, k) == (k % 3 == 0), "%zu of %zu", k, counts[i]);
        evaluated_add_all(&b);
        for (size_t k = 0; k < counts[i]; k++)
            cr_expect(evaluated_has(&b, k), "%zu of %zu", k, counts[i]);
        evaluated_fini(&a, &budget);
        evaluated_fini(&b, &budget);
        cr_expect(budget.bytes == bytes);
    }
}

Test(evaluated, stops_where_the_memory_ends)
{
    struct budget budget = budget_for(0, &(struct budget_limits){1, 100});
    struct evaluated e;

    cr_expect(!evaluated_init(&e, 1000, &budget) && budget.end == BUDGET_BYTES);
}

/* Returns an object with members m0, m1, …, but `stranger` in place of `at`. */
static struct json_object *object_of(size_t count, size_t at)
{
    struct json_object *out = json_object_new_object();
    char name[32];

    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof(name), i == at ? "x%zu" : i % 2 ? "o%zu" : "e%zu", i);
        json_object_object_add(out, name, json_object_new_int(1));
    }
    return out;
}

static struct json_object *array_of(size_t count, size_t at)
{
    struct json_object *out = json_object_new_array();

    for (size_t i = 0; i < count; i++)
        json_object_array_add(out, i == at ? json_object_new_boolean(true)
                                           : json_object_new_int((int)i % 2));
    return out;
}

static void run(const char *schema, struct json_object *(*make)(size_t count, size_t at))
{
    struct schema_fixture f;
    const struct schema *s;

    schema_fixture_open(&f, "{}");
    s = schema_fixture_compile(&f, schema, SCHEMA_PLAIN);
    for (int i = 0; i < COUNTS; i++) {
        size_t places[] = {SIZE_MAX, 0, counts[i] / 2, counts[i] - 1};

        for (int k = 0; k < (counts[i] ? 4 : 1); k++) {
            struct violations v = {.arena = &f.arena};
            struct json_object *value = make(counts[i], places[k]);

            cr_expect(schema_fixture_check_json(s, value, &v) == (k == 0), "%zu of %zu", places[k],
                      counts[i]);
            cr_expect(v.count == (k != 0), "%zu of %zu: %zu", places[k], counts[i], v.count);
            json_object_put(value);
        }
    }
    schema_fixture_close(&f);
}

Test(evaluated, finds_the_stranger_among_many_members)
{
    run("{'anyOf':[{'patternProperties':{'^e':{}}},{'maxProperties':0},false],"
        "'allOf':[{'allOf':[{'if':true,'then':{'patternProperties':{'^o':{}}}}]}],"
        "'unevaluatedProperties':false}",
        object_of);
}

Test(evaluated, finds_the_stranger_among_many_items)
{
    run("{'anyOf':[{'contains':{'const':0},'minContains':0},{'maxItems':0}],"
        "'allOf':[{'contains':{'const':1},'minContains':0}],'unevaluatedItems':false}",
        array_of);
}
