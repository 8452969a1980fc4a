/* SPDX-License-Identifier: MIT */
/* Measures the cost of a rate-limited request without contention: the hash of its key, its entry
 * and its compare-and-swap, for one client, and for as many as fill the table. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/shm/limit.h"
#include "lib/shm/shm.h"

enum { ROUNDS = 41, TAKES = 65536, CLIENTS = 32768 };

static struct shm *shm;
static char texts[CLIENTS][32];
static const struct limit_policy policy = {.interval_ns = 1, .burst = 1000000000};

/* Returns nanoseconds per request. */
static double take_all(size_t clients)
{
    uint64_t start = clock_ns(), remaining;
    int writes = limit_enter(shm, "writes");

    for (size_t i = 0; i < TAKES; i++) {
        uint64_t key = limit_key(shm, "writes", slice_of(texts[i % clients]));

        if (limit_take(shm, writes, key, &policy, start, &remaining) != 0)
            abort();
    }
    return (double)(clock_ns() - start) / TAKES;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(const char *name, size_t clients)
{
    double ns[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        ns[i] = take_all(clients);
    qsort(ns, ROUNDS, sizeof(*ns), by_value);
    printf("%-12s %8.0f\n", name, ns[ROUNDS / 2]);
}

int main(void)
{
    if (shm_create(&shm) < 0)
        return 1;
    for (size_t i = 0; i < CLIENTS; i++)
        snprintf(texts[i], sizeof(texts[i]), "ip:198.51.%zu.%zu", i >> 8, i & 255);
    puts("limit           ns");
    measure("one client", 1);
    measure("32768", CLIENTS);
}
