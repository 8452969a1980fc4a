/* SPDX-License-Identifier: MIT */
/* Logs no body and no query: they may carry secrets. The text and JSON formats show the route's
 * template in place of the path, and no header; the combined format shows the path, and its two
 * headers. */
#include "workers/request/access.h"

#include <time.h>

#include "lib/core/clock.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "workers/http/http.h"

/* Appends the text in quotes, escaped so that they cannot end early. */
static void put_quoted(struct buf *line, struct slice text)
{
    struct buf quoted = {0};

    if (!text.data || !text.len)
        text = SLICE_LIT("-");
    buf_putc(&quoted, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            buf_putc(&quoted, '\\');
        buf_putc(&quoted, text.data[i]);
    }
    buf_putc(&quoted, '"');
    log_escape(line, buf_slice(&quoted));
    buf_fini(&quoted);
}

/* Appends a field. A value with a space, as a subject may have, must not look like more fields. */
static void put_field(struct buf *line, const char *name, struct slice value, bool is_json)
{
    if (is_json) {
        buf_printf(line, ",\"%s\":", name);
        jwrite_string(line, value.data ? value.data : "", value.len);
        return;
    }
    buf_printf(line, " %s=", name);
    if (value.len && (memchr(value.data, ' ', value.len) || memchr(value.data, '"', value.len)))
        put_quoted(line, value);
    else
        log_escape(line, value);
}

static void put_fields(struct buf *line, const struct request *r, uint64_t us, bool is_json)
{
    char now[CLOCK_TEXT];

    clock_rfc3339(clock_real_ms(), now);
    buf_printf(line, is_json ? "{\"time\":\"%s\",\"event\":\"request\"" : "%s request", now);
    put_field(line, "method", r->method_text, is_json);
    put_field(line, "route", r->op ? slice_of(r->op->template) : SLICE_LIT("-"), is_json);
    buf_printf(line,
               is_json ? ",\"status\":%d,\"bytes\":%zu,\"us\":%lu" : " status=%d bytes=%zu us=%lu",
               r->status, r->bytes, (unsigned long)us);
    put_field(line, "client", slice_of(r->client), is_json);
    put_field(line, "id", slice_of(r->id), is_json);
    if (r->trace[0])
        put_field(line, "trace", slice_of(r->trace), is_json);
    if (r->reason)
        put_field(line, "reason", slice_of(reason_word(r->reason)), is_json);
    if (r->tls_subject)
        put_field(line, "subject", slice_of(r->tls_subject), is_json);
    if (is_json)
        buf_putc(line, '}');
}

static struct slice without_query(struct slice url)
{
    return url.data ? slice_cut(&url, '?') : url;
}

static void put_combined(struct buf *line, const struct request *r)
{
    time_t now = (time_t)(clock_real_ms() / 1000);
    char stamp[40];
    struct buf request = {0};
    struct tm utc;

    strftime(stamp, sizeof(stamp), "%d/%b/%Y:%H:%M:%S +0000", gmtime_r(&now, &utc));
    buf_printf(line, "%s - - [%s]", r->client, stamp);
    buf_printf(&request, "%.*s %.*s HTTP/1.1", (int)r->method_text.len, r->method_text.data,
               (int)r->path.len, r->path.len ? r->path.data : "");
    buf_putc(line, ' ');
    put_quoted(line, buf_slice(&request));
    buf_printf(line, " %d %zu", r->status, r->bytes);
    buf_putc(line, ' ');
    put_quoted(line, without_query(http_header(r, "referer")));
    buf_putc(line, ' ');
    put_quoted(line, http_header(r, "user-agent"));
    buf_fini(&request);
}

void access_log(const struct request *r, uint64_t us)
{
    static struct buf line;

    line.len = 0;
    if (r->worker->access == ACCESS_COMBINED)
        put_combined(&line, r);
    else
        put_fields(&line, r, us, r->worker->access == ACCESS_JSON);
    log_write(LOG_SINK_ACCESS, line.data, line.len);
}
