/* SPDX-License-Identifier: MIT */
/* No header, body or query is logged: they may carry secrets. The route template stands for the
 * path where there is one. */
#include "workers/access.h"

#include "lib/core/clock.h"
#include "lib/core/jwrite.h"
#include "lib/core/log.h"

static void put_field(struct buf *line, const char *name, struct slice value, bool is_json)
{
    if (is_json) {
        buf_printf(line, ",\"%s\":", name);
        jwrite_string(line, value.data ? value.data : "", value.len);
    } else {
        buf_printf(line, " %s=", name);
        log_escape(line, value);
    }
}

static void write_line(const struct request *r)
{
    static struct buf line;
    char now[CLOCK_TEXT];
    bool is_json = log_is_json();
    unsigned long us = (unsigned long)((clock_ns() - r->started_ns) / 1000);
    struct slice route = r->op ? slice_of(r->op->template) : SLICE_LIT("-");

    line.len = 0;
    clock_rfc3339(clock_real_ms(), now);
    buf_printf(&line, is_json ? "{\"time\":\"%s\",\"event\":\"request\"" : "%s request", now);
    put_field(&line, "method", r->method_text, is_json);
    put_field(&line, "route", route, is_json);
    buf_printf(&line,
               is_json ? ",\"status\":%d,\"bytes\":%zu,\"us\":%lu" : " status=%d bytes=%zu us=%lu",
               r->status, r->bytes, us);
    put_field(&line, "client", slice_of(r->client), is_json);
    put_field(&line, "id", slice_of(r->id), is_json);
    if (is_json)
        buf_putc(&line, '}');
    log_write(LOG_SINK_ACCESS, line.data, line.len);
}

void access_log(const struct request *r)
{
    struct shm_counts *counts = &r->worker->slot->counts;

    atomic_fetch_add_explicit(&counts->requests, 1, memory_order_relaxed);
    if (r->status >= 500)
        atomic_fetch_add_explicit(&counts->server_errors, 1, memory_order_relaxed);
    if (r->worker->logs_access)
        write_line(r);
}
