/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"

enum flow layer_receive(struct request *r)
{
    if (!r->has_content || !r->op->body_count)
        return FLOW_NEXT; /* a body that the operation does not accept is not read */
    return http_receive(r);
}
