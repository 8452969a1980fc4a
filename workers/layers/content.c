/* SPDX-License-Identifier: MIT */
#include "workers/layers/layers.h"

enum flow layer_content(struct request *r)
{
    if (!r->has_content)
        return FLOW_NEXT;
    if (r->has_unknown_expectation)
        return flow_fail(r, ERR_EXPECTATION);
    if (r->is_content_too_large)
        return flow_fail(r, ERR_BODY_SIZE);
    return FLOW_NEXT;
}
