/* SPDX-License-Identifier: MIT */
/*
 * The operations of the generation in force, those that matter most first: by default those on
 * which most time was spent, the number of requests times their duration, since the slowest
 * operation may be rare and the most frequent one cheap. Statistics are large and there may be many
 * operations, so that only an index and a weight of each are sorted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/memory.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "server/commands/report.h"
#include "server/commands/report_json.h"
#include "server/generation/generation.h"

static uint64_t load_of(const struct stats_sum *sum)
{
    return sum->sum_us;
}

static uint64_t requests_of(const struct stats_sum *sum)
{
    return sum->count;
}

static uint64_t p99_of(const struct stats_sum *sum)
{
    return stats_quantile(sum, 0.99);
}

static uint64_t errors_of(const struct stats_sum *sum)
{
    return sum->classes[4] + sum->classes[5];
}

static const struct order {
    const char *name;
    uint64_t (*weight)(const struct stats_sum *sum);
} orders[] = {{"load", load_of}, {"requests", requests_of}, {"p99", p99_of}, {"errors", errors_of}};

static const struct order *find_order(const char *name)
{
    for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++)
        if (!name || strcmp(orders[i].name, name) == 0)
            return &orders[i];
    return NULL;
}

struct ranked {
    int operation;
    uint64_t weight;
};

static int by_weight(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x->operation - y->operation;
}

static void put_operation(struct buf *b, const struct stats_names *o, const struct stats_sum *sum,
                          uint64_t load_us)
{
    buf_printf(b, "%s{\"method\":", report_comma(b));
    jwrite_string(b, o->method, strlen(o->method));
    report_put_text(b, "route", o->route);
    report_put_text(b, "id", o->id);
    report_put_number(b, "requests", sum->count);
    report_put_number(b, "client_errors", sum->classes[4]);
    report_put_number(b, "server_errors", sum->classes[5]);
    report_put_number(b, "load_us", sum->sum_us);
    buf_printf(b, ",\"load_percent\":%.1f",
               load_us ? 100.0 * (double)sum->sum_us / (double)load_us : 0.0);
    report_put_number(b, "mean_us", sum->count ? sum->sum_us / sum->count : 0);
    report_put_number(b, "p50_us", stats_quantile(sum, 0.5));
    report_put_number(b, "p99_us", stats_quantile(sum, 0.99));
    buf_putc(b, '}');
}

/* Ranks the operations of the current generation. Returns their number; *load_us is the time spent
 * on all of them. */
static size_t rank(const struct fleet *f, const struct order *order, struct ranked *out,
                   uint64_t *load_us)
{
    struct shm *shm = f->segment->shm;
    unsigned generation = f->current ? f->current->id : 0;
    struct stats_sum sum;
    size_t n = 0;

    *load_us = 0;
    for (int i = 0; generation && i < SHM_OPERATIONS; i++) {
        if (shm->operations[i].generation != generation)
            continue;
        stats_sum(shm, i, &sum);
        *load_us += sum.sum_us;
        out[n++] = (struct ranked){i, order->weight(&sum)};
    }
    qsort(out, n, sizeof(*out), by_weight);
    return n;
}

bool report_operations(const struct fleet *f, const char *by, struct buf *out)
{
    const struct order *order = find_order(by);
    struct ranked *ranked;
    struct stats_names names;
    struct stats_sum sum;
    uint64_t load_us;
    size_t n;

    if (!order)
        return false;
    ranked = xcalloc(SHM_OPERATIONS, sizeof(*ranked));
    n = rank(f, order, ranked, &load_us);
    buf_putc(out, '[');
    for (size_t i = 0; i < n; i++) {
        stats_read_names(f->segment->shm, ranked[i].operation, &names);
        stats_sum(f->segment->shm, ranked[i].operation, &sum);
        put_operation(out, &names, &sum, load_us);
    }
    buf_putc(out, ']');
    free(ranked);
    return true;
}
