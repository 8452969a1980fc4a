/* SPDX-License-Identifier: MIT */
#include "config.h"
#include "lib/shm/metrics.h"
#include "workers/handlers/handlers.h"
#include "workers/request/reply.h"

enum flow handler_metrics(struct request *r)
{
    struct buf *text = arena_buf(&r->arena);

    metrics_write(r->worker->shm, PACKAGE_VERSION, text);
    reply_text(r, 200, "text/plain; version=0.0.4; charset=utf-8", buf_slice(text));
    return FLOW_DONE;
}
