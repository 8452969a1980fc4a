/* SPDX-License-Identifier: MIT */
/* Compares finding one of 10,000 templates with finding one of 10, for hits in random order and
 * misses, alternating. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/api/request/router.h"
#include "lib/core/clock.h"

enum { ROUNDS = 41, PATHS = 4096, FEW = 10, MANY = 10000 };

struct table {
    struct arena arena;
    struct router router;
    char paths[PATHS][64];
};

/* Park and Miller's generator: the same paths in every run. */
static unsigned next(void)
{
    static uint64_t state = 1;

    state = state * 48271 % 2147483647;
    return (unsigned)state;
}

/* Gives half of the templates a parameter, as in typical applications. */
static void fill(struct table *t, unsigned templates, bool is_hit)
{
    static char target;

    router_init(&t->router, &t->arena);
    for (unsigned i = 0; i < templates; i++) {
        char template[64];
        struct fault fault;
        void *equal;

        snprintf(template, sizeof(template), "/v1/resource-%04u%s", i / 2, i % 2 ? "/{id}" : "");
        if (!router_add(&t->router, METHOD_GET, template, &target, &equal, &fault))
            abort();
    }
    for (unsigned i = 0; i < PATHS; i++) {
        unsigned which = next() % templates;

        snprintf(t->paths[i], sizeof(t->paths[i]), "/v1/%s-%04u%s",
                 is_hit ? "resource" : "nothings", which / 2, which % 2 ? "/12345" : "");
    }
}

/* Returns nanoseconds per path. */
static double find_all(const struct table *t, enum route_result want)
{
    uint64_t start = clock_ns();
    struct route route;

    for (unsigned i = 0; i < PATHS; i++)
        if (router_find(&t->router, METHOD_GET, slice_of(t->paths[i]), NULL, &route) != want)
            abort();
    return (double)(clock_ns() - start) / PATHS;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), by_value);
    return values[ROUNDS / 2];
}

static void measure(const char *name, bool is_hit)
{
    static struct table few, many;
    enum route_result want = is_hit ? ROUTE_FOUND : ROUTE_NO_PATH;
    double a[ROUNDS], b[ROUNDS], ratios[ROUNDS];

    fill(&few, FEW, is_hit);
    fill(&many, MANY, is_hit);
    for (int i = 0; i < ROUNDS; i++) {
        a[i] = find_all(&few, want);
        b[i] = find_all(&many, want);
        ratios[i] = b[i] / a[i];
    }
    printf("%-7s %10.0f %14.0f %7.2f\n", name, median(a), median(b), median(ratios));
    arena_fini(&few.arena);
    arena_fini(&many.arena);
}

int main(void)
{
    printf("routes  ns of %u  ns of %u   ratio\n", FEW, MANY);
    measure("hits", true);
    measure("misses", false);
}
