/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"

enum flow layer_receive(struct request *r)
{
    if (!r->has_content || !r->op->body_count)
        return FLOW_NEXT; /* what an operation does not take is not looked at */
    return http_receive(r);
}
