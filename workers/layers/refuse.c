/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/request/reply.h"

/* Methods registered with IANA, or used by UPnP, that no operation can have. */
static const char registered[] =
    "ACL|BASELINE-CONTROL|BIND|CHECKIN|CHECKOUT|CONNECT|COPY|LABEL|LINK|LOCK|MERGE|MKACTIVITY|"
    "MKCALENDAR|MKCOL|MKREDIRECTREF|MKWORKSPACE|MOVE|ORDERPATCH|PRI|PROPFIND|PROPPATCH|QUERY|"
    "REBIND|REPORT|SEARCH|UNBIND|UNCHECKOUT|UNLINK|UNLOCK|UPDATE|UPDATEREDIRECTREF|"
    "VERSION-CONTROL|M-SEARCH|NOTIFY|SUBSCRIBE|UNSUBSCRIBE";

/* Returns whether the method is unknown to everyone: 501, whatever the path (RFC 9110, 9.1). A
 * known method that the path does not have is 405. */
static bool is_unknown_method(const struct request *r)
{
    struct slice rest = SLICE_LIT(registered), name;

    if (r->method != METHOD_UNKNOWN)
        return false;
    while (rest.len) {
        name = slice_cut(&rest, '|');
        if (name.len == r->method_text.len && memcmp(name.data, r->method_text.data, name.len) == 0)
            return false;
    }
    return true;
}

static enum flow answer_options(struct request *r)
{
    struct buf *allow = arena_buf(&r->arena);

    http_allow(r->route.allowed, allow);
    reply_header(r, "allow", buf_slice(allow));
    reply_empty(r, 204);
    return FLOW_DONE;
}

enum flow layer_refuse(struct request *r)
{
    if (r->head_err)
        return flow_fail(r, r->head_err);
    if (r->routed == ROUTE_FOUND)
        return FLOW_NEXT;
    if (is_unknown_method(r))
        return flow_fail(r, ERR_UNKNOWN_METHOD);
    switch (r->routed) {
    case ROUTE_FOUND:
    case ROUTE_NO_PATH:
        return flow_fail(r, ERR_NOT_FOUND);
    case ROUTE_MALFORMED:
        return flow_fail(r, ERR_BAD_TARGET);
    case ROUTE_NO_METHOD:
        break;
    }
    return r->method == METHOD_OPTIONS ? answer_options(r) : flow_fail(r, ERR_METHOD);
}
