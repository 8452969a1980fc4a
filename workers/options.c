/* SPDX-License-Identifier: MIT */
#include "workers/options.h"

#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/channel.h"
#include "lib/core/clock.h"
#include "lib/core/jget.h"

void options_read_limits(struct json_object *config, struct worker_limits *out)
{
    *out = (struct worker_limits){
        .header_bytes = (size_t)conf_int(config, "limits.header"),
        .body_bytes = (size_t)conf_int(config, "limits.body"),
        .depth = (unsigned)conf_int(config, "limits.depth"),
        .connections = (uint32_t)conf_int(config, "limits.connections"),
        .in_flight = (uint32_t)conf_int(config, "limits.in-flight"),
    };
}

static uint64_t duration_ns(struct json_object *config, const char *key)
{
    return (uint64_t)conf_int(config, key) * NS_PER_MS;
}

void options_read_timeouts(struct json_object *config, struct worker_timeouts *out)
{
    *out = (struct worker_timeouts){
        .head_ns = duration_ns(config, "timeouts.head"),
        .body_ns = duration_ns(config, "timeouts.body"),
        .idle_ns = duration_ns(config, "timeouts.idle"),
        .request_ns = duration_ns(config, "timeouts.request"),
        .write_ns = duration_ns(config, "timeouts.write"),
        .notice_ns = duration_ns(config, "drain.notice"),
        .grace_ns = duration_ns(config, "drain.grace"),
        .drain_ns = duration_ns(config, "drain.timeout"),
    };
}

void options_read_listeners(struct worker *w)
{
    w->listener_count = jget_count(w->config, "listen");
    w->listeners = arena_zalloc(&w->arena, (w->listener_count + 1) * sizeof(*w->listeners));
    for (size_t i = 0; i < w->listener_count; i++) {
        struct json_object *item = jget_item(w->config, "listen", i);
        struct worker_listener *l = &w->listeners[i];

        l->address = jget_text(item, "address");
        l->fd = CHANNEL_FD_LISTEN + (int)i;
        l->trusted_count = jget_count(item, "trusted");
        l->trusted = arena_zalloc(&w->arena, (l->trusted_count + 1) * sizeof(*l->trusted));
        for (size_t k = 0; k < l->trusted_count; k++)
            cidr_parse(json_object_get_string(jget_item(item, "trusted", k)), &l->trusted[k]);
    }
}
