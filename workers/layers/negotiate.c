/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"

enum flow layer_negotiate(struct request *r)
{
    struct slice accept;

    if (!r->op->response_type)
        return FLOW_NEXT;
    accept = http_header_list(r, "accept");
    if (!accept.len || slice_is(accept, "*/*") || slice_is(accept, r->op->response_type))
        return FLOW_NEXT; /* almost always */
    return media_is_accepted(accept, slice_of(r->op->response_type))
               ? FLOW_NEXT
               : flow_fail(r, ERR_UNACCEPTABLE);
}
