/* SPDX-License-Identifier: MIT */
/*
 * Builds answers directly as JSON text: a list of ten thousand requests needs no tree. Numbers of
 * workers come from shared memory, which a worker may have damaged, so they are shown and never
 * used to decide; texts from there are read with a bound (lib/shm) and escaped. report_comma()
 * looks at the last byte written, so that a list needs no state to place its separators.
 */
#include "server/commands/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "lib/conf/conf.h"
#include "lib/core/clock.h"
#include "lib/core/memory.h"
#include "lib/core/json/jwrite.h"
#include "lib/shm/ban.h"
#include "lib/shm/limit.h"
#include "lib/shm/metrics.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "lib/shm/trouble.h"
#include "server/commands/commands.h"
#include "server/commands/report_json.h"
#include "server/generation/generation.h"

enum { KEYS_SHOWN = 1000 };
#define REAL_SECONDS_MAX UINT64_C(253402300799) /* the end of the year 9999 */

static void put_worker(void *arg, struct child *c)
{
    struct buf *b = arg;
    const struct shm_slot *s = c->slot < 0 ? NULL : &c->generation->segment->shm->slots[c->slot];

    buf_printf(b, "%s{\"index\":%d,\"generation\":%u,\"pid\":%d,\"state\":\"%s\"", report_comma(b),
               c->index, c->generation->id, s ? (int)c->process.pid : 0, child_state_name(c));
    report_put_number(b, "ready_ms", c->ready_ns ? (clock_ns() - c->ready_ns) / NS_PER_MS : 0);
    report_put_number(b, "starts_in_ms", child_due_ms(c));
    report_put_number(b, "requests", child_requests(c));
    report_put_number(b, "in_flight", s ? s->in_flight : 0);
    report_put_number(b, "connections", s ? s->open_connections : 0);
    report_put_number(b, "memory", child_memory(c));
    buf_putc(b, '}');
}

void report_workers(const struct fleet *f, struct buf *out)
{
    buf_putc(out, '[');
    fleet_each_child(f, put_worker, out);
    buf_putc(out, ']');
}

static void put_time(struct buf *b, const char *name, uint64_t real_ms)
{
    char text[CLOCK_TEXT];

    clock_rfc3339(real_ms, text);
    report_put_text(b, name, text);
}

static void put_reload(struct buf *b, const struct reload *r)
{
    buf_printf(b, ",\"reload\":{\"state\":\"%s\"", reload_state_name(r->state));
    if (r->has_result) {
        put_time(b, "finished", r->finished_real_ms);
        report_put_number(b, "took_ms", r->took_ms);
        buf_printf(b, ",\"ok\":%s,\"text\":", r->is_ok ? "true" : "false");
        jwrite_string(b, r->result.data, r->result.len);
        buf_puts(b, ",\"changes\":");
        jwrite_value(b, r->changes);
    }
    buf_putc(b, '}');
}

static const char *state_of(const struct commands *c)
{
    return c->upgrade->state == UPGRADE_DONE ? "replaced"
           : c->fleet->is_stopping           ? "stopping"
           : upgrade_runs(c->upgrade)        ? "upgrading"
           : c->fleet->current               ? "serving"
                                             : "starting";
}

/* Appends when the next worker is spawned, if one waits for that. */
static void put_next_start(struct buf *b, const struct generation *g)
{
    const struct child *next = NULL;

    for (const struct child *c = g ? g->children : NULL; c; c = c->next)
        if (c->state == CHILD_WAITING && (!next || child_due_ms(c) < child_due_ms(next)))
            next = c;
    if (next)
        put_time(b, "next_start", clock_real_ms() + child_due_ms(next));
}

static void put_listeners(struct buf *b, const struct listeners *l)
{
    buf_puts(b, ",\"listening\":[");
    for (const struct listener *item = l->first; item; item = item->next) {
        char *address = listen_address(item);

        buf_puts(b, report_comma(b));
        jwrite_string(b, address, strlen(address));
        free(address);
    }
    buf_putc(b, ']');
}

/* Appends what the workers hold now. */
static void put_gauges(struct buf *b, const struct shm *shm)
{
    uint64_t until = shm_gauge(shm, GAUGE_CERTIFICATE_UNTIL);

    buf_printf(b, ",\"queues\":{\"writes\":%lu,\"reads\":%lu,\"passwords\":%lu}",
               (unsigned long)shm_gauge(shm, GAUGE_WRITES_WAITING),
               (unsigned long)shm_gauge(shm, GAUGE_READS_WAITING),
               (unsigned long)shm_gauge(shm, GAUGE_PASSWORDS_WAITING));
    report_put_number(b, "writer_waiting", shm_gauge(shm, GAUGE_LOCK_WAITING));
    report_put_number(b, "wal_bytes", shm_gauge(shm, GAUGE_WAL_BYTES));
    report_put_number(b, "memory", shm_memory(shm));
    if (until && until <= REAL_SECONDS_MAX)
        put_time(b, "certificate_expires", until * 1000);
}

void report_status(const struct commands *c, struct buf *out)
{
    const struct fleet *f = c->fleet;
    const struct generation *current = f->current;
    struct shm *shm = f->segment->shm;
    uint64_t retiring = 0;

    for (const struct generation *g = f->retiring; g; g = g->next)
        retiring += (uint64_t)g->child_count;
    buf_printf(out, "{\"version\":\"%s\",\"pid\":%d,\"state\":\"%s\"", PACKAGE_VERSION,
               (int)getpid(), state_of(c));
    put_time(out, "started", c->started_real_ms);
    put_listeners(out, c->listeners);
    report_put_number(out, "generation", current ? current->id : 0);
    report_put_text(out, "release", current ? current->hash : "");
    report_put_number(out, "workers", current ? (uint64_t)current->worker_count : 0);
    report_put_number(out, "ready", current ? (uint64_t)generation_count(current, CHILD_READY) : 0);
    report_put_number(out, "retiring", retiring);
    put_next_start(out, current);
    buf_printf(out, ",\"alarm\":%s", f->ledger.is_alarmed ? "true" : "false");
    report_put_text(out, "database", trouble_word(trouble_worst(shm)));
    report_put_text(out, "database_cause", trouble_cause(trouble_worst(shm)));
    report_put_text(out, "database_remedy", trouble_remedy(trouble_worst(shm)));
    report_put_number(out, "deaths", f->ledger.deaths);
    report_put_number(out, "stuck", f->ledger.stuck);
    report_put_number(out, "recycled", f->ledger.recycled);
    report_put_number(out, "upgrades", f->ledger.upgrades);
    report_put_number(out, "requests", shm_total(shm, COUNT_REQUESTS));
    report_put_number(out, "server_errors", shm_total(shm, COUNT_SERVER_ERRORS));
    report_put_number(out, "connections", shm_total(shm, COUNT_CONNECTIONS));
    report_put_number(out, "log_dropped", shm_total(shm, COUNT_LOG_DROPPED));
    put_gauges(out, shm);
    backups_describe(c->backups, out);
    put_reload(out, c->reload);
    buf_putc(out, '}');
}

/* Appends a limit without the closing '}'. */
static void open_limit(struct buf *b, const char *name, uint64_t used, uint64_t limit,
                       uint64_t refused)
{
    buf_printf(b, "%s{\"limit\":", report_comma(b));
    jwrite_string(b, name, strlen(name));
    report_put_number(b, "used", used);
    report_put_number(b, "of", limit);
    report_put_number(b, "refused", refused);
}

static void put_limit(struct buf *b, const char *name, uint64_t used, uint64_t limit,
                      uint64_t refused)
{
    open_limit(b, name, used, limit, refused);
    buf_putc(b, '}');
}

/* Appends each rate limit: its keys in use, and the requests refused and allowed. */
static void put_policies(struct shm *shm, struct buf *out)
{
    uint64_t now_ns = clock_ns();
    char policy[SHM_POLICY_NAME], name[96];

    for (int i = 0; i < SHM_POLICIES; i++) {
        if (!limit_read_policy(shm, i, policy))
            continue;
        snprintf(name, sizeof(name), "rate %s", policy);
        open_limit(out, name, limit_used_by(shm, i, now_ns), SHM_LIMITS, shm->policies[i].refused);
        report_put_number(out, "allowed", shm->policies[i].allowed);
        buf_putc(out, '}');
    }
}

static int by_time(const void *a, const void *b)
{
    const struct limit_entry *x = a, *y = b;

    return (x->until_ns < y->until_ns) - (x->until_ns > y->until_ns);
}

static void put_key(struct buf *out, const char *text, uint64_t ns)
{
    buf_printf(out, "%s{\"key\":", report_comma(out));
    jwrite_string(out, text, strlen(text));
    report_put_number(out, "ms", ns / NS_PER_MS);
    buf_putc(out, '}');
}

bool report_limit_keys(const struct fleet *f, const char *policy, struct buf *out)
{
    struct shm *shm = f->segment->shm;
    struct limit_entry *entries = xcalloc(SHM_LIMITS, sizeof(*entries));
    uint64_t now_ns = clock_ns();
    char name[SHM_POLICY_NAME];
    size_t n = 0;
    int place = -1;

    for (int i = 0; i < SHM_POLICIES; i++)
        if (limit_read_policy(shm, i, name) && strcmp(name, policy) == 0)
            place = i;
    for (uint32_t i = 0; place >= 0 && i < SHM_LIMITS; i++)
        if (limit_read(shm, place, i, now_ns, &entries[n]))
            n++;
    qsort(entries, n, sizeof(*entries), by_time);
    buf_putc(out, '[');
    for (size_t i = 0; i < n && i < KEYS_SHOWN; i++)
        put_key(out, entries[i].text, entries[i].until_ns - now_ns);
    buf_putc(out, ']');
    free(entries);
    return place >= 0;
}

void report_bans(const struct fleet *f, struct buf *out)
{
    uint64_t now_ns = clock_ns(), until_ns;
    char text[SHM_TEXT];

    buf_putc(out, '[');
    for (int i = 0; i < SHM_BANS; i++)
        if (ban_read(f->segment->shm, i, now_ns, text, &until_ns))
            put_key(out, text, until_ns - now_ns);
    buf_putc(out, ']');
}

static uint64_t count_policies(const struct shm *shm)
{
    uint64_t count = 0;

    for (int i = 0; i < SHM_POLICIES; i++)
        count += shm->policies[i].key != 0;
    return count;
}

void report_limits(const struct fleet *f, struct buf *out)
{
    struct shm *shm = f->segment->shm;
    struct json_object *config = f->current->config;
    uint64_t workers = (uint64_t)f->current->worker_count, in_flight = 0, connections = 0;

    for (const struct child *c = f->current->children; c; c = c->next) {
        in_flight += c->slot < 0 ? 0 : shm->slots[c->slot].in_flight;
        connections += c->slot < 0 ? 0 : shm->slots[c->slot].open_connections;
    }
    buf_putc(out, '[');
    put_limit(out, "limits.in-flight", in_flight,
              workers * (uint64_t)conf_int(config, "limits.in-flight"),
              shm_total(shm, COUNT_REFUSED_BUSY));
    put_limit(out, "limits.connections", connections,
              workers * (uint64_t)conf_int(config, "limits.connections"),
              shm_total(shm, COUNT_EVICTED) + shm_total(shm, COUNT_CONNECTIONS_FULL));
    put_limit(out, "limits.per-address", 0,
              workers * (uint64_t)conf_int(config, "limits.per-address"),
              shm_total(shm, COUNT_REFUSED_ADDRESS));
    put_limit(out, "rate-limit keys", limit_used(shm, clock_ns()), count_policies(shm) * SHM_LIMITS,
              shm->limits_evicted);
    put_policies(shm, out);
    buf_putc(out, ']');
}

void report_metrics(const struct fleet *f, struct buf *out)
{
    struct buf text = {0};

    metrics_write(f->segment->shm, PACKAGE_VERSION, &text);
    jwrite_string(out, text.data, text.len);
    buf_fini(&text);
}
