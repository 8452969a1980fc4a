/* SPDX-License-Identifier: MIT */
#include "workers/auth.h"
#include "workers/handlers/docs.h"
#include "workers/handlers/handlers.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/observe.h"
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

static bool is_offered(const struct request *r, int monitor)
{
    if (monitor == MONITOR_METRICS)
        return r->listener->serve & SERVE_ADMIN;
    return monitor != MONITOR_JWKS || (r->listener->serve & SERVE_API && auth_has_keys(r->worker));
}

/* A route of the server's own that the listener answers: live and ready on each, metrics on
 * admin's, keys and documentation where the documents are. */
static const struct operation *find_own(const struct request *r)
{
    const struct worker *w = r->worker;

    if (r->listener->serve == SERVE_ITSELF)
        return &w->monitors[MONITOR_READY];
    for (int i = 0; i < MONITOR_COUNT; i++)
        if (slice_is(r->path, w->monitors[i].template) && is_offered(r, i))
            return &w->monitors[i];
    return r->listener->serve & SERVE_API ? docs_find(w, r->path) : NULL;
}

static enum route_result find_operation(struct request *r)
{
    enum route_result result = ROUTE_NO_PATH;
    const struct operation *own;

    if (r->listener->serve & SERVE_API) {
        result = router_find(&r->worker->api->router, r->method, r->path, &r->arena, &r->route);
        r->op = r->route.target;
    }
    if (result != ROUTE_NO_PATH || !(own = find_own(r)))
        return result;
    r->route.allowed = 1u << METHOD_GET | 1u << METHOD_HEAD | 1u << METHOD_OPTIONS;
    if (r->method != METHOD_GET && r->method != METHOD_HEAD)
        return ROUTE_NO_METHOD;
    r->op = own;
    return ROUTE_FOUND;
}

enum flow layer_route(struct request *r)
{
    enum route_result result;

    if (slice_is(r->path, "*")) { /* RFC 9110, 9.3.7: about the server as a whole */
        r->route.allowed = (1u << METHOD_COUNT) - 1;
        return r->method == METHOD_OPTIONS ? answer_options(r) : pipeline_fail(r, ERR_NOT_FOUND);
    }
    result = find_operation(r);
    observe_routed(r);
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
