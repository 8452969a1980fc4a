/* SPDX-License-Identifier: MIT */
#include "workers/identity/auth.h"
#include "workers/handlers/docs.h"
#include "workers/layers/layers.h"
#include "workers/request/observe.h"

static bool is_offered(const struct request *r, int monitor)
{
    if (monitor == MONITOR_METRICS)
        return r->listener->serve & SERVE_ADMIN;
    return monitor != MONITOR_JWKS || (r->listener->serve & SERVE_API && auth_has_keys(r->worker));
}

/* Finds a route of the server's own that the listener answers: live and ready on each listener,
 * metrics on admin's, keys and documentation on those that serve the API. */
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
    if (r->head_err)
        return FLOW_NEXT;
    if (slice_is(r->path, "*")) { /* RFC 9110, 9.3.7: concerns the server as a whole */
        r->route.allowed = (1u << METHOD_COUNT) - 1;
        r->routed = r->method == METHOD_OPTIONS ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
        return FLOW_NEXT;
    }
    r->routed = find_operation(r);
    observe_routed(r);
    return FLOW_NEXT;
}
