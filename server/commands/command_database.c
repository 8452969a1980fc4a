/* SPDX-License-Identifier: MIT */
/* The commands that show the database: `writer`, who holds its lock now, and `database`, all that
 * is known of its files, its reads and its writes. The figures are of shared memory, so none of
 * them costs the database anything. */
#include <signal.h>
#include <stdlib.h>

#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "lib/shm/writer_use.h"
#include "server/commands/call.h"
#include "server/commands/commands.h"
#include "server/commands/report_json.h"
#include "server/generation/generation.h"

enum { OPERATIONS_SHOWN = 10 };

/* Appends a member: the milliseconds since then, or null if it has never been. */
static void put_age(struct buf *b, const char *name, uint64_t since_ns)
{
    uint64_t now_ns = clock_ns();

    if (since_ns && since_ns < now_ns)
        report_put_number(b, name, (now_ns - since_ns) / NS_PER_MS);
    else
        buf_printf(b, ",\"%s\":null", name);
}

static void put_pid(struct buf *b, const char *name, uint32_t pid)
{
    buf_printf(b, pid ? "\"%s\":%u" : "\"%s\":null", name, (unsigned)pid);
}

/* Returns the process that holds the lock, or 0. A dead one's is taken over by the next who wants
 * it. */
static uint32_t find_holder(const struct shm_writer *w)
{
    uint32_t pid = atomic_load(&w->holder);

    return pid && kill((pid_t)pid, 0) == 0 ? pid : 0;
}

/* Appends what `leatctl writer` shows, without the closing '}'. */
static void open_writer(struct buf *b, const struct shm *shm)
{
    const struct shm_writer *w = &shm->writer;
    uint32_t holder = find_holder(w);

    buf_putc(b, '{');
    put_pid(b, "pid", holder);
    put_age(b, "held_ms", holder ? atomic_load(&w->taken_ns) : 0);
    report_put_number(b, "waiting", shm_gauge(shm, GAUGE_LOCK_WAITING));
    report_put_number(b, "commits", atomic_load(&w->commits));
}

void command_writer(const struct call *c)
{
    struct buf b = {0};

    open_writer(&b, c->commands->fleet->segment->shm);
    buf_putc(&b, '}');
    command_answer(c, &b);
}

static void put_wal(struct buf *b, const struct shm *shm, int64_t limit)
{
    buf_printf(b, ",\"wal\":{\"bytes\":%lu", (unsigned long)shm_gauge(shm, GAUGE_WAL_BYTES));
    report_put_number(b, "limit", (uint64_t)limit);
    report_put_number(b, "pending_bytes", writer_use_pending(shm));
    put_age(b, "checkpoint_ms", shm->wal.checkpointed_ns);
    buf_putc(b, '}');
}

static void put_reads(struct buf *b, struct shm *shm)
{
    buf_printf(b, ",\"reads\":{\"running\":%lu",
               (unsigned long)shm_gauge(shm, GAUGE_READS_RUNNING));
    put_age(b, "oldest_ms", shm_gauge(shm, GAUGE_OLDEST_READ));
    report_put_number(b, "waiting", shm_gauge(shm, GAUGE_READS_WAITING));
    report_put_number(b, "cut", shm_total(shm, COUNT_DB_READS_CUT));
    buf_putc(b, ',');
    put_pid(b, "foreign_pid", shm->wal.held_ns ? shm->wal.held_by : 0);
    put_age(b, "foreign_ms", shm->wal.held_ns);
    buf_putc(b, '}');
}

static void put_batches(struct buf *b, const struct shm_writer *w)
{
    uint64_t commits = 0;

    buf_puts(b, ",\"batches\":[");
    for (int i = 0; i < SHM_BATCH_SIZES; i++) {
        uint64_t count = w->batches[i];

        commits += count;
        if (count)
            buf_printf(b, "%s{\"up_to\":%u,\"commits\":%lu}", report_comma(b), writer_use_size(i),
                       (unsigned long)count);
    }
    buf_printf(b, "],\"batch_mean\":%.1f", commits ? (double)w->writes / (double)commits : 0.0);
}

struct holder {
    int operation;
    uint64_t held_ns, writes;
};

static int by_time_held(const void *a, const void *b)
{
    const struct holder *x = a, *y = b;

    return (x->held_ns < y->held_ns) - (x->held_ns > y->held_ns);
}

static void put_holder(struct buf *b, const struct shm *shm, const struct holder *h,
                       uint64_t total_ns)
{
    struct stats_names names = {.method = "-", .route = "-", .id = "-"};

    if (h->operation >= 0)
        stats_read_names(shm, h->operation, &names);
    buf_printf(b, "%s{\"held_percent\":%.1f", report_comma(b),
               100.0 * (double)h->held_ns / (double)total_ns);
    report_put_number(b, "held_ms", h->held_ns / NS_PER_MS);
    report_put_number(b, "writes", h->writes);
    report_put_text(b, "operation", names.id);
    report_put_text(b, "method", names.method);
    report_put_text(b, "route", names.route);
    buf_putc(b, '}');
}

/* Appends the operations that held the lock the longest; Leat's own writes are one of them, "-". */
static void put_holders(struct buf *b, const struct shm *shm)
{
    struct holder *all = xcalloc(SHM_OPERATIONS + 1, sizeof(*all));
    uint64_t total_ns = shm->writer.own_ns;
    size_t n = 0;

    if (total_ns)
        all[n++] = (struct holder){-1, total_ns, 0};
    for (int i = 0; i < SHM_OPERATIONS; i++) {
        const struct shm_operation *o = &shm->operations[i];
        struct holder h = {i, o->held_ns, o->writes};

        if (h.held_ns)
            all[n++] = h;
        total_ns += h.held_ns;
    }
    qsort(all, n, sizeof(*all), by_time_held);
    buf_puts(b, ",\"operations\":[");
    for (size_t i = 0; i < n && i < OPERATIONS_SHOWN; i++)
        put_holder(b, shm, &all[i], total_ns);
    buf_putc(b, ']');
    free(all);
}

void command_database(const struct call *c)
{
    const struct generation *g = c->commands->fleet->current;
    struct shm *shm = c->commands->fleet->segment->shm;
    struct buf b = {0};

    buf_printf(&b, "{\"bytes\":%lu", (unsigned long)shm_gauge(shm, GAUGE_DATABASE_BYTES));
    put_wal(&b, shm, g ? conf_int(g->config, "database.wal-limit") : 0);
    put_reads(&b, shm);
    buf_puts(&b, ",\"writer\":");
    open_writer(&b, shm);
    report_put_number(&b, "queue", shm_gauge(shm, GAUGE_WRITES_WAITING));
    report_put_number(&b, "held_total_ms", writer_use_total_ns(shm) / NS_PER_MS);
    put_batches(&b, &shm->writer);
    buf_putc(&b, '}');
    put_holders(&b, shm);
    buf_putc(&b, '}');
    command_answer(c, &b);
}
