/* SPDX-License-Identifier: MIT */
/*
 * What validating costs beside parsing: the body that creates a todo, and a nested order of 5 KB.
 * In each round json-c's tokener, jread's two readers and the validator have their turns, so that
 * what disturbs the machine disturbs all of them. Ends with 1 where a valid body is refused, or
 * costs an allocation.
 *
 *     schema FOLDER     bench/bodies
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/conf/yaml.h"
#include "lib/core/clock.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jread.h"
#include "lib/schema/schema.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

enum { ROUNDS = 41, DEPTH = 64, ROUND_NS = 2000000 };
enum subject { TOKENER, TREE, JREAD, CHECK, SUBJECTS };

struct body {
    const char *text;
    size_t len;
    struct jvalue value;
    const struct schema *schema;
};

static size_t allocations;

/* Replaces the C library's, also for json-c and PCRE2. */
void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "schema: %s: %s\n", what, why);
    exit(1);
}

static void run_tokener(const struct body *b)
{
    json_object_put(json_tokener_parse(b->text));
}

static void run_jread(const struct body *b)
{
    static const struct budget_limits limits = {.values = 600000, .bytes = SIZE_MAX};
    struct budget budget = budget_for(b->len, &limits);
    char memory[6144] __attribute__((aligned(16)));
    struct arena arena;
    struct jread_fault fault;
    struct jvalue value;

    arena_init_with(&arena, memory, sizeof(memory)); /* as a request does */
    jread_value((struct slice){b->text, b->len}, DEPTH, &budget, &arena, &value, &fault);
    arena_fini(&arena);
}

static void run_tree(const struct body *b)
{
    struct json_object *value = NULL;
    struct jread_fault fault;

    jread_text(b->text, b->len, DEPTH, NULL, &value, &fault);
    json_object_put(value);
}

static void run_check(const struct body *b)
{
    struct budget budget = budget_endless();

    if (!schema_check(b->schema, &b->value, "body", "", &budget, NULL))
        die("a valid body is refused", b->text);
}

static void (*const runs[])(const struct body *) = {
    [TOKENER] = run_tokener, [TREE] = run_tree, [JREAD] = run_jread, [CHECK] = run_check};

static double run_for(enum subject subject, const struct body *b, unsigned times)
{
    uint64_t start = clock_ns();

    for (unsigned i = 0; i < times; i++)
        runs[subject](b);
    return (double)(clock_ns() - start) / times;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(const double *values)
{
    double sorted[ROUNDS];

    memcpy(sorted, values, sizeof(sorted));
    qsort(sorted, ROUNDS, sizeof(*sorted), by_value);
    return sorted[ROUNDS / 2];
}

static double median_ratio(const double *a, const double *b)
{
    double ratios[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        ratios[i] = a[i] / b[i];
    return median(ratios);
}

static void check_allocations(const char *name, const struct body *b)
{
    size_t before;

    run_check(b); /* a thread's first match allocates the memory for all later ones */
    before = allocations;
    run_check(b);
    if (allocations != before)
        die(name, "validating allocates");
}

static void measure(const char *name, const struct body *b)
{
    double ns[SUBJECTS][ROUNDS];
    unsigned times[SUBJECTS];

    check_allocations(name, b);
    for (int s = 0; s < SUBJECTS; s++)
        times[s] = 1 + (unsigned)(ROUND_NS / run_for((enum subject)s, b, 100));
    for (int round = 0; round < ROUNDS; round++)
        for (int s = 0; s < SUBJECTS; s++)
            ns[s][round] = run_for((enum subject)s, b, times[s]);
    printf("%-6s %6zu %10.2f %10.2f %10.2f %12.2f %16.2f %14.2f\n", name, b->len,
           median(ns[TOKENER]) / 1e3, median(ns[TREE]) / 1e3, median(ns[JREAD]) / 1e3,
           median(ns[CHECK]) / 1e3, median_ratio(ns[CHECK], ns[TOKENER]),
           median_ratio(ns[CHECK], ns[JREAD]));
}

/* Runs the schema components.schemas.NAME of the document on the body NAME.json. */
static void run(struct schema_set *set, struct arena *arena, const char *folder, const char *name,
                const char *component)
{
    struct json_object *ref = json_object_new_object();
    struct budget budget = budget_endless();
    struct buf path = {0}, text = {0};
    struct body b = {0};
    struct jread_fault fault;

    buf_printf(&path, "%s/%s.json", folder, name);
    if (!file_read(buf_text(&path), SIZE_MAX, &text) ||
        !jread_value((struct slice){buf_text(&text), text.len}, DEPTH, &budget, arena, &b.value,
                     &fault))
        die(buf_text(&path), "cannot be read");
    b.text = buf_text(&text);
    b.len = text.len;
    path.len = 0;
    buf_printf(&path, "#/components/schemas/%s", component);
    json_object_object_add(ref, "$ref", json_object_new_string(buf_text(&path)));
    b.schema = schema_compile(set, "api.yaml", ref, SCHEMA_REQUEST);
    measure(name, &b);
    json_object_put(ref);
    buf_fini(&path);
    buf_fini(&text);
}

int main(int argc, char **argv)
{
    struct json_object *document = NULL;
    struct arena arena = {0};
    struct diags diags = {0};
    struct schema_set *set;
    struct buf path = {0};

    if (argc != 2)
        die("usage", "schema FOLDER");
    buf_printf(&path, "%s/api.yaml", argv[1]);
    set = schema_set_new(&arena, &diags, NULL, NULL);
    if (yaml_read(buf_text(&path), &document, &diags))
        schema_set_add(set, "api.yaml", document);
    printf("body    bytes   json-c µs    tree µs   jread µs   validate µs    ratio to json-c ratio "
           "to jread\n");
    run(set, &arena, argv[1], "todo", "Todo");
    run(set, &arena, argv[1], "order", "Order");
    diags_print(&diags, stderr);
    schema_set_free(&set);
    json_object_put(document);
    arena_fini(&arena);
    buf_fini(&path);
    return diags.count ? 1 : 0;
}
