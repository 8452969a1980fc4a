/* SPDX-License-Identifier: MIT */
/* One pass over the shared memory, without locks: each number is read atomically, but not all at
 * one instant, which Prometheus allows. Series that were never counted are left out, so an unused
 * table adds no lines, and its memory is not touched. Names and routes are escaped for labels,
 * since routes come from documents and policy names from the configuration. */
#include "lib/shm/metrics.h"

#include <stdio.h>

#include "lib/core/clock.h"
#include "lib/shm/limit.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "lib/shm/trouble.h"
#include "lib/shm/writer_use.h"

/* The bounds of the exported histogram: 64 µs, doubling up to 33.6 s. Each is the end of one of our
 * buckets, so the cumulative counts are exact. */
enum { FIRST_OCTAVE = 6, LAST_OCTAVE = 25 };

static void put_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct buf *out, const char *name, const char *type, const char *help,
                      uint64_t value)
{
    put_head(out, name, type, help);
    buf_printf(out, "%s %lu\n", name, (unsigned long)value);
}

static void put_text(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '"')
            buf_printf(out, "\\%c", *text);
        else if (*text == '\n')
            buf_puts(out, "\\n");
        else
            buf_putc(out, *text);
}

static void put_counts(struct shm *shm, struct buf *out)
{
    static const struct {
        const char *metric, *help;
    } rows[] = {
#define COUNT(name, metric, help) {metric, help},
#include "lib/shm/counts.def"
#undef COUNT
    };

    for (int i = 0; i < COUNT_COUNT; i++)
        put_value(out, rows[i].metric, "counter", rows[i].help, shm_total(shm, (enum shm_count)i));
}

static void put_master(struct shm *shm, const char *version, struct buf *out)
{
    const struct shm_master *m = &shm->master;
    const struct {
        const char *metric, *type, *help;
        uint64_t value;
    } rows[] = {
        {"leat_generation", "gauge", "Number of the newest generation.", m->last_generation},
        {"leat_workers", "gauge", "Desired number of workers.", m->workers},
        {"leat_workers_ready", "gauge", "Workers that are serving.", m->ready},
        {"leat_draining", "gauge", "1 while leat is draining to exit.", m->is_stopping},
        {"leat_crash_loop", "gauge", "1 after crash-limit deaths within crash-window.",
         m->is_alarmed},
        {"leat_worker_deaths_total", "counter", "Workers that died unexpectedly.", m->deaths},
        {"leat_worker_stuck_total", "counter", "Workers killed by the watchdog.", m->stuck},
        {"leat_worker_recycled_total", "counter", "Workers replaced by recycling.", m->recycled},
        {"leat_upgrades_total", "counter", "Binary upgrades.", m->upgrades},
        {"leat_reload_last_success", "gauge", "1 if the last reload succeeded.", m->last_reload_ok},
        {"leat_database_commits_total", "counter", "Transactions committed.", shm->writer.commits},
    };

    put_head(out, "leat_info", "gauge", "The running version.");
    buf_puts(out, "leat_info{version=\"");
    put_text(out, version);
    buf_puts(out, "\"} 1\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        put_value(out, rows[i].metric, rows[i].type, rows[i].help, rows[i].value);
    put_head(out, "leat_reloads_total", "counter", "Reloads by result.");
    buf_printf(out, "leat_reloads_total{result=\"ok\"} %lu\n", (unsigned long)m->reloads_ok);
    buf_printf(out, "leat_reloads_total{result=\"failed\"} %lu\n",
               (unsigned long)m->reloads_failed);
    put_head(out, "leat_reload_last_timestamp_seconds", "gauge",
             "Time at which the last reload ended.");
    buf_printf(out, "leat_reload_last_timestamp_seconds %.3f\n",
               (double)m->last_reload_real_ms / 1e3);
    put_head(out, "leat_reload_last_duration_seconds", "gauge", "Duration of the last reload.");
    buf_printf(out, "leat_reload_last_duration_seconds %.3f\n", (double)m->last_reload_ms / 1e3);
}

static void put_backups(struct shm *shm, struct buf *out)
{
    const struct shm_master *m = &shm->master;

    put_head(out, "leat_backups_total", "counter", "Backups by result.");
    buf_printf(out, "leat_backups_total{result=\"ok\"} %lu\n", (unsigned long)m->backups_ok);
    buf_printf(out, "leat_backups_total{result=\"failed\"} %lu\n",
               (unsigned long)m->backups_failed);
    if (!m->last_backup_real_ms)
        return;
    put_head(out, "leat_backup_last_success_timestamp_seconds", "gauge",
             "Time of the last backup that was proved.");
    buf_printf(out, "leat_backup_last_success_timestamp_seconds %.3f\n",
               (double)m->last_backup_real_ms / 1e3);
    put_head(out, "leat_backup_last_duration_seconds", "gauge", "Duration of the last backup.");
    buf_printf(out, "leat_backup_last_duration_seconds %.3f\n", (double)m->last_backup_ms / 1e3);
    put_value(out, "leat_backup_last_bytes", "gauge", "Size of the last backup.",
              m->last_backup_bytes);
}

static void put_gauges(struct shm *shm, struct buf *out)
{
    uint64_t in_flight = 0, connections = 0, buffered = 0;

    for (int i = 0; i < SHM_SLOTS; i++) {
        in_flight += shm->slots[i].in_flight;
        connections += shm->slots[i].open_connections;
        buffered += shm->slots[i].buffered;
    }
    put_value(out, "leat_requests_in_flight", "gauge", "Requests being handled.", in_flight);
    put_value(out, "leat_connections_open", "gauge", "Open client connections.", connections);
    put_value(out, "leat_buffered_bytes", "gauge",
              "Bytes of received bodies and unsent responses, as counted by limits.buffered.",
              buffered);
}

static void put_workers(const struct shm *shm, struct buf *out)
{
    put_head(out, "leat_worker_memory_bytes", "gauge", "Private memory of each worker.");
    for (int i = 0; i < SHM_SLOTS; i++)
        if (shm->slots[i].generation)
            buf_printf(out, "leat_worker_memory_bytes{slot=\"%d\"} %lu\n", i,
                       (unsigned long)shm->slots[i].memory);
    put_head(out, "leat_jobs_waiting", "gauge", "Jobs that wait for a thread, by queue.");
    buf_printf(out, "leat_jobs_waiting{queue=\"writes\"} %lu\n",
               (unsigned long)shm_gauge(shm, GAUGE_WRITES_WAITING));
    buf_printf(out, "leat_jobs_waiting{queue=\"reads\"} %lu\n",
               (unsigned long)shm_gauge(shm, GAUGE_READS_WAITING));
    buf_printf(out, "leat_jobs_waiting{queue=\"passwords\"} %lu\n",
               (unsigned long)shm_gauge(shm, GAUGE_PASSWORDS_WAITING));
    put_value(out, "leat_writer_waiting", "gauge",
              "Workers that wait for the write lock of the database.",
              shm_gauge(shm, GAUGE_LOCK_WAITING));
    if (shm_gauge(shm, GAUGE_CERTIFICATE_UNTIL))
        put_value(out, "leat_tls_certificate_expires_timestamp_seconds", "gauge",
                  "Time at which the first TLS certificate of a listener expires.",
                  shm_gauge(shm, GAUGE_CERTIFICATE_UNTIL));
}

/* Appends the seconds since then; 0 if it has not been. */
static void put_age(struct buf *out, const char *name, const char *help, uint64_t since_ns)
{
    uint64_t now_ns = clock_ns();

    put_head(out, name, "gauge", help);
    buf_printf(out, "%s %.3f\n", name,
               since_ns && since_ns < now_ns ? (double)(now_ns - since_ns) / 1e9 : 0.0);
}

static void put_database(const struct shm *shm, struct buf *out)
{
    put_value(out, "leat_database_bytes", "gauge", "Size of the database file.",
              shm_gauge(shm, GAUGE_DATABASE_BYTES));
    put_value(out, "leat_database_wal_bytes", "gauge", "Size of the -wal file.",
              shm_gauge(shm, GAUGE_WAL_BYTES));
    put_value(out, "leat_database_wal_pending_bytes", "gauge",
              "Bytes of the -wal that are not copied into the database.", writer_use_pending(shm));
    put_age(out, "leat_database_checkpoint_age_seconds",
            "Time since all of the -wal was copied into the database.", shm->wal.checkpointed_ns);
    put_value(out, "leat_database_reads_running", "gauge", "Reads that run on threads.",
              shm_gauge(shm, GAUGE_READS_RUNNING));
    put_age(out, "leat_database_oldest_read_seconds", "Age of the oldest of them.",
            shm_gauge(shm, GAUGE_OLDEST_READ));
    put_age(out, "leat_writer_hold_age_seconds",
            "How long the present holder has held the write lock of the database.",
            shm->writer.holder ? shm->writer.taken_ns : 0);
}

/* Appends the metrics that every Prometheus client library has, for leat as a whole. */
static void put_process(const struct shm *shm, struct buf *out)
{
    put_head(out, "process_cpu_seconds_total", "counter",
             "Processor time of the master and all workers, past and present.");
    buf_printf(out, "process_cpu_seconds_total %.2f\n", (double)shm->master.cpu_us / 1e6);
    put_value(out, "process_resident_memory_bytes", "gauge",
              "Resident memory of the master, and private memory of the workers.",
              shm->master.master_memory + shm_memory(shm));
    put_value(out, "process_open_fds", "gauge",
              "Open file descriptors of the worker that has most.", shm_gauge(shm, GAUGE_OPEN_FDS));
    put_value(out, "process_max_fds", "gauge", "File descriptors that a worker may have open.",
              shm_gauge(shm, GAUGE_MAX_FDS));
    put_head(out, "process_start_time_seconds", "gauge", "Time at which the master started.");
    buf_printf(out, "process_start_time_seconds %.3f\n", (double)shm->master.started_real_ms / 1e3);
}

static void put_troubles(struct shm *shm, struct buf *out)
{
    put_head(out, "leat_database_trouble", "gauge",
             "Workers that find the database in this state.");
    for (int t = TROUBLE_NONE + 1; t < TROUBLE_COUNT; t++)
        buf_printf(out, "leat_database_trouble{state=\"%s\"} %u\n", trouble_word((enum trouble)t),
                   trouble_count(shm, (enum trouble)t));
}

static void put_reasons(struct buf *out, const char *name, const char *help,
                        const _Atomic uint64_t counts[REASON_COUNT])
{
    put_head(out, name, "counter", help);
    for (int r = REASON_NONE + 1; r < REASON_COUNT; r++)
        if (counts[r])
            buf_printf(out, "%s{reason=\"%s\"} %lu\n", name, reason_word((enum reason)r),
                       (unsigned long)counts[r]);
}

static void put_labels(struct buf *out, const struct stats_names *o)
{
    buf_puts(out, "{method=\"");
    put_text(out, o->method);
    buf_puts(out, "\",route=\"");
    put_text(out, o->route);
    buf_putc(out, '"');
}

static void put_statuses(struct buf *out, const struct stats_names *o, const struct stats_sum *sum)
{
    for (int class = 1; class < SHM_CLASSES; class ++) {
        if (!sum->classes[class])
            continue;
        buf_puts(out, "leat_http_requests_total");
        put_labels(out, o);
        buf_printf(out, ",status=\"%dxx\"} %lu\n", class, (unsigned long)sum->classes[class]);
    }
}

static void put_series(struct buf *out, const char *suffix, const struct stats_names *o,
                       const char *bound)
{
    buf_printf(out, "leat_http_request_duration_seconds%s", suffix);
    put_labels(out, o);
    buf_printf(out, bound ? ",le=\"%s\"} " : "} ", bound);
}

static void put_histogram(struct buf *out, const struct stats_names *o, const struct stats_sum *sum)
{
    uint64_t below = 0;
    unsigned bucket = 0;
    char bound[24];

    for (int octave = FIRST_OCTAVE; octave <= LAST_OCTAVE; octave++) {
        uint64_t end = UINT64_C(1) << octave;

        while (bucket < SHM_BUCKETS && stats_bucket_end(bucket) <= end)
            below += sum->buckets[bucket++];
        snprintf(bound, sizeof(bound), "%.6f", (double)end / 1e6);
        put_series(out, "_bucket", o, bound);
        buf_printf(out, "%lu\n", (unsigned long)below);
    }
    put_series(out, "_bucket", o, "+Inf");
    buf_printf(out, "%lu\n", (unsigned long)sum->count);
    put_series(out, "_sum", o, NULL);
    buf_printf(out, "%.6f\n", (double)sum->sum_us / 1e6);
    put_series(out, "_count", o, NULL);
    buf_printf(out, "%lu\n", (unsigned long)sum->count);
}

static void put_operations(struct shm *shm, struct buf *out,
                           void (*put)(struct buf *out, const struct stats_names *o,
                                       const struct stats_sum *sum))
{
    struct stats_names names;
    struct stats_sum sum;

    for (int i = 0; i < SHM_OPERATIONS; i++) {
        if (!shm->operations[i].stripes)
            continue;
        stats_read_names(shm, i, &names);
        stats_sum(shm, i, &sum);
        put(out, &names, &sum);
    }
}

static void put_held(struct buf *out, const struct stats_names *o, uint64_t ns)
{
    buf_puts(out, "leat_writer_held_seconds_total");
    put_labels(out, o);
    buf_printf(out, "} %.6f\n", (double)ns / 1e9);
}

static void put_writer_use(const struct shm *shm, struct buf *out)
{
    struct stats_names names = {.method = "-", .route = "-"};

    put_head(out, "leat_writer_held_seconds_total", "counter",
             "Time for which operations, or (-) leat itself, held the write lock.");
    put_held(out, &names, shm->writer.own_ns);
    for (int i = 0; i < SHM_OPERATIONS; i++) {
        if (!shm->operations[i].held_ns)
            continue;
        stats_read_names(shm, i, &names);
        put_held(out, &names, shm->operations[i].held_ns);
    }
}

static void put_batches(const struct shm_writer *w, struct buf *out)
{
    uint64_t commits = 0;

    put_head(out, "leat_database_batch_size", "histogram", "Writes that shared a commit.");
    for (int i = 0; i < SHM_BATCH_SIZES; i++) {
        commits += w->batches[i];
        buf_printf(out, "leat_database_batch_size_bucket{le=\"%u\"} %lu\n", writer_use_size(i),
                   (unsigned long)commits);
    }
    buf_printf(out,
               "leat_database_batch_size_bucket{le=\"+Inf\"} %lu\n"
               "leat_database_batch_size_sum %lu\nleat_database_batch_size_count %lu\n",
               (unsigned long)commits, (unsigned long)w->writes, (unsigned long)commits);
}

static void put_policies(struct shm *shm, struct buf *out)
{
    put_head(out, "leat_rate_limit_requests_total", "counter",
             "Requests by rate limit and verdict.");
    for (int i = 0; i < SHM_POLICIES; i++) {
        const struct shm_policy *p = &shm->policies[i];
        char name[SHM_POLICY_NAME];

        if (!limit_read_policy(shm, i, name))
            continue;
        for (int refused = 0; refused < 2; refused++) {
            buf_puts(out, "leat_rate_limit_requests_total{limit=\"");
            put_text(out, name);
            buf_printf(out, "\",verdict=\"%s\"} %lu\n", refused ? "refused" : "allowed",
                       (unsigned long)(refused ? p->refused : p->allowed));
        }
    }
    put_value(out, "leat_limits_evicted_total", "counter",
              "Rate-limit keys evicted before they expired.", shm->limits_evicted);
}

void metrics_write(struct shm *shm, const char *version, struct buf *out)
{
    put_master(shm, version, out);
    put_process(shm, out);
    put_backups(shm, out);
    put_gauges(shm, out);
    put_workers(shm, out);
    put_database(shm, out);
    put_troubles(shm, out);
    put_counts(shm, out);
    put_reasons(out, "leat_requests_failed_total", "Failed requests by reason.",
                shm->reasons.failed);
    put_reasons(out, "leat_connections_closed_total",
                "Connections that were closed for a reason other than the end of their requests.",
                shm->reasons.closed);
    put_value(out, "leat_limits_used", "gauge", "Rate-limit keys with quota in use.",
              limit_used(shm, clock_ns()));
    put_policies(shm, out);
    put_head(out, "leat_http_requests_total", "counter", "Requests by operation and status class.");
    put_operations(shm, out, put_statuses);
    put_head(out, "leat_http_request_duration_seconds", "histogram",
             "Time from the complete request head to the last response byte.");
    put_operations(shm, out, put_histogram);
    put_writer_use(shm, out);
    put_batches(&shm->writer, out);
}
