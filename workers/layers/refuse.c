/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/reply.h"

static void free_buf(void *buf)
{
    buf_fini(buf);
}

static enum flow answer_options(struct request *r)
{
    struct buf *allow = arena_zalloc(&r->arena, sizeof(*allow));

    arena_defer(&r->arena, free_buf, allow);
    http_allow(r->route.allowed, allow);
    reply_header(r, "allow", buf_slice(allow));
    reply_empty(r, 204);
    return FLOW_DONE;
}

enum flow layer_refuse(struct request *r)
{
    if (r->head_err)
        return pipeline_fail(r, r->head_err);
    switch (r->routed) {
    case ROUTE_FOUND:
        return FLOW_NEXT;
    case ROUTE_NO_PATH:
        return pipeline_fail(r, ERR_NOT_FOUND);
    case ROUTE_MALFORMED:
        return pipeline_fail(r, ERR_BAD_TARGET);
    case ROUTE_NO_METHOD:
        break;
    }
    return r->method == METHOD_OPTIONS ? answer_options(r) : pipeline_fail(r, ERR_METHOD);
}
