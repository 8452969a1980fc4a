/* SPDX-License-Identifier: MIT */
/*
 * Reads the configuration once, when the worker starts, so that the hot path reads plain numbers in
 * the units that it computes with (bytes, nanoseconds) instead of looking up keys. Values that
 * depend on others are resolved here too: an absent limits.buffered is derived from limits.body,
 * and a zero that means "off" becomes the largest number, which spares the comparison in the hot
 * path.
 */
#include "workers/options.h"

#include <libgen.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/system/cgroup.h"
#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"

enum { BUFFERED = 256 << 20 }; /* default of limits.buffered */

static size_t greater(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Returns the default of limits.buffered. Where a container's memory is limited, all workers' share
 * is a quarter of it. */
static size_t default_buffered(struct json_object *config)
{
    uint64_t memory = cgroup_memory(&cgroup_kernel);
    uint64_t share = memory / 4 / (uint64_t)conf_int(config, "workers");

    return memory && share < BUFFERED ? (size_t)share : BUFFERED;
}

/* Sets limits.buffered, whose default holds the largest body twice: compressed and decompressed. */
static void read_buffered(struct json_object *config, struct worker_limits *out)
{
    bool has_sum = conf_get(config, "limits.buffered");
    bool has_share = conf_get(config, "limits.buffered-per-address");

    out->buffered_bytes = has_sum ? (size_t)conf_int(config, "limits.buffered")
                                  : greater(default_buffered(config), 2 * out->body_bytes);
    out->buffered_per_address = has_share ? (size_t)conf_int(config, "limits.buffered-per-address")
                                          : greater(out->buffered_bytes / 2, 2 * out->body_bytes);
}

void options_read_limits(struct json_object *config, struct worker_limits *out)
{
    *out = (struct worker_limits){
        .header_bytes = (size_t)conf_int(config, "limits.header"),
        .body_bytes = (size_t)conf_int(config, "limits.body"),
        .depth = (unsigned)conf_int(config, "limits.depth"),
        .budget = {.values = (size_t)conf_int(config, "limits.values"),
                   .bytes = (size_t)conf_int(config, "limits.memory")},
        .connections = (uint32_t)conf_int(config, "limits.connections"),
        .per_address = (uint32_t)conf_int(config, "limits.per-address"),
        .in_flight = (uint32_t)conf_int(config, "limits.in-flight"),
        .compress_bytes = (size_t)conf_int(config, "compression"),
    };
    out->bodiless = budget_for(0, &out->budget);
    read_buffered(config, out);
    if (!out->compress_bytes)
        out->compress_bytes = SIZE_MAX;
}

static uint64_t duration_ns(struct json_object *config, const char *key)
{
    return (uint64_t)conf_int(config, key) * NS_PER_MS;
}

void options_read_timeouts(struct json_object *config, struct worker_timeouts *out)
{
    *out = (struct worker_timeouts){
        .head_ns = duration_ns(config, "timeouts.head"),
        .request_ns = duration_ns(config, "timeouts.request"),
        .write_ns = duration_ns(config, "timeouts.write"),
        .notice_ns = duration_ns(config, "drain.notice"),
        .grace_ns = duration_ns(config, "drain.grace"),
        .drain_ns = duration_ns(config, "drain.timeout"),
        .slow_ns = duration_ns(config, "log.slow"),
    };
    if (!out->slow_ns)
        out->slow_ns = UINT64_MAX;
}

enum access_format options_access_format(struct json_object *config)
{
    const char *format = conf_string(config, "log.access-format");

    if (!conf_bool(config, "log.access"))
        return ACCESS_OFF;
    if (strcmp(format, "auto") == 0)
        format = conf_string(config, "log.format");
    return strcmp(format, "json") == 0       ? ACCESS_JSON
           : strcmp(format, "combined") == 0 ? ACCESS_COMBINED
                                             : ACCESS_TEXT;
}

/* Returns the index of `value` in "a|b|c". */
static unsigned choice(const char *choices, const char *value)
{
    struct slice rest = slice_of(choices);
    unsigned at = 0;

    while (rest.len && !slice_is(slice_cut(&rest, '|'), value))
        at++;
    return at;
}

static void read_listener(struct worker *w, struct json_object *item, struct worker_listener *l)
{
    l->address = jget_text(item, "address");
    for (size_t i = 0; i < jget_count(item, "serve"); i++)
        l->serve |= 1u << choice("api|admin", json_object_get_string(jget_item(item, "serve", i)));
    l->proxy = (enum proxy_mode)choice("off|v1|v2|any", jget_text(item, "proxy"));
    l->forwarded =
        (enum forwarded_mode)choice("any|x-forwarded|forwarded|off", jget_text(item, "forwarded"));
    l->tls = jget(item, "tls");
    l->trusted_count = jget_count(item, "trusted");
    l->trusted = arena_zalloc(&w->arena, (l->trusted_count + 1) * sizeof(*l->trusted));
    for (size_t i = 0; i < l->trusted_count; i++)
        cidr_parse(json_object_get_string(jget_item(item, "trusted", i)), &l->trusted[i]);
}

void options_read_listeners(struct worker *w)
{
    w->listener_count = jget_count(w->config, "listen");
    w->listeners = arena_zalloc(&w->arena, (w->listener_count + 1) * sizeof(*w->listeners));
    for (size_t i = 0; i < w->listener_count; i++) {
        w->listeners[i].fd = CHANNEL_FD_LISTEN + (int)i;
        read_listener(w, jget_item(w->config, "listen", i), &w->listeners[i]);
    }
}

void options_read_protection(struct worker *w)
{
    long long seconds = conf_int(w->config, "headers.hsts") / 1000;

    w->protection.is_on = conf_bool(w->config, "headers.security");
    if (seconds)
        w->protection.hsts = slice_of(arena_printf(&w->arena, "max-age=%lld", seconds));
}

static void note_proxy(void *arg, struct json_object *value)
{
    (void)value;
    *(bool *)arg = true;
}

bool options_is_outbound(struct json_object *config)
{
    static const char *const keys[] = {"mail.smtp.url", "identity.issuers{}.jwks-url",
                                       "identity.providers{}.client-id"};
    bool is_outbound = false;

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        conf_each(config, keys[i], note_proxy, &is_outbound);
    return is_outbound;
}

const char *options_uploads(struct worker *w)
{
    const char *folder = conf_string(w->config, "uploads");
    const char *database = database_source_of(w->config).path;

    if (folder || !database)
        return folder ? folder : "/tmp";
    return dirname(arena_strdup(&w->arena, database));
}
