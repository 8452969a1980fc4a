/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/shm/activity.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "server/commands/report.h"
#include "server/commands/report_json.h"
#include "server/generation/generation.h"

/* The running requests, gathered from all workers. */
struct running {
    struct shm *shm;
    bool draining;
    size_t count, cap;
    struct running_item {
        struct activity activity;
        unsigned generation;
        int pid;
    } * items;
};

static void gather(void *arg, struct child *c)
{
    struct running *r = arg;
    struct activity a;

    if (c->slot < 0 || (r->draining && c->state != CHILD_DRAINING))
        return;
    for (int i = 0; i < SHM_REQUESTS; i++) {
        if (!activity_read(r->shm, c->slot, i, &a))
            continue;
        if (r->count == r->cap) {
            r->cap = r->cap ? 2 * r->cap : 64;
            r->items = xreallocarray(r->items, r->cap, sizeof(*r->items));
        }
        r->items[r->count++] = (struct running_item){a, c->generation->id, (int)c->process.pid};
    }
}

static int by_age(const void *a, const void *b)
{
    const struct running_item *x = a, *y = b;

    return (x->activity.started_ns > y->activity.started_ns) -
           (x->activity.started_ns < y->activity.started_ns);
}

static void put_running(struct buf *b, const struct shm *shm, const struct running_item *item)
{
    const struct activity *a = &item->activity;
    struct stats_names names = {.id = "-"};
    uint64_t now = clock_ns();

    if (a->operation >= 0)
        stats_read_names(shm, a->operation, &names);
    buf_printf(b, "%s{\"pid\":%d,\"generation\":%u,\"phase\":\"%s\"", report_comma(b), item->pid,
               item->generation, activity_phase_name(a->phase));
    report_put_text(b, "operation", names.id);
    report_put_number(b, "age_ms", now > a->started_ns ? (now - a->started_ns) / NS_PER_MS : 0);
    report_put_text(b, "client", a->client);
    report_put_text(b, "id", a->id);
    buf_putc(b, '}');
}

void report_requests(const struct fleet *f, bool draining, struct buf *out)
{
    struct running r = {.shm = f->segment->shm, .draining = draining};

    fleet_each_child(f, gather, &r);
    if (r.count)
        qsort(r.items, r.count, sizeof(*r.items), by_age);
    buf_putc(out, '[');
    for (size_t i = 0; i < r.count; i++)
        put_running(out, r.shm, &r.items[i]);
    buf_putc(out, ']');
    free(r.items);
}
