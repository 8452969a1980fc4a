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

enum flow layer_route(struct request *r)
{
    enum route_result result;

    if (slice_is(r->path, "*")) { /* RFC 9110, 9.3.7: about the server as a whole */
        r->route.allowed = (1u << METHOD_COUNT) - 1;
        return r->method == METHOD_OPTIONS ? answer_options(r) : pipeline_fail(r, ERR_NOT_FOUND);
    }
    result = router_find(&r->worker->api->router, r->method, r->path, &r->arena, &r->route);
    r->op = r->route.target;
    switch (result) {
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
